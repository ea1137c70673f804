//! Vectors of docs/specs/calls.md: the arguments of every method and of every action, in bytes and in JSON.

use super::{GENESIS_MS, key, key_value, name};
use serde_json::{Value, json};
use yinglian_protocol::calls::{
    Arguments, DoubleVote, METHODS, SignedVote, arguments_from_json, membership::*,
    possession_bytes, record,
};
use yinglian_protocol::*;

const SUITE: Suite = Suite::National;
const PEER: &str = "12D3KooWAuFQ3NbMyNH6XHLN8W3zcXe7Ja6aLGKqW1ri8gJUPz9v";

pub fn vectors() -> Value {
    let calls = examples();
    for method in METHODS {
        assert!(calls.iter().any(|call| call.method() == *method), "{method:?} has no vector");
    }
    json!({
        "suite": SUITE,
        "key": key_value(SUITE, "vector key"),
        "genesis_hash": genesis(),
        "calls": calls.iter().map(vector).collect::<Vec<_>>(),
    })
}

fn vector(call: &Arguments) -> Value {
    let (contract, method, version) = call.method();
    let (bytes, json) = (call.encode(), call.to_json().unwrap());
    assert_eq!(Arguments::decode(contract, method, version, &bytes).as_ref(), Ok(call));
    assert_eq!(arguments_from_json(contract, method, version, &json).as_ref(), Ok(&bytes));
    json!({
        "contract": contract,
        "method": method,
        "version": version,
        "bytes": hex::encode(bytes),
        "json": json,
    })
}

fn genesis() -> GenesisHash {
    GenesisHash(Hash([9; 32]))
}

fn digest() -> record::Digest {
    record::Digest { algorithm: name("sm3"), value: Hash([7; 32]), length_bytes: u64::MAX }
}

fn organization(parent: Option<&str>) -> OrganizationFacts {
    OrganizationFacts {
        code: CreditCode::parse("11410400XX0000027C").unwrap(),
        name: "平顶山市行政审批和政务信息管理局".into(),
        short_name: "市行政审批政务信息局".into(),
        region: Region::parse("410400").unwrap(),
        parent: parent.map(|code| CreditCode::parse(code).unwrap()),
    }
}

/// What the vector key signs to be registered for the organisation of these vectors.
fn proof() -> Signature {
    let key = key(SUITE, "vector key");
    let bytes = possession_bytes(&genesis(), &organization(None).code, key.public_key());
    key.sign_now(&bytes)
}

fn terms() -> DelegationTerms {
    DelegationTerms {
        roles: vec![name("recorder")],
        region: Region::parse("410421").unwrap(),
        from_ms: GENESIS_MS,
        until_ms: GENESIS_MS + 86_400_000,
    }
}

fn notarize(corrects: Option<record::Correction>) -> record::Notarize {
    record::Notarize {
        kind: name("file"),
        business_key: "docs/record.md".into(),
        digest: digest(),
        title: "说明".into(),
        source: record::Source {
            system: "yinglian".into(),
            method: name("file-scan"),
            operator_tag: "op-1".into(),
            clock_ms: GENESIS_MS + 123,
        },
        corrects,
    }
}

/// A prevote for a value and one for none, in one round.
fn double_vote() -> DoubleVote {
    let (key, kind, height, round) = (key(SUITE, "vector key"), VoteKind::Prevote, Height(5), 2);
    let signed = |value_id| {
        let vote = vote_bytes(&genesis(), kind, height, round, value_id);
        SignedVote { value_id, signature: key.sign_now(&vote) }
    };
    let votes = (signed(Some(Hash([1; 32]))), signed(None));
    DoubleVote::new(key.public_key().address(), height, round, kind, votes)
}

fn actions(public_key: &PublicKey) -> Vec<Action> {
    let (address, activation_height) = (public_key.address(), Height(100));
    let (top, below) = (organization(None), organization(Some("11410400XX0000019H")));
    vec![
        Action::AddValidator {
            organization: top.code,
            public_key: public_key.clone(),
            weight: 1,
            peer_id: PEER.into(),
            addresses: vec!["/ip4/127.0.0.1/tcp/4001".into()],
            activation_height,
        },
        Action::RemoveValidator { address, activation_height },
        Action::SetParameter { name: name("block_records_max"), value: 500 },
        Action::RegisterOrganization {
            organization: below.clone(),
            administrator: public_key.clone(),
        },
        Action::ChangeOrganization { organization: below },
        Action::SuspendOrganization { code: top.code, suspended: true },
        Action::GrantRoles { code: top.code, roles: vec![name("auditor"), name("authority")] },
        Action::RecoverOrganization { code: top.code, administrator: public_key.clone() },
        Action::AdmitModule { contract: name("register"), version: 2, digest: Hash([6; 32]) },
        Action::RetireModule { contract: name("register") },
        Action::SetProtocolVersion { version: 2, height: Height(900) },
    ]
}

fn examples() -> Vec<Arguments> {
    let public_key = key(SUITE, "vector key").public_key().clone();
    let (address, some) = (public_key.address(), EnvelopeId(Hash([3; 32])));
    let correction = record::Correction { record: some, reason: "笔误".into() };
    let mut calls: Vec<Arguments> = vec![
        notarize(None).into(),
        notarize(Some(correction)).into(),
        OrganizationRegister {
            organization: organization(Some("11410400XX0000019H")),
            administrator: public_key.clone(),
            proof: proof(),
        }
        .into(),
        KeyRegister {
            public_key: public_key.clone(),
            roles: vec![name("recorder")],
            proof: proof(),
        }
        .into(),
        KeyRegister { public_key: public_key.clone(), roles: vec![], proof: proof() }.into(),
        KeyRotate {
            address,
            public_key: public_key.clone(),
            effective_height: None,
            proof: proof(),
        }
        .into(),
        KeyRevoke { address, effective_height: Some(Height(u64::MAX)), reason: "丢失".into() }
            .into(),
        ValidatorUpdatePeer { address, peer_id: PEER.into(), addresses: vec![] }.into(),
        DecisionApprove { decision: some, document: digest() }.into(),
        EvidenceReport { double_vote: double_vote() }.into(),
        DelegateGrant {
            address,
            kind: DelegateKind::Person,
            holder: Hash([4; 32]),
            terms: terms(),
        }
        .into(),
        DelegateGrant { address, kind: DelegateKind::Post, holder: Hash([4; 32]), terms: terms() }
            .into(),
        DelegateChange { address, terms: terms() }.into(),
        DelegateRevoke { address, reason: "离岗".into() }.into(),
        ActsRequire {
            methods: ["delegate.change", "delegate.grant", "key.register", "key.rotate"]
                .map(name)
                .to_vec(),
            confirm_within_ms: 86_400_000,
        }
        .into(),
        ActConfirm { act: some }.into(),
    ];
    calls.extend(
        actions(&public_key).into_iter().map(|action| {
            DecisionPropose { action, document: digest(), title: "决定".into() }.into()
        }),
    );
    calls
}
