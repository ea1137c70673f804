//! Who sends, remembered over a block: a block has many envelopes of few senders. What is remembered of the state in the middle
//! of a block is forgotten whenever a call has written to the registry, so no contract needs to be known here.

use crate::{Identity, Rules};
use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_contract_api::{StateError, StateRead};
use yinglian_protocol::Address;

/// Identities as one state has them, at one time.
#[derive(Debug, Clone)]
pub(crate) struct Senders {
    time_ms: u64,
    known: BTreeMap<Address, Option<Arc<Identity>>>,
}

impl Senders {
    /// Nobody is known yet; delegations are read at `time_ms`.
    pub(crate) fn at(time_ms: u64) -> Self {
        Self { time_ms, known: BTreeMap::new() }
    }

    /// Identity of a sender in `state`, read at most once.
    pub(crate) fn get(
        &mut self,
        rules: &dyn Rules,
        state: &dyn StateRead,
        address: &Address,
    ) -> Result<Option<Arc<Identity>>, StateError> {
        if let Some(identity) = self.known.get(address) {
            return Ok(identity.clone());
        }
        let identity = rules.identity(state, address, self.time_ms)?.map(Arc::new);
        self.known.insert(*address, identity.clone());
        Ok(identity)
    }

    /// The registry was written: nothing remembered holds any more.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }
}
