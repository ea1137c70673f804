//! Argument layouts of the contracts, and their JSON. One place, so that tools encode what contracts decode.
//! Moves to `sdk/interface` with the contract face.
//!
//! JSON: numbers of 64 bits and heights are decimal strings, bytes lower hex, times RFC 3339, unknown fields are refused.

mod delegates;
mod evidence;
pub mod membership;
mod modules;
mod possession;
pub mod record;
mod text;

pub use evidence::{DoubleVote, SignedVote};
pub use modules::{ModuleEntry, module_key};
pub use possession::{possession_bytes, possession_is_proven};
pub use text::{TIME_MS_MAX, format_time, parse_time};
pub(crate) use text::{days_in_month, time};

use crate::{Code, codec, limits};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};

/// Why JSON is not the arguments of a method: the code, and in English which field is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct ArgumentsError {
    /// Stable code.
    pub code: Code,
    /// What is wrong, for people.
    pub detail: String,
}

macro_rules! calls {
    ($($variant:ident($layout:ty) = $contract:expr, $method:expr, $version:literal;)*) => {
        /// The arguments of a call, one variant a method and version.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Arguments {
            $(#[doc = concat!("Arguments of [`", stringify!($layout), "`], version ", stringify!($version), ".")]
              $variant($layout),)*
        }

        /// Contract, method and version of everything that can be called.
        pub const METHODS: &[(&str, &str, u16)] = &[$(($contract, $method, $version),)*];

        impl Arguments {
            /// Decodes the canonical bytes of a call's arguments.
            pub fn decode(contract: &str, method: &str, version: u16, bytes: &[u8]) -> Result<Self, Code> {
                match (contract, method, version) {
                    $((c, m, $version) if c == $contract && m == $method =>
                        codec::decode_strict::<$layout>(bytes, limits::ENVELOPE_BYTES_MAX)
                            .map(Self::$variant)
                            .map_err(|_| Code::ARGUMENTS_MALFORMED),)*
                    _ => Err(unknown(contract)),
                }
            }

            /// Reads a call's arguments from JSON.
            pub fn from_json(
                contract: &str,
                method: &str,
                version: u16,
                value: &serde_json::Value,
            ) -> Result<Self, ArgumentsError> {
                match (contract, method, version) {
                    $((c, m, $version) if c == $contract && m == $method =>
                        <$layout as serde::Deserialize>::deserialize(value)
                            .map(Self::$variant)
                            .map_err(|error| ArgumentsError {
                                code: Code::ARGUMENTS_MALFORMED,
                                detail: error.to_string(),
                            }),)*
                    _ => Err(ArgumentsError {
                        code: unknown(contract),
                        detail: alloc::format!("{contract}.{method} version {version}"),
                    }),
                }
            }

            /// Canonical bytes.
            pub fn encode(&self) -> Vec<u8> {
                match self { $(Self::$variant(layout) => codec::encode(layout),)* }
            }

            /// The same as JSON.
            pub fn to_json(&self) -> Result<serde_json::Value, Code> {
                match self { $(Self::$variant(layout) => serde_json::to_value(layout),)* }
                    .map_err(|_| Code::ARGUMENTS_MALFORMED)
            }

            /// Contract, method and version that the arguments belong to.
            pub fn method(&self) -> (&'static str, &'static str, u16) {
                match self { $(Self::$variant(_) => ($contract, $method, $version),)* }
            }
        }

        $(impl From<$layout> for Arguments {
            fn from(layout: $layout) -> Self {
                Self::$variant(layout)
            }
        })*
    };
}

calls! {
    Notarize(record::Notarize) = record::CONTRACT, record::NOTARIZE, 1;
    OrganizationRegister(membership::OrganizationRegister) =
        membership::CONTRACT, membership::ORGANIZATION_REGISTER, 1;
    KeyRegister(membership::KeyRegister) = membership::CONTRACT, membership::KEY_REGISTER, 1;
    KeyRotate(membership::KeyRotate) = membership::CONTRACT, membership::KEY_ROTATE, 1;
    KeyRevoke(membership::KeyRevoke) = membership::CONTRACT, membership::KEY_REVOKE, 1;
    ValidatorUpdatePeer(membership::ValidatorUpdatePeer) =
        membership::CONTRACT, membership::VALIDATOR_UPDATE_PEER, 1;
    DecisionPropose(membership::DecisionPropose) = membership::CONTRACT, membership::DECISION_PROPOSE, 1;
    DecisionApprove(membership::DecisionApprove) = membership::CONTRACT, membership::DECISION_APPROVE, 1;
    EvidenceReport(membership::EvidenceReport) = membership::CONTRACT, membership::EVIDENCE_REPORT, 1;
    DelegateGrant(membership::DelegateGrant) = membership::CONTRACT, membership::DELEGATE_GRANT, 1;
    DelegateChange(membership::DelegateChange) = membership::CONTRACT, membership::DELEGATE_CHANGE, 1;
    DelegateRevoke(membership::DelegateRevoke) = membership::CONTRACT, membership::DELEGATE_REVOKE, 1;
    ActsRequire(membership::ActsRequire) = membership::CONTRACT, membership::ACTS_REQUIRE, 1;
    ActConfirm(membership::ActConfirm) = membership::CONTRACT, membership::ACT_CONFIRM, 1;
}

fn unknown(contract: &str) -> Code {
    let known = METHODS.iter().any(|(name, _, _)| *name == contract);
    if known { Code::METHOD_UNKNOWN } else { Code::CONTRACT_UNKNOWN }
}

/// Decodes the canonical bytes of a call's arguments ([`Arguments::decode`]).
pub fn decode(contract: &str, method: &str, version: u16, bytes: &[u8]) -> Result<Arguments, Code> {
    Arguments::decode(contract, method, version, bytes)
}

/// JSON to canonical bytes. [`Arguments::from_json`] also says which field is wrong.
pub fn arguments_from_json(
    contract: &str,
    method: &str,
    version: u16,
    value: &serde_json::Value,
) -> Result<Vec<u8>, Code> {
    match Arguments::from_json(contract, method, version, value) {
        Ok(arguments) => Ok(arguments.encode()),
        Err(error) => Err(error.code),
    }
}

/// Canonical bytes to JSON.
pub fn arguments_to_json(
    contract: &str,
    method: &str,
    version: u16,
    bytes: &[u8],
) -> Result<serde_json::Value, Code> {
    Arguments::decode(contract, method, version, bytes)?.to_json()
}

#[cfg(test)]
mod tests;
