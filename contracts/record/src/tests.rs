//! Every refusal of `record.notarize`, what an applied record leaves behind, and hostile bytes.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_contract_api::{CallScope, Contracts, Effects, Overlay, StateError, StateRead};
use yinglian_protocol::{
    CreditCode, EnvelopeId, GenesisHash, Hash, Height, LogPosition, Name, RecordPlace, Region,
    RegistryValue, Suite,
    calls::{
        Arguments, TIME_MS_MAX,
        record::{Correction, Digest, Notarize, Source},
    },
    guard,
};

const OWN: &str = "11410400XX0000019H";
const OTHER: &str = "11410400XX0000086F";

#[derive(Default)]
struct Memory(BTreeMap<EnvelopeId, RecordPlace>);

impl StateRead for Memory {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Err(StateError::new(format!("record reads {}", key.escape_ascii())))
    }
    fn record(&self, id: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(self.0.get(id).copied())
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn example() -> Notarize {
    Notarize {
        kind: name("file"),
        business_key: "docs/README.md".into(),
        digest: Digest { algorithm: name("sm3"), value: Hash([7; 32]), length_bytes: 12 },
        title: "说明文件".into(),
        source: Source {
            system: "yinglian".into(),
            method: name("file-scan"),
            operator_tag: "op-1".into(),
            clock_ms: 1_795_496_400_123,
        },
        corrects: None,
    }
}

fn correcting(record: EnvelopeId) -> Notarize {
    Notarize { corrects: Some(Correction { record, reason: "笔误".into() }), ..example() }
}

fn call(bytes: &[u8]) -> Call<'_> {
    Call { contract: "record", method: "notarize", version: 1, arguments: bytes }
}

fn admit(arguments: Notarize) -> Result<Vec<String>, Code> {
    RecordContract.admit(&call(&Arguments::from(arguments).encode()))
}

fn execute(
    state: &dyn StateRead,
    roles: &[Name],
    arguments: Notarize,
) -> Result<Effects, CallError> {
    let sender = yinglian_crypto::SigningKey::from_seed(Suite::National, b"sender");
    let scope = CallScope {
        suite: Suite::National,
        genesis: GenesisHash(Hash::ZERO),
        height: Height(1),
        time_ms: 1,
        parent_time_ms: 0,
        position: LogPosition(9),
        envelope_id: EnvelopeId(Hash([2; 32])),
        sender: sender.public_key().address(),
        organization: CreditCode::parse(OWN).unwrap(),
        roles,
        region: &Region::parse("410400").unwrap(),
        person: false,
        previous_hash: Hash::ZERO,
    };
    let contracts = Contracts::default();
    let mut ctx = Ctx::new("record", state, &contracts, scope);
    RecordContract.call(&mut ctx, &call(&Arguments::from(arguments).encode()))?;
    Ok(ctx.finish())
}

fn recorder() -> [Name; 1] {
    [name(ROLE_RECORDER)]
}

fn place(organization: &str, code: Code) -> RecordPlace {
    RecordPlace {
        position: LogPosition(3),
        organization: CreditCode::parse(organization).unwrap(),
        code,
    }
}

#[test]
fn a_record_leaves_its_leaf_and_nothing_else() {
    // The state of this test refuses every read of the registry.
    let effects = execute(&Memory::default(), &recorder(), example()).unwrap();
    assert_eq!(effects, Effects::default());
}

#[test]
fn admission_returns_exactly_the_free_texts() {
    let record = EnvelopeId(Hash([3; 32]));
    assert_eq!(
        admit(correcting(record)),
        Ok(vec!["说明文件".into(), "yinglian".into(), "op-1".into(), "笔误".into()])
    );
    assert_eq!(admit(example()).unwrap().len(), 3);
}

#[test]
fn business_keys_are_codes() {
    for key in ["", "a b", "编号", "a\u{301}", &"9".repeat(129)] {
        let arguments = Notarize { business_key: key.into(), ..example() };
        assert_eq!(admit(arguments), Err(Code::BUSINESS_KEY_INVALID), "{key}");
    }
}

#[test]
fn digests_fit_their_algorithm() {
    let digest = example().digest;
    for digest in [
        Digest { algorithm: name("md5"), ..digest.clone() },
        Digest { value: Hash::ZERO, ..digest.clone() },
    ] {
        assert_eq!(admit(Notarize { digest, ..example() }), Err(Code::DIGEST_INVALID));
    }
    let digest = Digest { algorithm: name("sha256"), ..digest };
    assert!(admit(Notarize { digest, ..example() }).is_ok());
}

#[test]
fn texts_and_clock_keep_to_their_limits() {
    let source = example().source;
    let long = |bytes: usize| "x".repeat(bytes);
    let too_long = [
        Notarize { title: long(513), ..example() },
        Notarize { source: Source { system: long(129), ..source.clone() }, ..example() },
        Notarize { source: Source { operator_tag: long(129), ..source.clone() }, ..example() },
        Notarize {
            corrects: Some(Correction { record: EnvelopeId(Hash([3; 32])), reason: long(513) }),
            ..example()
        },
    ];
    for arguments in too_long {
        assert_eq!(admit(arguments), Err(Code::TEXT_TOO_LONG));
    }
    assert!(admit(Notarize { title: long(512), ..example() }).is_ok());
    let source = Source { clock_ms: TIME_MS_MAX + 1, ..source };
    assert_eq!(admit(Notarize { source, ..example() }), Err(Code::SOURCE_CLOCK_INVALID));
}

#[test]
fn a_key_without_the_role_of_recorder_is_refused() {
    let refused = Err(CallError::Refused(Code::ROLE_MISSING));
    assert_eq!(execute(&Memory::default(), &[], example()), refused);
    assert_eq!(execute(&Memory::default(), &[name("auditor")], example()), refused);
}

#[test]
fn an_organisation_corrects_its_own_applied_records_only() {
    let [own, other, refused, unknown] = [1, 2, 3, 4].map(|byte| EnvelopeId(Hash([byte; 32])));
    let memory = Memory(BTreeMap::from([
        (own, place(OWN, Code::APPLIED)),
        (other, place(OTHER, Code::APPLIED)),
        (refused, place(OWN, Code::ROLE_MISSING)),
    ]));
    let effects = execute(&memory, &recorder(), correcting(own)).unwrap();
    assert!(effects.writes.is_empty());
    assert_eq!(effects.events.len(), 1);
    assert_eq!(effects.events[0].name.as_str(), "corrected");
    assert_eq!(effects.events[0].fields[0].1, own.to_string());
    for (record, code) in [
        (other, Code::CORRECTION_NOT_OWN),
        (refused, Code::CORRECTION_TARGET_UNKNOWN),
        (unknown, Code::CORRECTION_TARGET_UNKNOWN),
    ] {
        assert_eq!(
            execute(&memory, &recorder(), correcting(record)),
            Err(CallError::Refused(code))
        );
    }
}

#[test]
fn a_record_of_the_same_block_can_be_corrected() {
    let memory = Memory::default();
    let mut overlay = Overlay::new(&memory);
    let record = EnvelopeId(Hash([1; 32]));
    assert!(execute(&overlay, &recorder(), correcting(record)).is_err());
    overlay.note_record(record, place(OWN, Code::APPLIED));
    assert!(execute(&overlay, &recorder(), correcting(record)).is_ok());
}

#[test]
fn other_methods_versions_and_layouts_are_refused() {
    let bytes = Arguments::from(example()).encode();
    let wrong = Call { method: "forget", ..call(&bytes) };
    assert_eq!(RecordContract.admit(&wrong), Err(Code::METHOD_UNKNOWN));
    let wrong = Call { version: 2, ..call(&bytes) };
    assert_eq!(RecordContract.admit(&wrong), Err(Code::METHOD_UNKNOWN));
    assert_eq!(RecordContract.admit(&call(&bytes[1..])), Err(Code::ARGUMENTS_MALFORMED));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn business_numbers_of_region_date_and_serial_pass_in_the_declared_field(
        region in 410_400_u32..410_500, year in 2000_u32..2100, month in 1_u32..=12, day in 1_u32..=28,
        serial in 0_u32..10_000,
    ) {
        let business_key = format!("{region}{year}{month:02}{day:02}{serial:04}");
        let texts = admit(Notarize { business_key, ..example() });
        prop_assert!(texts.is_ok());
        prop_assert!(texts.unwrap().iter().all(|text| guard::find(text).is_none()));
    }
}

proptest! {
    #[test]
    fn arbitrary_arguments_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = RecordContract.admit(&call(&bytes));
    }

    /// Bytes that are almost right reach further than arbitrary ones. What is admitted is what was encoded.
    #[test]
    fn damaged_arguments_are_refused_or_canonical_and_never_panic(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), keep in 0_usize..400,
    ) {
        let mut bytes = Arguments::from(correcting(EnvelopeId(Hash([3; 32])))).encode();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(keep);
        if RecordContract.admit(&call(&bytes)).is_ok() {
            prop_assert_eq!(Arguments::decode("record", "notarize", 1, &bytes).unwrap().encode(), bytes);
        }
    }
}
