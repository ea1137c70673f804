//! Messages between nodes, and their bytes.

use borsh::{BorshDeserialize, BorshSerialize};
use bytes::Bytes;
use yinglian_protocol::{Address, EnvelopeId, Height, Signature, limits};

/// First byte of every message.
const VERSION: u8 = 1;
/// A batch is closed at this size, bytes.
pub(super) const BATCH_BYTES: usize = 512 * 1024;
/// Most envelopes of a batch.
pub(super) const BATCH_ENVELOPES_MAX: usize = 4_096;
/// Largest message, bytes: a batch and the one envelope that filled it, or an answer to a request by id.
pub(super) const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What one running process says of itself, every half second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Hello {
    /// Random, of this process.
    pub instance: [u8; 16],
    /// Last height it has committed.
    pub height: Height,
    /// It signs in consensus.
    pub signs: bool,
}

/// What a peer saw a validator sign, signed by the peer's consensus key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ReportBody {
    pub nonce: [u8; 16],
    pub validator: Address,
    pub highest: Option<(Height, u32)>,
    pub other_process: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Hello(Hello),
    Push(Vec<Bytes>),
    Fetch(Vec<EnvelopeId>),
    Report { nonce: [u8; 16], instance: [u8; 16], validator: Address },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Response {
    Hello(Hello),
    Taken,
    Busy,
    Envelopes(Vec<Bytes>),
    Report { body: ReportBody, signature: Signature },
    // No validator, or not connected as one.
    NoReport,
}

#[derive(BorshSerialize, BorshDeserialize)]
enum WireRequest {
    Hello(Hello),
    Push(Vec<Vec<u8>>),
    Fetch(Vec<EnvelopeId>),
    Report([u8; 16], [u8; 16], Address),
}

#[derive(BorshSerialize, BorshDeserialize)]
enum WireResponse {
    Hello(Hello),
    Taken,
    Busy,
    Envelopes(Vec<Vec<u8>>),
    Report(ReportBody, Signature),
    NoReport,
}

fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    // Writing into memory cannot fail.
    let _ = value.serialize(&mut bytes);
    bytes
}

fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Option<T> {
    let (version, body) = bytes.split_first()?;
    (*version == VERSION && bytes.len() <= MESSAGE_BYTES_MAX).then_some(())?;
    T::try_from_slice(body).ok()
}

fn envelopes(encoded: Vec<Vec<u8>>) -> Option<Vec<Bytes>> {
    let fit = encoded.len() <= BATCH_ENVELOPES_MAX
        && encoded
            .iter()
            .all(|bytes| !bytes.is_empty() && bytes.len() <= limits::ENVELOPE_BYTES_MAX);
    fit.then(|| encoded.into_iter().map(Bytes::from).collect())
}

fn owned(envelopes: &[Bytes]) -> Vec<Vec<u8>> {
    envelopes.iter().map(|bytes| bytes.to_vec()).collect()
}

impl Request {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&match self {
            Self::Hello(hello) => WireRequest::Hello(*hello),
            Self::Push(envelopes) => WireRequest::Push(owned(envelopes)),
            Self::Fetch(ids) => WireRequest::Fetch(ids.clone()),
            Self::Report { nonce, instance, validator } => {
                WireRequest::Report(*nonce, *instance, *validator)
            }
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        Some(match decode(bytes)? {
            WireRequest::Hello(hello) => Self::Hello(hello),
            WireRequest::Push(encoded) => Self::Push(envelopes(encoded)?),
            WireRequest::Fetch(ids) if ids.len() <= super::FETCH_IDS_MAX => Self::Fetch(ids),
            WireRequest::Fetch(_) => return None,
            WireRequest::Report(nonce, instance, validator) => {
                Self::Report { nonce, instance, validator }
            }
        })
    }
}

impl Response {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&match self {
            Self::Hello(hello) => WireResponse::Hello(*hello),
            Self::Taken => WireResponse::Taken,
            Self::Busy => WireResponse::Busy,
            Self::Envelopes(envelopes) => WireResponse::Envelopes(owned(envelopes)),
            Self::Report { body, signature } => WireResponse::Report(body.clone(), *signature),
            Self::NoReport => WireResponse::NoReport,
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        Some(match decode(bytes)? {
            WireResponse::Hello(hello) => Self::Hello(hello),
            WireResponse::Taken => Self::Taken,
            WireResponse::Busy => Self::Busy,
            WireResponse::Envelopes(encoded) => Self::Envelopes(envelopes(encoded)?),
            WireResponse::Report(body, signature) => Self::Report { body, signature },
            WireResponse::NoReport => Self::NoReport,
        })
    }
}

impl ReportBody {
    pub(super) fn encode(&self) -> Vec<u8> {
        yinglian_protocol::codec::encode(self)
    }
}
