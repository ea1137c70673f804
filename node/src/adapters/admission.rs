//! The waiting room's questions about the tip, answered from the ledger. Senders are remembered until a block writes to the
//! registry; what is remembered of them is whose key it is and whether it is good, never their roles, which change with time.

use crate::ledger::Ledger;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use yinglian_contract_api::CallError;
use yinglian_execution::{Identity, View, admit, in_force};
use yinglian_mempool::{Admitted, Committed, Tip};
use yinglian_protocol::{Address, Code, EnvelopeId, Hash, Prepared};
use yinglian_state::record_index;
use yinglian_store::ChainRead;

/// Senders remembered at a time.
const SENDERS_MAX: usize = 4_096;

/// The state after the last committed block, for the waiting room.
pub struct Admission {
    // Weak: the ledger holds the waiting room, which holds this.
    ledger: Weak<Ledger>,
    senders: Mutex<Senders>,
}

#[derive(Default)]
struct Senders {
    registry_root: Option<Hash>,
    known: HashMap<Address, Option<Arc<Identity>>>,
}

impl Admission {
    /// Answers for a ledger.
    pub fn new(ledger: &Arc<Ledger>) -> Self {
        Self { ledger: Arc::downgrade(ledger), senders: Mutex::default() }
    }

    fn ledger(&self) -> Result<Arc<Ledger>, Code> {
        self.ledger.upgrade().ok_or(Code::NODE_NOT_READY)
    }

    fn sender(
        &self,
        ledger: &Ledger,
        registry_root: Hash,
        address: &Address,
    ) -> Result<Option<Arc<Identity>>, Code> {
        {
            let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
            if senders.registry_root != Some(registry_root) || senders.known.len() >= SENDERS_MAX {
                *senders = Senders { registry_root: Some(registry_root), known: HashMap::new() };
            }
            if let Some(known) = senders.known.get(address) {
                return Ok(known.clone());
            }
        }
        let view = View::new(&ledger.store);
        let identity = ledger.chain.rules.identity(&view, address, ledger.tip().parent.time_ms);
        let identity = identity.map_err(|_| Code::STATE_CORRUPT)?.map(Arc::new);
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.registry_root == Some(registry_root) {
            senders.known.insert(*address, identity.clone());
        }
        Ok(identity)
    }
}

impl Tip for Admission {
    fn committed(&self, id: &EnvelopeId) -> Result<Option<Committed>, Code> {
        committed(&*self.ledger()?, id)
    }

    fn admit(&self, envelope: &Prepared) -> Result<Admitted, Code> {
        let ledger = self.ledger()?;
        let tip = ledger.tip();
        let sender = envelope.envelope().body.sender;
        let identity = self.sender(&ledger, tip.parent.registry_root, &sender)?;
        let view = View::new(&ledger.store);
        let admitted = admit(
            &ledger.chain,
            &view,
            &tip.parameters,
            identity.as_deref(),
            tip.parent.height.next(),
            ledger.next_time_ms(),
            envelope.envelope(),
        );
        admitted.map_err(|error| match error {
            CallError::Refused(code) | CallError::Guard { code, .. } => code,
            CallError::State(_) => Code::STATE_CORRUPT,
        })?;
        let identity = identity.ok_or(Code::SENDER_UNKNOWN)?;
        Ok(Admitted {
            organization: identity.organization,
            public_key: identity.public_key.clone(),
        })
    }

    fn barred(&self, sender: &Address) -> Option<Code> {
        let ledger = self.ledger().ok()?;
        let parent = ledger.tip().parent;
        match self.sender(&ledger, parent.registry_root, sender).ok()? {
            Some(identity) => in_force(&identity, parent.height.next()).err(),
            None => Some(Code::SENDER_UNKNOWN),
        }
    }
}

/// Where an envelope was recorded.
pub fn committed(ledger: &Ledger, id: &EnvelopeId) -> Result<Option<Committed>, Code> {
    let place = record_index::place(&ledger.store, id).map_err(|_| Code::STATE_CORRUPT)?;
    let Some(place) = place else { return Ok(None) };
    let read = |_| Code::STATE_CORRUPT;
    let height = ledger.store.height_of_position(place.position).map_err(read)?;
    let height = height.ok_or(Code::STATE_CORRUPT)?;
    let block = ledger.store.block(height).map_err(read)?.ok_or(Code::STATE_CORRUPT)?;
    let index = place.position.0.saturating_sub(block.log_start);
    Ok(Some(Committed {
        position: place.position,
        height,
        index: u32::try_from(index).unwrap_or(u32::MAX),
        time_ms: block.header.time_ms,
        code: place.code,
    }))
}
