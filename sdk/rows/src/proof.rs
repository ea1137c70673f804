//! The proof that a row is in a batch.
//!
//! Comes in: what both sides signed of a batch, its schema, a proof from anywhere. Goes out: the fields of the row, proven, or the
//! reason why not. Never: other rows, the batch key.
use crate::{
    Schema,
    batch::{SALT_BYTES, leaf_parts},
    limits,
    row::read_row,
};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize, io};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::{
    codec::{self, DecodeError},
    log::{InclusionProof, LogProofError},
};

const VERSION: u8 = 1;

/// What both sides of an exchange sign of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BatchDigest {
    /// Digest of the schema.
    pub schema: Hash,
    /// Number of rows, at most 2^20.
    pub rows: u64,
    /// Root over the leaves in the order of the rows.
    pub root: Hash,
}

/// A row with its salt and its path to the root of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProof {
    /// Suite of the hashes.
    pub suite: Suite,
    /// Salt of the row.
    pub salt: [u8; SALT_BYTES],
    /// Canonical row, at most 64 KiB.
    pub row: Vec<u8>,
    /// Path from the leaf to the root.
    pub inclusion: InclusionProof,
}

/// Why a proof does not show that its row is in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowProofError {
    /// The proof was made under the other suite.
    #[error("the proof was made under another suite")]
    Suite,
    /// The batch has another schema.
    #[error("the batch has another schema")]
    Schema,
    /// The row is none of the schema.
    #[error("the row is none of the schema")]
    Row,
    /// The proof is of a batch with another number of rows.
    #[error("the proof is of a batch of {proof} rows, the batch has {batch}")]
    Rows {
        /// Rows that the proof names.
        proof: u64,
        /// Rows of the batch.
        batch: u64,
    },
    /// The path does not lead to the root.
    #[error("{0}")]
    Path(LogProofError),
}

impl RowProof {
    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads canonical bytes, at most 68 KiB.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode_strict(bytes, limits::ROW_PROOF_BYTES_MAX)
    }

    /// `hash(00 ‖ salt ‖ row)`.
    pub fn leaf_hash(&self) -> Hash {
        self.suite.hash(&leaf_parts(&self.salt, &self.row))
    }
}

/// Checks that the row is in the batch, and reads it: its fields in item order, `None` for NULL.
///
/// `suite` is the chain's; `batch` is what the chain holds of the batch: its own receipt proves that.
pub fn verify_row<'a>(
    suite: Suite,
    batch: &BatchDigest,
    schema: &Schema,
    proof: &'a RowProof,
) -> Result<Vec<Option<&'a str>>, RowProofError> {
    if proof.suite != suite {
        return Err(RowProofError::Suite);
    }
    if schema.digest(suite) != batch.schema {
        return Err(RowProofError::Schema);
    }
    if proof.inclusion.size != batch.rows {
        return Err(RowProofError::Rows { proof: proof.inclusion.size, batch: batch.rows });
    }
    let fields = read_row(schema, &proof.row).map_err(|_| RowProofError::Row)?;
    let leaf = proof.leaf_hash();
    proof.inclusion.verify(suite, &leaf, &batch.root).map_err(RowProofError::Path)?;
    Ok(fields)
}

impl BorshSerialize for RowProof {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (VERSION, self.suite, self.salt).serialize(writer)?;
        self.row.serialize(writer)?;
        self.inclusion.serialize(writer)
    }
}

impl BorshDeserialize for RowProof {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "no proof of a row");
        let (version, suite, salt) = <(u8, Suite, [u8; SALT_BYTES])>::deserialize_reader(reader)?;
        if version != VERSION {
            return Err(invalid());
        }
        let row = Vec::<u8>::deserialize_reader(reader)?;
        if row.len() > limits::ROW_BYTES_MAX {
            return Err(invalid());
        }
        Ok(Self { suite, salt, row, inclusion: InclusionProof::deserialize_reader(reader)? })
    }
}
