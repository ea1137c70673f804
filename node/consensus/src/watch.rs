//! Whose valid votes this node saw, and how far: what it reports to a validator that starts, and how it notices another
//! process that signs with its own key.

use crate::context::BlockVote;
use crate::error::Stopped;
use crate::guard::Guard;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use yinglian_protocol::{Address, Height, Quorum, ValidatorSet};

/// Highest positions seen, by validator.
pub struct Watch {
    highest: Mutex<BTreeMap<Address, (Height, u32)>>,
    own: Option<(Address, Arc<Guard>)>,
    // First height at which every valid vote of ours must be this process's.
    armed: Mutex<Option<Height>>,
    stopped: mpsc::UnboundedSender<Stopped>,
}

impl Watch {
    /// `own`: this node's address and guard, when it is a validator.
    pub fn new(
        own: Option<(Address, Arc<Guard>)>,
        stopped: mpsc::UnboundedSender<Stopped>,
    ) -> Self {
        Self { highest: Mutex::default(), own, armed: Mutex::default(), stopped }
    }

    /// From this height on only this process signs. A follower sees quorums with votes that its lost disk signed.
    pub fn arm(&self, height: Height) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some(height);
    }

    /// Notes a vote whose signature was verified.
    pub fn vote(&self, vote: &BlockVote) {
        let Some(round) = vote.round.as_u32() else { return };
        self.note(vote.validator.0, (vote.height.into(), round));
        if let Some((address, guard)) = &self.own {
            // The guard writes a step before its signature exists, so a valid vote of ours beyond the sign-state was
            // made by somebody else.
            let position = (Height::from(vote.height), round);
            let signed = guard.state().signed.map(|step| (step.height, step.round));
            let armed = *self.armed.lock().unwrap_or_else(PoisonError::into_inner);
            let ours = armed.is_some_and(|armed| position.0 >= armed);
            if ours && vote.validator.0 == *address && signed.is_none_or(|signed| position > signed)
            {
                let place = format!("height {}, round {round}", vote.height);
                let _ = self.stopped.send(Stopped::Twin(place));
            }
        }
    }

    /// Notes the signers of a quorum.
    pub fn quorum(&self, height: Height, quorum: &Quorum, set: &ValidatorSet) {
        for (index, _) in &quorum.signatures {
            if let Some(validator) = set.get(*index) {
                self.note(validator.address(), (height, quorum.round));
            }
        }
    }

    /// Highest height and round of a valid vote of a validator.
    pub fn highest(&self, validator: &Address) -> Option<(Height, u32)> {
        self.highest.lock().unwrap_or_else(PoisonError::into_inner).get(validator).copied()
    }

    fn note(&self, validator: Address, position: (Height, u32)) {
        // Votes are verified against validator sets, so the map holds validators only.
        let mut highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = highest.entry(validator).or_insert(position);
        *known = position.max(*known);
    }
}
