//! E-seals and what they seal: parsed over the received bytes, checked step by step, explained in Chinese and English.
//!
//! Comes in: seals, seal signatures, sealed documents from anybody; trusted certificates, revocation lists, OCSP answers, the time and
//! a view of the registry from the caller. Goes out: a report with one result per step and one [`Verdict`]. Never: I/O, a
//! network, a clock, an encoding written anew before it is verified, a `VALID` with a step that was not passed.
//!
//! | call | standard |
//! |---|---|
//! | [`verify_seal`] | GB/T 38540-2020, 6.3; GM/T 0031-2014; GM/T 0031-2025 |
//! | [`verify_value`] | the same, 7.3: a seal signature and what it signs, or only the digest of that |
//! | [`verify_digital`] | GB/T 35275 (GM/T 0010) or a bare SM2 value, as OFD documents hold with Type="Sign" |
//! | [`ofd::verify_document`] | GB/T 33190-2016, 18; GM/T 0099-2020: an OFD document with all its signatures |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]
#![warn(missing_docs)]
extern crate alloc;

mod cert;
mod cms;
mod context;
mod der;
mod leniency;
#[cfg(feature = "std")]
pub mod ofd;
mod oid;
mod reason;
mod registry;
mod report;
mod revocation;
mod ses;
mod signature;
mod sm2;
mod time;
mod timestamp;
mod verdict;

pub use cert::{Cert, CertError};
pub use context::{Context, Profile, Signed, TimeEvidence, Trust};
pub use leniency::Leniency;
pub use reason::Reason;
pub use registry::{Admission, Registry, SealEntry, SealKey, SealStatus};
pub use report::{
    CertFacts, CertReport, Picture, SealFacts, SealReport, SignatureFacts, SignatureReport,
    TimeSource,
};
pub use revocation::{Crl, OcspResponse};
pub use signature::{verify_cert, verify_digital, verify_seal, verify_value};
pub use time::Time;
pub use verdict::{Decision, Finding, Outcome, Policy, Step, StepResult, Steps, Verdict};

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> alloc::string::String {
    bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
}
