//! The sign guard: the last line before a second signature for a step that was signed already.
//!
//! Decides whether a proposal or vote may be signed, and remembers it on disk before the signature exists. A step may be
//! signed again byte for byte; otherwise steps only rise. After one violation the guard refuses everything: the process
//! has to end. Never: signs, talks to peers.

mod file;

use file::SlotFile;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use yinglian_protocol::{Address, GenesisHash, Hash, Height};

/// What is signed in a round, in the order of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum StepKind {
    /// A proposal.
    Proposal = 1,
    /// A prevote.
    Prevote = 2,
    /// A precommit.
    Precommit = 3,
}

/// One thing to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// Proposal or vote.
    pub kind: StepKind,
    /// Header hash; none for a vote for no value.
    pub value: Option<Hash>,
    /// Hash of the signed bytes: tells two proposals of one value with different lock rounds apart.
    pub message: Hash,
}

impl Step {
    fn position(&self) -> (Height, u32, StepKind) {
        (self.height, self.round, self.kind)
    }
}

/// Why the guard refuses.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Another message was signed at this or a later step.
    #[error("asked to sign {asked:?} after {signed:?}")]
    Violation {
        /// What was asked for.
        asked: Box<Step>,
        /// What had been signed.
        signed: Box<Step>,
    },
    /// The guard refused before and refuses from then on, or was released.
    #[error("sign guard is closed")]
    Closed,
    /// The sign-state could not be read or written.
    #[error("sign-state file")]
    File(#[from] io::Error),
    /// The file belongs to another validator or chain, or neither slot is intact.
    #[error("sign-state file is damaged or of another validator: {0}")]
    Damaged(&'static str),
}

/// What the sign-state file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignState {
    /// Last step signed.
    pub signed: Option<Step>,
    /// Nothing is signed at or below this height: it may have been signed by a lost or foreign disk.
    pub follow_through: Option<Height>,
}

/// The guard of one consensus key.
#[derive(Debug)]
pub struct Guard {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    // None once released.
    file: Option<SlotFile>,
    state: SignState,
    closed: bool,
}

impl Guard {
    /// Opens or creates the sign-state of a validator.
    pub fn open(
        path: &Path,
        genesis: &GenesisHash,
        validator: &Address,
    ) -> Result<Self, GuardError> {
        let (file, state) = SlotFile::open(path, genesis, validator)?;
        Ok(Self { inner: Mutex::new(Inner { file: Some(file), state, closed: false }) })
    }

    /// The state as last written.
    pub fn state(&self) -> SignState {
        self.lock().state
    }

    /// True after a violation.
    pub fn closed(&self) -> bool {
        self.lock().closed
    }

    /// Permits a step, on disk before it returns. Blocks for the disk.
    pub fn permit(&self, step: Step) -> Result<(), GuardError> {
        let mut inner = self.lock();
        if inner.closed || inner.file.is_none() {
            return Err(GuardError::Closed);
        }
        let below = inner.state.follow_through.is_some_and(|height| step.height <= height);
        match inner.state.signed {
            // A restart replays its log: the very same bytes.
            Some(signed) if signed == step && !below => return Ok(()),
            Some(signed) if step.position() <= signed.position() || below => {
                return Err(inner.violation(step, signed));
            }
            None if below => return Err(inner.violation(step, step)),
            Some(_) | None => {}
        }
        let state = SignState { signed: Some(step), ..inner.state };
        inner.write(state)
    }

    /// Signs nothing at or below a height from now on, also after a restart.
    pub fn follow_through(&self, height: Height) -> Result<(), GuardError> {
        let mut inner = self.lock();
        let through = inner.state.follow_through.max(Some(height));
        let state = SignState { follow_through: through, ..inner.state };
        inner.write(state)
    }

    /// Gives the file back, for a later guard of the same process; permits nothing from then on.
    pub fn release(&self) {
        self.lock().file = None;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere while the lock was held leaves the state as written.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, state: SignState) -> Result<(), GuardError> {
        self.file.as_mut().ok_or(GuardError::Closed)?.write(&state)?;
        self.state = state;
        Ok(())
    }

    // The height is left alone after the restart: otherwise the same question would end the process again and again.
    fn violation(&mut self, asked: Step, signed: Step) -> GuardError {
        self.closed = true;
        let through = self.state.follow_through.max(Some(asked.height)).max(Some(signed.height));
        let _ = self.write(SignState { follow_through: through, ..self.state });
        GuardError::Violation { asked: Box::new(asked), signed: Box::new(signed) }
    }
}

#[cfg(test)]
mod tests;
