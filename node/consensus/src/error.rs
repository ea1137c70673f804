//! Why consensus does not start, or has ended.

use crate::guard::GuardError;

/// Start failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that cannot be used.
    #[error("setting {setting}: {reason}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The sign-state does not permit to start.
    #[error("sign guard")]
    Guard(#[from] GuardError),
    /// Files of the data folder.
    #[error("data folder")]
    Files(#[from] std::io::Error),
    /// The engine did not start.
    #[error("consensus engine: {0}")]
    Engine(String),
    /// The network of envelopes did not start.
    #[error("envelope network: {0}")]
    Gossip(String),
    /// The application knows no set for the next height.
    #[error("no validator set for height {0}")]
    NoValidators(yinglian_protocol::Height),
}

/// Why consensus ended by itself. The process has to end with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Asked for a second signature for a signed step.
    #[error("sign guard: {0}")]
    Guard(String),
    /// Another process signs with this validator's key.
    #[error("another process signs with this validator's key: {0}")]
    Twin(String),
    /// The decided block is not what this node computes, or storage failed for good.
    #[error("application: {0}")]
    Application(String),
    /// The engine could not be started.
    #[error("consensus engine did not start: {0}")]
    Start(String),
    /// The engine ended: its write-ahead log failed, or it could not go on.
    #[error("consensus engine ended")]
    Engine,
    /// Asked to.
    #[error("stopped")]
    Asked,
}
