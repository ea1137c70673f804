//! The export's frames: the same however they are cut, refused when a limit, the order or the end is missing.

use super::*;
use crate::{Code, CreditCode, HeaderFlags, Outcome, Validator};
use proptest::prelude::*;
use std::vec;
use yinglian_crypto::{Hash, Signature, SigningKey, Suite};

fn set() -> ValidatorSet {
    let validators = (0_u8..4).map(|seed| Validator {
        organization: CreditCode::parse("11410400XX0000019H").unwrap(),
        public_key: SigningKey::from_seed(Suite::International, &[seed]).public_key().clone(),
        weight: 1,
    });
    ValidatorSet::new(validators.collect()).unwrap()
}

fn genesis() -> ExportFrame {
    ExportFrame::Genesis(Box::new(ExportGenesis {
        genesis: Genesis {
            version: 1,
            suite: Suite::International,
            flags: HeaderFlags::default(),
            name: "test".into(),
            time_ms: 1,
            registry_root: Hash::ZERO,
            validators_hash: set().hash(Suite::International),
            protocol_version: 1,
        },
        entries: vec![(b"org/1".to_vec(), vec![1, 2, 3])],
        validators: set(),
    }))
}

fn block(height: u64) -> ExportFrame {
    let key = SigningKey::from_seed(Suite::International, b"sender");
    ExportFrame::Block(Box::new(ExportBlock {
        header: Header {
            version: 1,
            suite: Suite::International,
            flags: HeaderFlags::default(),
            height: Height(height),
            round: 0,
            time_ms: height,
            previous: Hash::ZERO,
            payload_hash: Hash::ZERO,
            log_size: height,
            log_root: Hash::ZERO,
            registry_root: Hash::ZERO,
            validators_hash: Hash::ZERO,
            next_validators_hash: Hash::ZERO,
            protocol_version: 1,
            proposer: key.address(),
        },
        quorum: Quorum { round: 0, signatures: vec![(0, Signature([7; 64]))] },
        payload: vec![9; 100],
        outcomes: vec![OutcomeRecord {
            organization: CreditCode::parse("11410400XX0000019H").unwrap(),
            outcome: Outcome::refused(Code::DUPLICATE),
        }],
        keys: vec![key.public_key().clone()],
        next_validators: None,
    }))
}

fn end(last: u64) -> ExportFrame {
    ExportFrame::End { last: Height(last) }
}

fn bytes(frames: &[ExportFrame]) -> Vec<u8> {
    let mut bytes = EXPORT_MAGIC.to_vec();
    frames.iter().for_each(|frame| bytes.extend(frame.encode().unwrap()));
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<ExportFrame>, ExportError> {
    ExportReader::new(core::iter::once(bytes)).collect()
}

#[test]
fn frames_in_order_are_read_back() {
    for frames in [vec![genesis(), end(0)], vec![genesis(), block(5), block(6), end(6)]] {
        assert_eq!(read(&bytes(&frames)), Ok(frames));
    }
}

#[test]
fn frames_out_of_order_are_refused() {
    let order = |frame| Err(ExportError::Order { frame });
    assert_eq!(read(&bytes(&[block(1), end(1)])), order(0));
    assert_eq!(read(&bytes(&[end(0)])), order(0));
    assert_eq!(read(&bytes(&[genesis(), genesis(), end(0)])), order(1));
    assert_eq!(read(&bytes(&[genesis(), block(1), block(3), end(3)])), order(2));
    assert_eq!(read(&bytes(&[genesis(), block(2), block(1), end(1)])), order(2));
    assert_eq!(read(&bytes(&[genesis(), block(1), end(2)])), order(2));
    assert_eq!(read(&bytes(&[genesis(), end(0), end(0)])), order(2));
    assert_eq!(read(&bytes(&[genesis(), end(0), block(1)])), order(2));
    let mut trailing = bytes(&[genesis(), end(0)]);
    trailing.push(0);
    assert_eq!(read(&trailing), order(2));
}

#[test]
fn an_export_that_was_cut_anywhere_is_refused() {
    let whole = bytes(&[genesis(), block(1), end(1)]);
    for length in 0..whole.len() {
        let cut = read(whole.get(..length).unwrap());
        assert!(matches!(cut, Err(ExportError::Cut { .. })), "{length}: {cut:?}");
    }
}

#[test]
fn a_frame_announcing_too_much_is_refused_before_its_bytes_come() {
    let mut bytes = EXPORT_MAGIC.to_vec();
    bytes.extend_from_slice(&u32::try_from(EXPORT_FRAME_BYTES_MAX + 1).unwrap().to_le_bytes());
    assert_eq!(read(&bytes), Err(ExportError::TooLarge { frame: 0 }));
    assert_eq!(read(b"ylaudit\x02"), Err(ExportError::Magic));
}

#[test]
fn parts_of_a_frame_have_their_own_limits() {
    let ExportFrame::Block(mut large) = block(1) else { unreachable!() };
    large.payload = vec![0; limits::BLOCK_BYTES_MAX + 1];
    let frames = [genesis(), ExportFrame::Block(large), end(1)];
    assert_eq!(read(&bytes(&frames)), Err(ExportError::TooLarge { frame: 1 }));
    let ExportFrame::Genesis(mut large) = genesis() else { unreachable!() };
    large.entries = vec![(vec![0; limits::REGISTRY_KEY_BYTES_MAX + 1], vec![])];
    let frames = [ExportFrame::Genesis(large), end(0)];
    assert_eq!(read(&bytes(&frames)), Err(ExportError::TooLarge { frame: 0 }));
}

proptest! {
    #[test]
    fn frames_are_the_same_however_the_bytes_are_cut(sizes in prop::collection::vec(1_usize..200, 1..20)) {
        let frames = vec![genesis(), block(1), block(2), end(2)];
        let whole = bytes(&frames);
        let mut rest = whole.as_slice();
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        let read: Result<Vec<_>, _> = ExportReader::new(chunks.into_iter()).collect();
        prop_assert_eq!(read, Ok(frames));
    }

    #[test]
    fn a_changed_byte_never_passes_unseen_and_never_panics(at in 0_usize..2_000, bit in 0_u8..8) {
        let frames = vec![genesis(), block(1), end(1)];
        let mut changed = bytes(&frames);
        let at = at % changed.len();
        *changed.get_mut(at).unwrap() ^= 1 << bit;
        prop_assert_ne!(read(&changed), Ok(frames));
    }

    #[test]
    fn arbitrary_bytes_never_panic(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = EXPORT_MAGIC.to_vec();
        bytes.extend(noise);
        prop_assert!(read(&bytes).is_err());
    }
}
