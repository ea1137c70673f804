//! The version chain, coalescing, limits, and the two ends of a call without effects.

use super::*;
use borsh::{BorshDeserialize, BorshSerialize};
use std::{collections::BTreeMap, sync::OnceLock};
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, GenesisHash, Hash, Height, LogPosition, Name,
    RecordPlace, Region, RegistryValue, Suite, limits,
};

#[derive(Default)]
struct Memory(BTreeMap<Vec<u8>, RegistryValue>);

impl StateRead for Memory {
    fn registry(&self, key: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Ok(self.0.get(key).cloned())
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Ok(None)
    }
}

/// A disk that cannot be read.
struct Broken;

impl StateRead for Broken {
    fn registry(&self, _: &[u8]) -> Result<Option<RegistryValue>, StateError> {
        Err(StateError::new("disk"))
    }
    fn record(&self, _: &EnvelopeId) -> Result<Option<RecordPlace>, StateError> {
        Err(StateError::new("disk"))
    }
}

#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Counter(Vec<u8>);

impl Entity for Counter {
    const SCHEMA: u16 = 1;
}

#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct OtherCounter(Vec<u8>);

impl Entity for OtherCounter {
    const SCHEMA: u16 = 2;
}

fn code() -> CreditCode {
    CreditCode::parse("11410400XX0000019H").unwrap()
}

fn address() -> Address {
    let key = yinglian_crypto::SigningKey::from_seed(Suite::National, b"sender");
    key.public_key().address()
}

fn region() -> &'static Region {
    static REGION: OnceLock<Region> = OnceLock::new();
    REGION.get_or_init(|| Region::parse("410400").unwrap())
}

fn no_contracts() -> &'static Contracts {
    static NONE: OnceLock<Contracts> = OnceLock::new();
    NONE.get_or_init(Contracts::default)
}

fn ctx(state: &dyn StateRead, position: u64) -> Ctx<'_> {
    let scope = CallScope {
        suite: Suite::National,
        genesis: GenesisHash(Hash::ZERO),
        height: Height(7),
        time_ms: 2_000,
        parent_time_ms: 1_000,
        position: LogPosition(position),
        envelope_id: EnvelopeId(Hash([1; 32])),
        sender: address(),
        organization: code(),
        roles: &[],
        region: region(),
        person: false,
        previous_hash: Hash::ZERO,
    };
    Ctx::new("counter", state, no_contracts(), scope)
}

/// One call that writes one key.
fn write(state: &dyn StateRead, position: u64, body: &[u8]) -> Effects {
    let mut ctx = ctx(state, position);
    ctx.put(b"k", &Counter(body.to_vec())).unwrap();
    ctx.finish()
}

#[test]
fn each_version_links_to_the_one_before_and_to_its_leaf() {
    let genesis = first_value(&Counter(vec![0]));
    assert_eq!((genesis.version, genesis.written_at, genesis.previous_hash), (1, None, Hash::ZERO));
    let mut memory = Memory(BTreeMap::from([(b"k".to_vec(), genesis.clone())]));
    let mut history = vec![genesis];
    for (index, position) in [10, 25, 26].into_iter().enumerate() {
        let effects = write(&memory, position, &[index as u8]);
        let (key, value) = &effects.writes[0];
        let before = history.last().unwrap();
        assert_eq!(value.version, before.version + 1);
        assert_eq!(value.written_at, Some(LogPosition(position)));
        assert_eq!(value.previous_at, before.written_at);
        assert_eq!(value.previous_hash, before.hash(Suite::National));
        let outcome = effects.outcome(Suite::National);
        assert_eq!(outcome.writes[0].value_hash, value.hash(Suite::National));
        assert_eq!((&outcome.writes[0].key, outcome.writes[0].version), (key, value.version));
        memory.0.insert(key.clone(), value.clone());
        history.push(value.clone());
    }
}

#[test]
fn a_key_that_did_not_exist_begins_at_version_one_without_a_predecessor() {
    let effects = write(&Memory::default(), 3, b"x");
    let value = &effects.writes[0].1;
    assert_eq!((value.version, value.previous_at, value.previous_hash), (1, None, Hash::ZERO));
    assert_eq!(value.written_at, Some(LogPosition(3)));
}

#[test]
fn two_writes_in_one_call_are_one_version() {
    let memory = Memory::default();
    let mut ctx = ctx(&memory, 3);
    ctx.put(b"k", &Counter(vec![1])).unwrap();
    ctx.put(b"l", &Counter(vec![9])).unwrap();
    ctx.put(b"k", &Counter(vec![2])).unwrap();
    assert_eq!(ctx.get_as::<Counter>(b"k").unwrap(), Some(Counter(vec![2])));
    let effects = ctx.finish();
    assert_eq!(effects.writes.len(), 2);
    assert_eq!(effects.writes[0].0, b"k");
    assert_eq!(effects.writes[0].1.version, 1);
    assert_eq!(decode_entity::<Counter>(b"k", &effects.writes[0].1), Ok(Counter(vec![2])));
}

#[test]
fn writes_of_a_block_are_coalesced_while_each_outcome_keeps_its_version() {
    let memory = Memory::default();
    let mut overlay = Overlay::new(&memory);
    let mut versions = Vec::new();
    for position in 0..3 {
        let effects = write(&overlay, position, &[position as u8]);
        versions.push(effects.outcome(Suite::National).writes[0].version);
        overlay.apply(&effects);
    }
    assert_eq!(versions, [1, 2, 3]);
    let writes = overlay.into_writes();
    assert_eq!(writes.len(), 1);
    let last = &writes[b"k".as_slice()];
    assert_eq!(
        (last.version, last.written_at, last.previous_at),
        (3, Some(LogPosition(2)), Some(LogPosition(1)))
    );
}

#[test]
fn records_of_the_block_are_seen_by_its_later_calls() {
    let memory = Memory::default();
    let mut overlay = Overlay::new(&memory);
    let place = RecordPlace { position: LogPosition(4), organization: code(), code: Code::APPLIED };
    let id = EnvelopeId(Hash([5; 32]));
    assert_eq!(ctx(&overlay, 1).position_of(&id).unwrap(), None);
    overlay.note_record(id, place);
    assert_eq!(ctx(&overlay, 1).position_of(&id).unwrap(), Some(place));
}

#[test]
fn too_many_writes_events_or_bytes_are_a_refusal() {
    let refused = Err(CallError::Refused(Code::EFFECTS_TOO_LARGE));
    let memory = Memory::default();
    let mut ctx = ctx(&memory, 1);
    for index in 0..limits::WRITES_MAX {
        ctx.put(index.to_string().as_bytes(), &Counter(vec![])).unwrap();
    }
    assert_eq!(ctx.put(b"one more", &Counter(vec![])), refused);
    ctx.put(b"0", &Counter(vec![1])).unwrap();
    assert_eq!(ctx.put(b"0", &Counter(vec![0; limits::REGISTRY_VALUE_BYTES_MAX])), refused);
    for _ in 0..limits::EVENTS_MAX {
        ctx.emit("counted", &[("by", "1".into())]).unwrap();
    }
    assert_eq!(ctx.emit("counted", &[]), refused);
}

#[test]
fn long_keys_values_and_texts_are_a_refusal() {
    let refused = Err(CallError::Refused(Code::EFFECTS_TOO_LARGE));
    let memory = Memory::default();
    let mut ctx = ctx(&memory, 1);
    let key = vec![b'k'; limits::REGISTRY_KEY_BYTES_MAX];
    ctx.put(&key, &Counter(vec![])).unwrap();
    assert_eq!(ctx.put(&[key, vec![b'k']].concat(), &Counter(vec![])), refused);
    assert_eq!(ctx.put(b"k", &Counter(vec![0; limits::REGISTRY_VALUE_BYTES_MAX - 60])), refused);
    // The largest body that is taken fits the decoder's limit with its head.
    ctx.put(b"k", &Counter(vec![0; limits::REGISTRY_VALUE_BYTES_MAX - 68])).unwrap();
    assert_eq!(ctx.emit("counted", &[("by", "x".repeat(limits::TEXT_BYTES_MAX + 1))]), refused);
    let many: Vec<(&str, String)> = (0..17).map(|_| ("by", String::new())).collect();
    assert_eq!(ctx.emit("counted", &many), refused);
    let effects = ctx.finish();
    let bytes = effects.writes[1].1.encode();
    assert!(RegistryValue::decode(&bytes).is_ok(), "{} bytes", bytes.len());
}

#[test]
fn a_state_that_cannot_be_read_is_never_a_refusal() {
    let mut ctx = ctx(&Broken, 1);
    assert!(matches!(ctx.put(b"k", &Counter(vec![])), Err(CallError::State(_))));
    assert!(matches!(ctx.read::<Counter>(b"k", Code::NOT_FOUND), Err(CallError::State(_))));
    assert!(ctx.position_of(&EnvelopeId(Hash::ZERO)).is_err());
}

#[test]
fn a_value_of_another_schema_or_with_other_bytes_is_corrupt() {
    let value = first_value(&Counter(vec![1, 2]));
    assert!(decode_entity::<OtherCounter>(b"k", &value).is_err());
    let cut = RegistryValue { body: value.body[..4].to_vec(), ..value.clone() };
    assert!(decode_entity::<Counter>(b"k", &cut).is_err());
    let longer = RegistryValue { body: [value.body.as_slice(), &[0]].concat(), ..value };
    assert!(decode_entity::<Counter>(b"k", &longer).is_err());
}

#[test]
fn a_missing_object_is_refused_with_the_code_of_the_caller() {
    let memory = Memory::default();
    let ctx = ctx(&memory, 1);
    assert_eq!(
        ctx.read::<Counter>(b"k", Code::RECORD_UNKNOWN),
        Err(CallError::Refused(Code::RECORD_UNKNOWN))
    );
}

#[test]
fn a_role_is_held_or_refused() {
    let memory = Memory::default();
    let roles = [Name::parse("recorder").unwrap()];
    let scope = CallScope { roles: &roles, ..*ctx(&memory, 1).scope() };
    let ctx = Ctx::new("counter", &memory, no_contracts(), scope);
    assert_eq!(ctx.require_role("recorder"), Ok(()));
    assert_eq!(ctx.require_role("authority"), Err(Code::ROLE_MISSING));
}

struct Named(&'static str);

impl Contract for Named {
    fn name(&self) -> &str {
        self.0
    }
    fn has_method(&self, name: &str, version: u16) -> bool {
        (name, version) == ("count", 1)
    }
    fn admit(&self, _: &Call<'_>) -> Result<Vec<String>, Code> {
        Ok(Vec::new())
    }
    fn call(&self, _: &mut Ctx<'_>, _: &Call<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

#[test]
fn contracts_are_found_by_name_method_and_version() {
    let contracts = Contracts::new(vec![Box::new(Named("b")), Box::new(Named("a"))]).unwrap();
    assert_eq!(contracts.iter().map(Contract::name).collect::<Vec<_>>(), ["a", "b"]);
    let call = Call { contract: "a", method: "count", version: 1, arguments: &[] };
    let state = Memory::default();
    let name = |call| contracts.resolve(&state, &call).map(|found| found.name().to_owned());
    assert_eq!(name(call), Ok("a".to_owned()));
    let refused = |code: Code| Err(CallError::Refused(code));
    assert_eq!(name(Call { contract: "c", ..call }), refused(Code::CONTRACT_UNKNOWN));
    assert_eq!(name(Call { method: "uncount", ..call }), refused(Code::METHOD_UNKNOWN));
    assert_eq!(name(Call { version: 2, ..call }), refused(Code::METHOD_UNKNOWN));
    let twice = Contracts::new(vec![Box::new(Named("a")), Box::new(Named("a"))]);
    assert_eq!(twice.map(|_| ()), Err(ContractsError { name: "a".into() }));
}
