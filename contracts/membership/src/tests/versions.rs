//! The version of the rules, by decision and from a height on.

use super::*;
use crate::protocol_version;

fn set(version: u32, height: u64) -> Action {
    Action::SetProtocolVersion { version, height: Height(height) }
}

fn at(world: &World, height: u64) -> Option<u32> {
    protocol_version(world, Height(height)).unwrap()
}

#[test]
fn a_version_holds_from_the_height_that_a_decision_names() {
    let mut world = World::new();
    assert_eq!(at(&world, 1), None);
    world.decide(set(2, 50)).unwrap();
    assert_eq!((at(&world, 49), at(&world, 50), at(&world, 9_999)), (Some(1), Some(2), Some(2)));
    world.height = Height(60);
    world.decide(set(3, 100)).unwrap();
    assert_eq!((at(&world, 99), at(&world, 100)), (Some(2), Some(3)));
}

#[test]
fn versions_rise_one_by_one_after_a_delay_and_one_at_a_time() {
    let mut world = World::new();
    for version in [0, 1, 3, u32::MAX] {
        assert_eq!(world.propose("a", set(version, 50)), Err(Code::PROTOCOL_VERSION_INVALID));
    }
    world.height = Height(0);
    assert_eq!(world.propose("a", set(2, 10)), Err(Code::ACTIVATION_TOO_EARLY));
    assert_eq!(world.propose("a-authority", set(2, 50)), Err(Code::ROLE_MISSING));
    world.decide(set(2, 50)).unwrap();
    for version in [2, 3] {
        assert_eq!(world.propose("a", set(version, 90)), Err(Code::PROTOCOL_VERSION_INVALID));
    }
}

#[test]
fn a_pending_version_is_called_off_before_its_height_and_not_after() {
    let mut world = World::new();
    world.decide(set(2, 50)).unwrap();
    world.decide(set(1, 0)).unwrap();
    assert_eq!((at(&world, 50), at(&world, 90)), (Some(1), Some(1)));
    world.decide(set(2, 90)).unwrap();
    world.height = Height(90);
    assert_eq!(world.propose("a", set(1, 0)), Err(Code::PROTOCOL_VERSION_INVALID));
    assert_eq!(world.propose("a", set(2, 0)), Err(Code::PROTOCOL_VERSION_INVALID));
    assert_eq!(at(&world, 91), Some(2));
}
