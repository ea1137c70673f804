//! Real engines in one process: agreement, and a node that was away.

mod support;

use std::time::Duration;
use support::{Network, logs, same_blocks};
use yinglian_consensus::{Application, GuardState, Stopped};

const WAIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_validators_agree_and_one_that_was_away_catches_up() {
    logs();
    let network = Network::new(4, 0);
    let (a, b, c) = (network.start(0).await, network.start(1).await, network.start(2).await);
    let d = network.start(3).await;
    network.reach(&[&a, &b, &c, &d], 20, WAIT).await;
    same_blocks(&[&a, &b, &c, &d], 20);

    let tip = d.application.tip().height.0;
    assert_eq!(d.handle.stop().await, Stopped::Asked);
    network.reach(&[&a, &b, &c], tip + 10, WAIT).await;

    let d = network.start(3).await;
    let target = a.application.tip().height.0 + 10;
    network.reach(&[&a, &b, &c, &d], target, WAIT).await;
    same_blocks(&[&a, &b, &c, &d], target);
    assert_eq!(d.handle.status().guard, GuardState::Signing);
    for node in [a, b, c, d] {
        assert!(node.handle.status().missing().next().is_none());
        node.handle.stop().await;
    }
}
