//! Altered bytes never panic, and an altered seal signature is never VALID.
//!
//! Comes in: valid values with changes at random places. Goes out: nothing that is accepted. Never: a change that yields the same bytes.
mod workshop;

use proptest::prelude::*;
use workshop::world::World;
use workshop::{CertPlan, ValuePlan};
use yinglian_seal::{
    Cert, Context, Crl, OcspResponse, Outcome, Signed, Step, Verdict, verify_digital, verify_seal,
    verify_value,
};

fn stamped(value: &mut ValuePlan) {
    value.stamp = Some(("20260601080100Z", CertPlan::user("TSA", "SUB", 12)));
}

fn worlds() -> Vec<(World, Vec<u8>)> {
    [(1, false), (4, false), (4, true), (5, true)]
        .map(|(shape, with_stamp)| {
            let mut world = World::new(shape);
            if with_stamp {
                world.change_value = stamped;
            }
            let value = world.value();
            (world, value)
        })
        .to_vec()
}

/// A change: where, as a fraction of 2^16, and what.
fn change(bytes: &mut Vec<u8>, place: u16, kind: u8, by: u8) {
    let at = usize::from(place) * bytes.len() / 65_536;
    match kind {
        0 => bytes[at] ^= by.max(1),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, by),
        3 => drop(bytes.remove(at)),
        _ => {
            let length = usize::from(by).min(bytes.len() - at);
            let copy = bytes[at..at + length].to_vec();
            bytes.splice(at..at, copy);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_value_is_never_valid(
        which in 0usize..4,
        changes in prop::collection::vec((any::<u16>(), 0u8..5, any::<u8>()), 1..4),
    ) {
        let worlds = worlds();
        let (world, value) = &worlds[which];
        prop_assert_eq!(world.verify_with(value, None).verdict, Verdict::Valid);
        let mut altered = value.clone();
        for (place, kind, by) in changes {
            if !altered.is_empty() {
                change(&mut altered, place, kind, by);
            }
        }
        prop_assume!(&altered != value);
        let report = world.verify_with(&altered, None);
        prop_assert_ne!(report.verdict, Verdict::Valid, "{:#?}", report);
        let trust = world.trust();
        let context = Context::new(&trust, world.now);
        let digital = verify_digital(&altered, Signed::Sm3([1; 32]), &context);
        prop_assert_ne!(digital.verdict, Verdict::Valid);
    }

    #[test]
    fn arbitrary_bytes_end_in_a_report(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let world = World::new(4);
        let trust = world.trust();
        let mut context = Context::new(&trust, world.now);
        let signer = Cert::parse(&world.signer.make()).unwrap();
        context.signer = Some(&signer);
        for bytes in [bytes.clone(), workshop::seq(&[&bytes])] {
            let of_value = verify_value(&bytes, Signed::Sm3([0; 32]), &context);
            prop_assert_eq!(of_value.steps.of(Step::Format).unwrap().outcome, Outcome::Failed);
            prop_assert_ne!(verify_seal(&bytes, &context).verdict, Verdict::Valid);
            let digital = verify_digital(&bytes, Signed::Parts(&[b"x"]), &context);
            prop_assert_ne!(digital.verdict, Verdict::Valid);
            let _ = (Cert::parse(&bytes), Crl::parse(&bytes), OcspResponse::parse(&bytes));
        }
    }

    #[test]
    fn altered_revocation_data_and_certificates_end_in_a_refusal_or_are_not_believed(
        place in any::<u16>(), kind in 0u8..5, by in any::<u8>(),
    ) {
        let world = World::new(4);
        let mut list = world.sub_list.as_ref().unwrap().make();
        let whole = list.clone();
        change(&mut list, place, kind, by);
        if list != whole && let Ok(parsed) = Crl::parse(&list) {
            let issuer = Cert::parse(&world.sub.make()).unwrap();
            prop_assert!(parsed.check(&issuer).is_err());
        }
        let mut cert = world.signer.make();
        change(&mut cert, place, kind, by);
        let _ = Cert::parse(&cert);
    }
}

/// Every single byte of a value, changed once: none of them may be without a guard.
#[test]
fn no_byte_of_a_value_is_unguarded() {
    for (number, (world, value)) in worlds().into_iter().enumerate() {
        let mut open = Vec::new();
        for at in 0..value.len() {
            let mut altered = value.clone();
            altered[at] ^= 0x04;
            let report = world.verify_with(&altered, None);
            if report.verdict == Verdict::Valid {
                open.push(at);
            }
        }
        assert_eq!(open, [0usize; 0], "world {number}: {} bytes", value.len());
    }
}
