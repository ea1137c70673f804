//! `yinglian-node replay`: executes a stored chain again from its genesis, in memory, and compares every header.

use crate::adapters::rules::{MembershipRules, contracts};
use crate::adapters::signatures::{Checked, Signatures};
use crate::config::Config;
use crate::home::Home;
use crate::{genesis, metrics, run};
use anyhow::Context;
use serde::Serialize;
use std::path::Path;
use yinglian_execution::{Chain, Parent, check};
use yinglian_protocol::{Hash, Height};
use yinglian_state::MemoryState;
use yinglian_store::ChainRead;

/// What a replay found.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Blocks executed, every one with the header that was stored.
    pub blocks: u64,
    /// Records in them.
    pub records: u64,
    /// Hash of the last header.
    pub header_hash: Hash,
}

/// Replays the chain in a home; the node must not be running.
pub fn replay(home: &Path) -> anyhow::Result<Replayed> {
    let home = Home::open(home)?;
    let config = Config::load(&home.config())?;
    let (ledger, _) = run::open_ledger(&home, &config, metrics::Metrics::default())?;
    let bytes = std::fs::read(home.genesis_document())?;
    let state_of_genesis = genesis::derive(&genesis::decode_document(&bytes)?)?;
    let chain = Chain::new(&state_of_genesis.genesis, contracts()?, Box::new(MembershipRules));
    let mut state = MemoryState::new();
    let mut parent = Parent::genesis(&state_of_genesis.genesis);
    state.apply(state_of_genesis.changes);
    let signatures = Signatures::new(None, chain.genesis, Checked::All);
    let tip = ledger.store.tip()?.unwrap_or(Height(0));
    let mut records = 0_u64;
    for height in (1..=tip.0).map(Height) {
        let stored = ledger
            .store
            .payload_of(height)?
            .with_context(|| format!("block {height} is missing"))?;
        let executed = check(&chain, &state, &parent, &stored.header, &stored.payload, &signatures)
            .with_context(|| format!("block {height} does not execute to its header"))?;
        let outcomes = ledger.store.outcomes(height)?;
        anyhow::ensure!(
            outcomes.as_ref() == Some(&executed.outcomes),
            "stored outcomes of block {height} are not those of its execution"
        );
        records += executed.envelopes.len() as u64;
        parent = Parent::of(&executed.header);
        state.apply(executed.changes);
    }
    Ok(Replayed { blocks: tip.0, records, header_hash: parent.hash })
}
