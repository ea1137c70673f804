//! A block as it travels and is stored before it is decided: header and payload.

use bytes::{BufMut, Bytes, BytesMut};
use yinglian_protocol::{Hash, Header, Payload, limits};

/// Largest encoded proposal, bytes.
pub const PROPOSAL_BYTES_MAX: usize = 4 + limits::HEADER_BYTES_MAX + limits::BLOCK_BYTES_MAX;

/// A header and the payload it commits to. The value that consensus decides is the header's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The header.
    pub header: Header,
    /// The encoded payload; its hash is `header.payload_hash`, which whoever executes the block has to see for himself.
    pub payload: Bytes,
}

/// Why bytes are no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// Too long, truncated, or no header of the known layout.
    #[error("malformed proposal")]
    Malformed,
    /// The payload is not the one the header commits to.
    #[error("payload does not match the header's payload hash")]
    Payload,
}

impl Proposal {
    /// Hash of the header.
    pub fn value_id(&self) -> Hash {
        self.header.hash()
    }

    /// `header length u32 LE ‖ header ‖ payload`.
    pub fn encode(&self) -> Bytes {
        encode(&self.header.encode(), &self.payload)
    }

    /// Decodes and checks the payload's hash. The payload shares the memory of `bytes`.
    pub fn decode(bytes: &Bytes) -> Result<Self, ProposalError> {
        let (header, payload) = split(bytes)?;
        if Payload::hash(header.suite, &payload) != header.payload_hash {
            return Err(ProposalError::Payload);
        }
        Ok(Self { header, payload })
    }
}

impl Proposal {
    /// Decodes without hashing the payload, for a block that is checked next.
    pub(crate) fn decode_unhashed(bytes: &Bytes) -> Result<Self, ProposalError> {
        let (header, payload) = split(bytes)?;
        Ok(Self { header, payload })
    }
}

/// Joins encoded header and payload.
pub fn encode(header: &[u8], payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(4 + header.len() + payload.len());
    // A header has at most 1 KiB.
    bytes.put_u32_le(header.len() as u32);
    bytes.put_slice(header);
    bytes.put_slice(payload);
    bytes.freeze()
}

/// Header and payload of encoded bytes, without hashing the payload.
pub(crate) fn split(bytes: &Bytes) -> Result<(Header, Bytes), ProposalError> {
    if bytes.len() > PROPOSAL_BYTES_MAX {
        return Err(ProposalError::Malformed);
    }
    let (length, _) = bytes.split_first_chunk::<4>().ok_or(ProposalError::Malformed)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > limits::HEADER_BYTES_MAX || bytes.len() < 4 + length {
        return Err(ProposalError::Malformed);
    }
    let header = Header::decode(&bytes[4..4 + length]).map_err(|_| ProposalError::Malformed)?;
    let payload = bytes.slice(4 + length..);
    if payload.len() > limits::BLOCK_BYTES_MAX {
        return Err(ProposalError::Malformed);
    }
    Ok((header, payload))
}
