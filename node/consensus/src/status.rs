//! What consensus says about itself.

use yinglian_protocol::{Address, Height};

/// Whether this node may sign, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GuardState {
    /// No validator key: follows.
    #[default]
    Observer,
    /// Asks its peers what they saw it sign; the engine is not started.
    WaitingForReports {
        /// Reports received.
        received: usize,
        /// Reports needed.
        needed: usize,
    },
    /// Follows; signs only above this height.
    Following {
        /// Highest height that was or may have been signed.
        through: Height,
    },
    /// Another process signs with this validator's key; the engine is not started.
    TwinHeard,
    /// Signs.
    Signing,
    /// Refused after a violation.
    Closed,
}

/// State of consensus at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Height being decided; zero before the engine has started.
    pub height: Height,
    /// Round being decided.
    pub round: u32,
    /// Proposer of the round.
    pub proposer: Option<Address>,
    /// The node waits for the heartbeat: nothing is pending.
    pub idle: bool,
    /// Milliseconds since the last decision in this process; none before the first.
    pub since_decision_ms: Option<u64>,
    /// The sign guard.
    pub guard: GuardState,
    /// Validators of the current set, and whether each is connected and how far it is.
    pub validators: Vec<ValidatorStatus>,
}

/// A validator as seen from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorStatus {
    /// Its address.
    pub address: Address,
    /// This node itself.
    pub own: bool,
    /// A connection for envelopes is open.
    pub connected: bool,
    /// Last height it said it has committed.
    pub height: Option<Height>,
}

impl Status {
    /// Addresses of validators that are not connected.
    pub fn missing(&self) -> impl Iterator<Item = &Address> {
        self.validators.iter().filter(|v| !v.own && !v.connected).map(|v| &v.address)
    }
}
