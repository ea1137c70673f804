//! Arguments in both forms: what goes in comes out, and nothing else goes in.

use super::*;
use crate::{CreditCode, EnvelopeId, Height, Name, Region, Suite, VoteKind, vote_bytes};
use alloc::{vec, vec::Vec};
use membership::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use yinglian_crypto::{Hash, Signature, SigningKey};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Suite::National, &[seed])
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn digest() -> record::Digest {
    record::Digest { algorithm: name("sm3"), value: Hash([7; 32]), length_bytes: u64::MAX }
}

fn facts() -> OrganizationFacts {
    OrganizationFacts {
        code: CreditCode::parse("11410400XX0000019H").unwrap(),
        name: "平顶山市行政审批和政务信息管理局".into(),
        short_name: "市行政审批政务信息局".into(),
        region: Region::parse("410400").unwrap(),
        parent: None,
    }
}

fn double_vote() -> DoubleVote {
    let genesis = crate::GenesisHash(Hash([9; 32]));
    let signed = |value_id| SignedVote {
        value_id,
        signature: key(1).sign_now(&vote_bytes(
            &genesis,
            VoteKind::Precommit,
            Height(5),
            2,
            value_id,
        )),
    };
    let votes = (signed(Some(Hash([1; 32]))), signed(None));
    DoubleVote::new(key(1).public_key().address(), Height(5), 2, VoteKind::Precommit, votes)
}

/// One call of every method, and of every action.
fn examples() -> Vec<Arguments> {
    let public_key = key(1).public_key().clone();
    let address = public_key.address();
    let code = facts().code;
    let peer_id = "12D3KooWAuFQ3NbMyNH6XHLN8W3zcXe7Ja6aLGKqW1ri8gJUPz9v";
    let actions = vec![
        Action::AddValidator {
            organization: code,
            public_key: public_key.clone(),
            weight: 1,
            peer_id: peer_id.into(),
            addresses: vec!["/ip4/127.0.0.1/tcp/4001".into()],
            activation_height: Height(100),
        },
        Action::RemoveValidator { address, activation_height: Height(100) },
        Action::SetParameter { name: name("block_records_max"), value: 500 },
        Action::RegisterOrganization { organization: facts(), administrator: public_key.clone() },
        Action::ChangeOrganization { organization: facts() },
        Action::SuspendOrganization { code, suspended: true },
        Action::GrantRoles { code, roles: vec![name("auditor")] },
        Action::RecoverOrganization { code, administrator: public_key.clone() },
        Action::AdmitModule { contract: name("register"), version: 2, digest: Hash([6; 32]) },
        Action::RetireModule { contract: name("register") },
        Action::SetProtocolVersion { version: 2, height: Height(900) },
    ];
    let mut calls: Vec<Arguments> = actions
        .into_iter()
        .map(|action| DecisionPropose { action, document: digest(), title: "决定".into() }.into())
        .collect();
    calls.extend([
        Arguments::from(notarize()),
        OrganizationRegister {
            organization: facts(),
            administrator: public_key.clone(),
            proof: Signature([5; 64]),
        }
        .into(),
        KeyRegister {
            public_key: public_key.clone(),
            roles: vec![name("recorder")],
            proof: Signature([5; 64]),
        }
        .into(),
        KeyRotate { address, public_key, effective_height: None, proof: Signature([5; 64]) }.into(),
        KeyRevoke { address, effective_height: Some(Height(u64::MAX)), reason: "丢失".into() }
            .into(),
        ValidatorUpdatePeer { address, peer_id: peer_id.into(), addresses: Vec::new() }.into(),
        DecisionApprove { decision: EnvelopeId(Hash([3; 32])), document: digest() }.into(),
        EvidenceReport { double_vote: double_vote() }.into(),
        DelegateGrant {
            address,
            kind: DelegateKind::Person,
            holder: Hash([4; 32]),
            terms: delegation_terms(),
        }
        .into(),
        DelegateChange { address, terms: delegation_terms() }.into(),
        DelegateRevoke { address, reason: "离岗".into() }.into(),
        ActsRequire { methods: vec![name("key.register")], confirm_within_ms: 3_600_000 }.into(),
        ActConfirm { act: EnvelopeId(Hash([3; 32])) }.into(),
    ]);
    calls
}

fn delegation_terms() -> DelegationTerms {
    DelegationTerms {
        roles: vec![name("recorder")],
        region: Region::parse("410421").unwrap(),
        from_ms: 1_795_496_400_000,
        until_ms: 1_795_582_800_000,
    }
}

fn notarize() -> record::Notarize {
    record::Notarize {
        kind: name("file"),
        business_key: "docs/README.md".into(),
        digest: digest(),
        title: "说明".into(),
        source: record::Source {
            system: "yinglian".into(),
            method: name("file-scan"),
            operator_tag: "op-1".into(),
            clock_ms: 1_795_496_400_123,
        },
        corrects: Some(record::Correction {
            record: EnvelopeId(Hash([3; 32])),
            reason: "笔误".into(),
        }),
    }
}

#[test]
fn every_method_survives_bytes_and_json() {
    let examples = examples();
    for arguments in &examples {
        let (contract, method, version) = arguments.method();
        let bytes = arguments.encode();
        assert_eq!(decode(contract, method, version, &bytes).as_ref(), Ok(arguments));
        let json = arguments_to_json(contract, method, version, &bytes).unwrap();
        assert_eq!(arguments_from_json(contract, method, version, &json), Ok(bytes), "{json}");
    }
    for method in METHODS {
        assert!(examples.iter().any(|arguments| arguments.method() == *method), "{method:?}");
    }
}

#[test]
fn json_has_numbers_as_strings_bytes_as_hex_and_times_as_rfc_3339() {
    let json = Arguments::from(notarize()).to_json().unwrap();
    assert_eq!(json["digest"]["length_bytes"], json!("18446744073709551615"));
    assert_eq!(json["digest"]["value"], json!("07".repeat(32)));
    assert_eq!(json["source"]["clock"], json!("2026-11-24T05:00:00.123Z"));
    let add = examples()[0].to_json().unwrap();
    assert_eq!(add["action"]["add_validator"]["activation_height"], json!("100"));
    assert_eq!(add["action"]["add_validator"]["weight"], json!("1"));
    let evidence =
        Arguments::from(EvidenceReport { double_vote: double_vote() }).to_json().unwrap();
    assert_eq!(evidence["double_vote"]["kind"], json!("precommit"));
    assert_eq!(evidence["double_vote"]["height"], json!("5"));
}

#[test]
fn the_worked_example_of_the_specification_is_what_is_encoded() {
    let spec = include_str!("../../../../docs/specs/calls.md");
    let (_, example) = spec.split_once("```\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    // The bytes stand in the first 66 columns.
    let digits: alloc::string::String = example
        .lines()
        .flat_map(|line| line.chars().take(66))
        .filter(|c| !c.is_whitespace())
        .collect();
    let source = record::Source { operator_tag: "op-1".into(), ..notarize().source };
    let call = record::Notarize {
        business_key: "a.md".into(),
        digest: record::Digest { length_bytes: 12, ..digest() },
        title: "".into(),
        source,
        corrects: None,
        ..notarize()
    };
    assert_eq!(hex::encode(Arguments::from(call).encode()), digits);
}

/// Sets a field of the example's JSON and says what becomes of it.
fn altered(pointer: &str, value: Value) -> Result<Vec<u8>, ArgumentsError> {
    let mut json = Arguments::from(notarize()).to_json().unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    Arguments::from_json("record", "notarize", 1, &json).map(|arguments| arguments.encode())
}

#[test]
fn json_that_is_almost_right_is_refused_and_says_where() {
    for (pointer, value) in [
        ("/digest/length_bytes", json!(3)),
        ("/digest/length_bytes", json!("03")),
        ("/digest/length_bytes", json!("+3")),
        ("/digest/length_bytes", json!("-3")),
        ("/digest/length_bytes", json!("18446744073709551616")),
        ("/digest/value", json!("07")),
        ("/source/clock", json!("2026-11-24")),
        ("/source/clock", json!(1_795_496_400_123_u64)),
        ("/kind", json!("File")),
        ("/corrects", json!({"record": "07", "reason": ""})),
        ("/title", Value::Null),
    ] {
        let error = altered(pointer, value.clone()).unwrap_err();
        assert_eq!(error.code, Code::ARGUMENTS_MALFORMED, "{pointer} {value}");
        assert!(!error.detail.is_empty());
    }
    assert!(altered("/digest/length_bytes", json!("3")).is_ok());
    assert!(altered("/corrects", Value::Null).is_ok());
}

#[test]
fn unknown_and_missing_fields_are_refused_at_every_level() {
    for pointer in ["", "/digest", "/source", "/corrects"] {
        let mut json = Arguments::from(notarize()).to_json().unwrap();
        json.pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("colour".into(), json!("red"));
        let error = Arguments::from_json("record", "notarize", 1, &json).unwrap_err();
        assert!(error.detail.contains("colour"), "{error}");
    }
    let mut json = Arguments::from(notarize()).to_json().unwrap();
    json.as_object_mut().unwrap().remove("title");
    assert_eq!(arguments_from_json("record", "notarize", 1, &json), Err(Code::ARGUMENTS_MALFORMED));
    for arguments in examples() {
        let (contract, method, version) = arguments.method();
        let mut json = arguments.to_json().unwrap();
        json.as_object_mut().unwrap().insert("colour".into(), json!("red"));
        assert_eq!(
            arguments_from_json(contract, method, version, &json),
            Err(Code::ARGUMENTS_MALFORMED),
            "{method}"
        );
    }
}

#[test]
fn unknown_contracts_and_methods_have_their_own_codes() {
    assert_eq!(decode("weather", "notarize", 1, &[]), Err(Code::CONTRACT_UNKNOWN));
    assert_eq!(decode("record", "forget", 1, &[]), Err(Code::METHOD_UNKNOWN));
    assert_eq!(decode("record", "notarize", 2, &[]), Err(Code::METHOD_UNKNOWN));
    assert_eq!(arguments_from_json("record", "forget", 1, &json!({})), Err(Code::METHOD_UNKNOWN));
    assert_eq!(arguments_to_json("weather", "x", 1, &[]), Err(Code::CONTRACT_UNKNOWN));
}

#[test]
fn every_shortened_or_lengthened_encoding_is_refused() {
    for arguments in examples() {
        let (contract, method, version) = arguments.method();
        let bytes = arguments.encode();
        for length in 0..bytes.len() {
            assert_eq!(
                decode(contract, method, version, &bytes[..length]),
                Err(Code::ARGUMENTS_MALFORMED),
                "{method} {length}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode(contract, method, version, &longer), Err(Code::ARGUMENTS_MALFORMED));
    }
}

#[test]
fn a_double_vote_is_proven_by_its_own_key_and_chain_only() {
    let genesis = crate::GenesisHash(Hash([9; 32]));
    let vote = double_vote();
    let public_key = key(1).public_key().clone();
    assert!(vote.is_proven(&genesis, &public_key));
    assert!(!vote.is_proven(&crate::GenesisHash(Hash([8; 32])), &public_key));
    assert!(!vote.is_proven(&genesis, key(2).public_key()));

    let equal = DoubleVote { second: vote.first.clone(), ..vote.clone() };
    let swapped =
        DoubleVote { first: vote.second.clone(), second: vote.first.clone(), ..vote.clone() };
    let later = DoubleVote { round: 3, ..vote.clone() };
    let other_kind = DoubleVote { kind: VoteKind::Prevote, ..vote.clone() };
    let forged = SignedVote { signature: Signature([1; 64]), ..vote.second.clone() };
    let forged = DoubleVote { second: forged, ..vote.clone() };
    for altered in [equal, swapped, later, other_kind, forged] {
        assert!(!altered.is_proven(&genesis, &public_key), "{altered:?}");
    }
    let votes = (vote.second.clone(), vote.first.clone());
    assert_eq!(DoubleVote::new(vote.validator, vote.height, vote.round, vote.kind, votes), vote);
}

#[test]
fn a_time_that_json_cannot_write_is_an_error_and_no_panic() {
    let mut arguments = notarize();
    arguments.source.clock_ms = TIME_MS_MAX + 1;
    assert_eq!(Arguments::from(arguments).to_json(), Err(Code::ARGUMENTS_MALFORMED));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_decode_only_as_what_they_encode(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        for (contract, method, version) in METHODS {
            if let Ok(arguments) = decode(contract, method, *version, &bytes) {
                prop_assert_eq!(arguments.encode(), bytes.clone());
            }
        }
    }

    #[test]
    fn an_encoding_with_one_byte_changed_decodes_to_itself_or_not_at_all(
        example in 0_usize..24, at in any::<prop::sample::Index>(), value in any::<u8>(),
    ) {
        let arguments = &examples()[example];
        let (contract, method, version) = arguments.method();
        let mut bytes = arguments.encode();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(arguments) = decode(contract, method, version, &bytes) {
            prop_assert_eq!(arguments.encode(), bytes);
        }
    }
}
