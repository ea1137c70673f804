//! What a receipt proves, and everything it must refuse.

mod support;

use support::{Chain, keys, sign};
use yinglian_protocol::*;

fn chain(suite: Suite) -> Chain {
    let mut chain = Chain::new(suite, "test");
    chain.block(3, None).block(0, None).block(2, None);
    chain
}

fn check(receipt: &Receipt, root: &TrustRoot) -> Result<Proven, Code> {
    verify(receipt, root, &VerifyOptions::default())
}

#[test]
fn a_receipt_proves_its_record_under_the_genesis_and_under_a_later_header() {
    for suite in [Suite::National, Suite::International] {
        let chain = chain(suite);
        for height in [1, 3] {
            let receipt = chain.receipt(1, height);
            let decoded = Receipt::decode(&receipt.encode()).unwrap();
            assert_eq!(decoded, receipt);
            let proven = check(&decoded, &chain.root()).unwrap();
            assert_eq!(proven.position, LogPosition(1));
            assert_eq!(proven.checkpoint_height, Height(height));
            assert_eq!(proven.envelope_id, receipt.envelope.body.id(suite));
            assert!(proven.warnings.is_empty());
        }
    }
}

#[test]
fn every_flipped_bit_of_a_receipt_is_refused() {
    let chain = chain(Suite::International);
    let bytes = chain.receipt(4, 3).encode();
    let mut accepted = vec![];
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if Receipt::decode(&changed).and_then(|receipt| check(&receipt, &chain.root())).is_ok() {
            accepted.push(bit);
        }
    }
    assert!(accepted.is_empty(), "bits {accepted:?} of {} may change", bytes.len() * 8);
}

#[test]
fn every_changed_byte_of_a_national_receipt_is_refused() {
    let chain = chain(Suite::National);
    let bytes = chain.receipt(4, 3).encode();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let verdict = Receipt::decode(&changed).and_then(|receipt| check(&receipt, &chain.root()));
        assert!(verdict.is_err(), "byte {at} may change");
    }
}

#[test]
fn each_swapped_part_is_refused_with_its_own_code() {
    let chain = chain(Suite::International);
    let other = chain.receipt(1, 3);
    let good = chain.receipt(0, 3);
    let with = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        check(&receipt, &chain.root()).unwrap_err()
    };
    assert_eq!(with(&|r| r.envelope = other.envelope.clone()), Code::RECEIPT_ENVELOPE_MISMATCH);
    assert_eq!(
        with(&|r| r.outcome = Outcome::refused(Code::ROLE_MISSING)),
        Code::RECEIPT_OUTCOME_MISMATCH
    );
    assert_eq!(with(&|r| r.leaf = other.leaf.clone()), Code::RECEIPT_PROOF_INVALID);
    assert_eq!(with(&|r| r.inclusion.index += 1), Code::RECEIPT_PROOF_INVALID);
    assert_eq!(with(&|r| r.header.time_ms += 1), Code::RECEIPT_QUORUM_INVALID);
    assert_eq!(with(&|r| r.header.round = 1), Code::RECEIPT_QUORUM_INVALID);
    assert_eq!(
        with(&|r| {
            r.quorum.signatures.pop();
        }),
        Code::RECEIPT_QUORUM_INVALID
    );
    assert_eq!(
        with(&|r| r.sender_key = chain.keys[0].public_key().clone()),
        Code::RECEIPT_SENDER_MISMATCH
    );
    assert_eq!(with(&|r| r.trust = None), Code::RECEIPT_SET_UNPROVEN);
}

#[test]
fn a_signature_that_is_not_the_senders_is_refused() {
    // The chain itself is made to record a bad signature: only the last step can see it.
    let mut chain = Chain::new(Suite::International, "test");
    let forger = yinglian_crypto::SigningKey::from_seed(Suite::International, b"forger");
    chain.block(1, None);
    let genesis = chain.genesis.hash();
    let (leaf, envelope, _) = &mut chain.leaves[0];
    envelope.signature = forger.sign_now(&envelope.body.signing_bytes(&genesis));
    leaf.envelope_hash = envelope.hash(Suite::International);
    chain.headers.clear();
    chain.block(0, None);
    assert_eq!(check(&chain.receipt(0, 1), &chain.root()), Err(Code::RECEIPT_SIGNATURE_INVALID));
}

#[test]
fn two_of_four_are_no_quorum_and_no_vote_counts_twice() {
    let chain = chain(Suite::International);
    let (header, quorum) = &chain.headers[0];
    let verify = |quorum: &Quorum| {
        quorum.verify(&chain.genesis.hash(), header.height, header.hash(), &chain.set)
    };
    verify(quorum).unwrap();
    let mut two = quorum.clone();
    two.signatures.truncate(2);
    assert_eq!(verify(&two), Err(QuorumError::Weight { signed: 2, total: 4 }));
    let mut twice = two.clone();
    twice.signatures.push(twice.signatures[1]);
    assert_eq!(verify(&twice), Err(QuorumError::Index { index: 1 }));
    let mut outside = two.clone();
    outside.signatures.push((4, quorum.signatures[2].1));
    assert_eq!(verify(&outside), Err(QuorumError::Index { index: 4 }));
    let mut one_bad = quorum.clone();
    one_bad.signatures.push((3, quorum.signatures[2].1));
    assert_eq!(verify(&one_bad), Err(QuorumError::Signature { index: 3 }));
}

#[test]
fn a_second_cbor_encoding_of_the_same_receipt_is_refused() {
    let bytes = chain(Suite::International).receipt(0, 1).encode();
    // The first value is the version, 1: written in two bytes instead of one it is the same number.
    let at = bytes.windows(3).position(|part| part == [0x00, 0x00, 0x01]).unwrap();
    let mut longer = bytes.clone();
    longer.splice(at + 2..at + 3, [0x18, 0x01]);
    assert!(Receipt::decode(&bytes).is_ok());
    assert_eq!(Receipt::decode(&longer), Err(Code::RECEIPT_MALFORMED));
    assert_eq!(Receipt::decode(&[bytes, vec![0]].concat()), Err(Code::RECEIPT_MALFORMED));
}

#[test]
fn a_header_built_after_the_round_that_decided_it_is_refused() {
    let chain = chain(Suite::International);
    let mut receipt = chain.receipt(0, 1);
    receipt.header.round = 2;
    receipt.quorum = sign(&chain.genesis, &receipt.header, &chain.set, &chain.keys, 1);
    assert_eq!(check(&receipt, &chain.root()), Err(Code::RECEIPT_QUORUM_INVALID));
    receipt.quorum = sign(&chain.genesis, &receipt.header, &chain.set, &chain.keys, 2);
    check(&receipt, &chain.root()).unwrap();
}

#[test]
fn a_set_that_the_genesis_does_not_name_is_refused() {
    let suite = Suite::International;
    let chain = chain(suite);
    let mut receipt = chain.receipt(0, 1);
    let forgers = keys(suite, 50, 4);
    let set = support::set_of(&forgers);
    receipt.header.validators_hash = set.hash(suite);
    receipt.quorum = sign(&chain.genesis, &receipt.header, &set, &forgers, 0);
    receipt.trust = Some(TrustChain { first_set: set, ..chain.trust() });
    assert_eq!(check(&receipt, &chain.root()), Err(Code::RECEIPT_SET_UNPROVEN));
}

#[test]
fn a_receipt_of_another_chain_is_refused() {
    let receipt = chain(Suite::International).receipt(0, 1);
    let other = Chain::new(Suite::International, "other");
    assert_eq!(check(&receipt, &other.root()), Err(Code::RECEIPT_WRONG_CHAIN));
    // Nor does the other chain's `.trust` help.
    let trust = other.trust();
    let options = VerifyOptions { trust: Some(&trust), ..Default::default() };
    assert!(verify(&receipt, &other.root(), &options).is_err());
}

#[test]
fn receipts_hold_across_a_change_of_the_validator_set() {
    let suite = Suite::International;
    let mut chain = Chain::new(suite, "test");
    let old_keys = chain.keys.clone();
    chain.block(1, None).block(1, Some(keys(suite, 1, 4))).block(1, None);
    for (position, height) in [(0, 1), (0, 3), (2, 3)] {
        check(&chain.receipt(position, height), &chain.root()).unwrap();
    }
    // The retired set signs height 3 as if nothing had changed.
    let mut forged = chain.receipt(0, 3);
    forged.header.validators_hash = chain.first_set.hash(suite);
    forged.quorum = sign(&chain.genesis, &forged.header, &chain.first_set, &old_keys, 0);
    assert_eq!(check(&forged, &chain.root()), Err(Code::RECEIPT_SET_UNPROVEN));
    // The new set cannot sign for a height before it was in force.
    let mut early = chain.receipt(0, 1);
    early.quorum = sign(&chain.genesis, &early.header, &chain.set, &chain.keys, 0);
    assert_eq!(check(&early, &chain.root()), Err(Code::RECEIPT_QUORUM_INVALID));
}

#[test]
fn a_checkpoint_needs_no_chain_and_an_older_receipt_needs_a_refresh() {
    let chain = chain(Suite::International);
    let (header, _) = &chain.headers[0];
    let checkpoint = Checkpoint {
        genesis: chain.genesis.hash(),
        height: header.height,
        header_hash: header.hash(),
        time_ms: header.time_ms,
        set: chain.set.clone(),
    };
    let root = TrustRoot::parse(&checkpoint.encode()).unwrap();
    let mut receipt = chain.receipt(0, 3);
    receipt.trust = None;
    check(&receipt, &root).unwrap();
    let mut old = chain.receipt(0, 1);
    old.trust = None;
    assert_eq!(check(&old, &root), Err(Code::RECEIPT_SET_UNPROVEN));
}

#[test]
fn an_old_root_a_test_clock_and_a_refusal_are_warned_about() {
    let chain = chain(Suite::International);
    let receipt = chain.receipt(0, 1);
    let now_ms = Some(chain.genesis.time_ms + TRUST_AGE_WARN_MS + 1);
    let options = VerifyOptions { now_ms, ..Default::default() };
    let warnings = verify(&receipt, &chain.root(), &options).unwrap().warnings;
    assert_eq!(warnings, [Warning::TrustRootOld { age_ms: TRUST_AGE_WARN_MS + 1 }]);
}

#[test]
fn two_conflicting_receipts_name_the_keys_that_signed_both() {
    let suite = Suite::International;
    let mut one = Chain::new(suite, "test");
    let mut two = Chain::new(suite, "test");
    one.block(1, None);
    two.block(2, None);
    let fork =
        find_fork(&one.receipt(0, 1), &two.receipt(1, 1), &one.root(), &VerifyOptions::default());
    let fork = fork.unwrap().unwrap();
    assert_eq!(fork.kind, ForkKind::Height(Height(1)));
    assert_eq!(fork.culprits.len(), 3);
    // The same history under two headers is no fork.
    one.block(0, None);
    let same =
        find_fork(&one.receipt(0, 1), &one.receipt(0, 2), &one.root(), &VerifyOptions::default());
    assert_eq!(same, Ok(None));
}

#[test]
fn a_trust_root_is_read_from_text_checkpoint_or_trust_file_and_nothing_else() {
    let chain = chain(Suite::International);
    let text = format!("{}\n", chain.genesis.hash());
    assert_eq!(TrustRoot::parse(text.as_bytes()), Ok(chain.root()));
    assert_eq!(TrustRoot::parse(&chain.trust().encode()), Ok(chain.root()));
    for bad in [&b""[..], b"00", b"zz", &[0xa0], &[0xff; 64]] {
        assert_eq!(TrustRoot::parse(bad), Err(Code::TRUST_ROOT_MALFORMED));
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_the_decoders(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let _ = Receipt::decode(&bytes);
        let _ = TrustRoot::parse(&bytes);
        let _ = Envelope::decode(&bytes);
        let _ = Payload::decode(&bytes);
        let _ = Header::decode(&bytes);
        let _ = Quorum::decode(&bytes);
        let _ = Outcome::decode(&bytes);
        let _ = RegistryValue::decode(&bytes);
        let _ = Genesis::decode(&bytes);
    }

    #[test]
    fn what_decodes_is_the_canonical_encoding(at in 0_usize..2000, byte in proptest::num::u8::ANY) {
        let chain = chain(Suite::International);
        let mut bytes = chain.receipt(0, 1).encode();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(receipt) = Receipt::decode(&bytes) {
            proptest::prop_assert_eq!(receipt.encode(), bytes);
        }
    }
}
