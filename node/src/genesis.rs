//! From a genesis document to the genesis: the first registry entries, their root, the first validator set.

use anyhow::Context;
use std::collections::BTreeMap;
use yinglian_membership as membership;
use yinglian_protocol::{
    Genesis, GenesisDocument, HeaderFlags, Height, RegistryValue, ValidatorSet, codec, registry,
};
use yinglian_state::{ChangeSet, KeyValue, MemoryState, Overlay};

/// Version of the rules that this program runs.
pub const PROTOCOL_VERSION: u32 = 1;
/// Largest genesis document, bytes.
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Everything that follows from a genesis document.
pub struct GenesisState {
    /// The genesis, whose hash names the chain.
    pub genesis: Genesis,
    /// Registry entries before block 1.
    pub entries: BTreeMap<Vec<u8>, RegistryValue>,
    /// The same as changes of the state.
    pub changes: ChangeSet,
    /// The set that decides block 1.
    pub validators: ValidatorSet,
}

/// Decodes a document from its file: borsh.
pub fn decode_document(bytes: &[u8]) -> anyhow::Result<GenesisDocument> {
    codec::decode_strict(bytes, DOCUMENT_BYTES_MAX).context("genesis document is malformed")
}

/// Computes the genesis of a document.
pub fn derive(document: &GenesisDocument) -> anyhow::Result<GenesisState> {
    let entries = membership::genesis_entries(document).map_err(|code| {
        anyhow::anyhow!("genesis document breaks a rule: {code} {}", code.name())
    })?;
    let encoded = entries.iter().map(|(key, value)| (key.clone(), value.encode())).collect();
    let mut changes = ChangeSet::new();
    let empty = MemoryState::default();
    let registry_root = yinglian_state::registry::update(
        &empty,
        document.suite,
        &registry::EMPTY_ROOT,
        &encoded,
        &mut changes,
    )?;
    let validators = first_set(&empty, &changes)?;
    let flags = if document.test_clock { HeaderFlags::TEST_CLOCK } else { 0 };
    let genesis = Genesis {
        version: 1,
        suite: document.suite,
        flags: HeaderFlags(flags),
        name: document.name.clone(),
        time_ms: document.time_ms,
        registry_root,
        validators_hash: validators.hash(document.suite),
        protocol_version: PROTOCOL_VERSION,
    };
    Ok(GenesisState { genesis, entries, changes, validators })
}

fn first_set(empty: &dyn KeyValue, changes: &ChangeSet) -> anyhow::Result<ValidatorSet> {
    let state = Overlay::new(empty, changes);
    let view = yinglian_execution::View::new(&state);
    membership::validator_set(&view, Height(1)).context("genesis holds no validator set")
}
