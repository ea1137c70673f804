//! Why a client has no answer.

use serde::Deserialize;
use std::time::Duration;
use yinglian_crypto::SignError;
use yinglian_protocol::{Code, EnvelopeId, ExportError};

/// A node's own words when it refuses (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Base address of the node.
    pub node: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: Code,
    /// What happened.
    pub title: String,
    /// What is special about this case.
    pub detail: Option<String>,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// After which time the same request may succeed.
    pub retry_after: Option<Duration>,
}

/// Why a client has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The settings cannot be used.
    #[error("client cannot be set up: {reason}")]
    Config {
        /// What is wrong with them.
        reason: String,
    },
    /// A node is not named as one can be.
    #[error("{address} is no address of a node: {reason}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No node answered; this is what the last one failed with.
    #[error("node {node} cannot be reached")]
    Unreachable {
        /// Base address of the node.
        node: String,
        /// What the connection failed with.
        #[source]
        source: reqwest::Error,
    },
    /// A node refused.
    #[error("{node} refused with {code}: {title}{}", .0.detail.as_ref().map(|d| format!(" ({d})")).unwrap_or_default(), node = .0.node, code = .0.code, title = .0.title)]
    Refused(Box<Refused>),
    /// A node answered something that is no answer.
    #[error("answer of {node} is not understood: {what}")]
    Answer {
        /// Base address of the node.
        node: String,
        /// What was expected.
        what: String,
    },
    /// What a node answered is not proven under the trust root.
    #[error("{what} from {node} is not proven: {code}")]
    Unproven {
        /// Base address of the node.
        node: String,
        /// What was to be proven.
        what: &'static str,
        /// The step that failed.
        code: Code,
    },
    /// Larger than the protocol allows; it was not sent.
    #[error("{what} is too large: {bytes} of at most {limit_bytes} bytes")]
    TooLarge {
        /// What was to be sent.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The envelope is accepted but not decided within the time given.
    #[error("envelope {id} is not decided yet")]
    NotDecided {
        /// Its id; ask again later.
        id: EnvelopeId,
    },
    /// The signer did not sign.
    #[error("request or envelope was not signed")]
    Sign(#[from] SignError),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {reason}")]
    Random {
        /// What it said.
        reason: String,
    },
    /// An audit export is not what it should be.
    #[error("audit export from {node} is unusable")]
    Export {
        /// Base address of the node.
        node: String,
        /// What is wrong with it.
        #[source]
        source: ExportError,
    },
}

impl ClientError {
    /// Stable code of the failure.
    pub fn code(&self) -> Code {
        match self {
            Self::Config { .. } => Code::USAGE,
            Self::Address { .. } => Code::NODE_ADDRESS_INVALID,
            Self::Unreachable { .. } => Code::NODE_UNREACHABLE,
            Self::Refused(refused) => refused.code,
            Self::Unproven { code, .. } => *code,
            Self::TooLarge { .. } => Code::REQUEST_TOO_LARGE,
            Self::NotDecided { .. } => Code::WAIT_TIMEOUT,
            Self::Sign(_) | Self::Random { .. } => Code::KEYSTORE_INVALID,
            Self::Export { .. } => Code::AUDIT_MISMATCH,
            Self::Answer { .. } => Code::INTERNAL,
        }
    }

    pub(crate) fn answer(node: &str, what: impl Into<String>) -> Self {
        Self::Answer { node: node.into(), what: what.into() }
    }

    /// Another node, or the same one later, may do better.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Answer { .. } | Self::Unproven { .. } => true,
            Self::Refused(refused) => matches!(refused.status, 429 | 500 | 502 | 503 | 504 | 507),
            _ => false,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refused) => refused.retry_after,
            _ => None,
        }
    }
}

/// `application/problem+json` as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProblemBody {
    pub title: String,
    pub code: String,
    pub detail: Option<String>,
    pub cause: String,
    pub remedy: String,
    pub retry_after_ms: Option<u64>,
}
