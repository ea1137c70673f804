//! Evidence packages: one file that holds records, receipts and trust, and the one check of all of it, the same for the command
//! `yinglian verify` and for a page in a browser without a network.
//!
//! Comes in: the bytes of a package or its files, a trust root, the present time. Goes out: a [`Report`] of what is proven and which
//! file is not as it was packed. Never: I/O, a clock of its own, a proof without a root, a judgement of its own about a receipt (that is
//! `sdk/protocol`'s).
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

mod check;
mod container;
#[cfg(target_arch = "wasm32")]
mod exports;
mod limits;
mod manifest;
mod record;
mod report;
mod request;

pub use check::{Asked, check, check_bytes};
pub use container::{Fault, Member, decode, encode};
pub use limits::{MEMBERS_MAX, NAME_BYTES_MAX, PACKAGE_BYTES_MAX};
pub use manifest::{MANIFEST, Manifest, ManifestEntry};
pub use record::text as record_text;
pub use report::{Finding, Matched, ProvenRecord, Report, Words};
pub use request::answer;

/// Name of the page in a package.
pub const PAGE: &str = "explanation.html";
/// Name of the text that says how to verify by command.
pub const GUIDE: &str = "verify.txt";
/// Name of the root under which the packer proved the receipts: a claim, not a trust.
pub const CLAIMED_ROOT: &str = "trust/claimed-root";
/// Name of the chain of validator sets, when the packer gave one.
pub const SETS: &str = "trust/sets.trust";
/// Folder of the receipts.
pub const RECEIPTS: &str = "receipts/";
/// Folder of the readable records, each named after its receipt.
pub const RECORDS: &str = "records/";
/// Folder of the files that receipts prove.
pub const FILES: &str = "files/";
