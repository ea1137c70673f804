//! Canonical rows (docs/specs/rows.md): what the rows of a table are as bytes, whatever file or database they come from; the root
//! of a batch of them, the proof that a row is in it, and how two sides find where their batches differ without moving the rest.
//!
//! Comes in: a schema, fields as a source wrote them, roots and proofs from anywhere. Goes out: canonical bytes, roots, proofs,
//! verdicts, differences, or the column and the reason of a refusal. Never: I/O, a clock, randomness, threads, a guess: a value
//! that fits its column in no way or in two is refused.
//!
//! Read [`Schema`] first, then [`canonical_row`], then [`BatchBuilder`].
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

mod batch;
mod diff;
mod document;
mod field;
pub mod limits;
mod number;
mod proof;
mod published;
mod range;
mod row;
mod schema;
mod source;
mod text;
mod time;
mod tree;

pub use batch::{Batch, BatchBuilder, BatchError, SortedRows};
pub use diff::{DiffError, Difference, Differences, RangeSource, Side, diff};
pub use document::{DocumentError, SchemaDocument};
pub use field::{FieldError, RowError};
pub use proof::{BatchDigest, RowProof, RowProofError, verify_row};
pub use published::{PublishedDifference, PublishedDigests, PublishedError};
pub use range::{KeyRange, RangeDigest, Summary};
pub use row::{RowDecodeError, canonical_row, read_row, row_key};
pub use schema::{Column, Kind, Schema, SchemaError};
pub use source::{Encoding, Source, Zone};
pub use tree::RowTree;

use yinglian_crypto::{Hash, Suite};

/// The secret of a batch, 32 random bytes held by both parties: every row's salt comes from it. Destroying it makes the leaves of
/// the batch unverifiable. It travels beside the data and never to the chain.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchKey(pub [u8; 32]);

impl BatchKey {
    /// `H[yinglian/row-batch-key/v1](batch key)`: tells two keys apart without telling either.
    pub fn digest(&self, suite: Suite) -> Hash {
        suite.tagged_hash("yinglian/row-batch-key/v1", &[&self.0])
    }
}

impl core::fmt::Debug for BatchKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("BatchKey")
    }
}
