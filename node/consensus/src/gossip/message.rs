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

/// Place of `Push` among the requests.
const TAG_PUSH: u8 = 1;
/// Place of `Envelopes` among the responses.
const TAG_ENVELOPES: u8 = 3;

#[derive(BorshSerialize, BorshDeserialize)]
enum WireRequest {
    Hello(Hello),
    // [`TAG_PUSH`], written and read by hand.
    Push,
    Fetch(Vec<EnvelopeId>),
    Report([u8; 16], [u8; 16], Address),
}

#[derive(BorshSerialize, BorshDeserialize)]
enum WireResponse {
    Hello(Hello),
    Taken,
    Busy,
    // [`TAG_ENVELOPES`], written and read by hand.
    Envelopes,
    Report(ReportBody, Signature),
    NoReport,
}

fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    // Writing into memory cannot fail.
    let _ = value.serialize(&mut bytes);
    bytes
}

// What borsh makes of an enum that holds a `Vec<Vec<u8>>`, without a copy of each envelope on the way.
fn encode_envelopes(tag: u8, envelopes: &[Bytes]) -> Vec<u8> {
    let size_bytes: usize = envelopes.iter().map(|envelope| 4 + envelope.len()).sum();
    let mut bytes = Vec::with_capacity(2 + 4 + size_bytes);
    bytes.extend([VERSION, tag]);
    // A batch holds few and small ones: both numbers fit.
    bytes.extend((envelopes.len() as u32).to_le_bytes());
    for envelope in envelopes {
        bytes.extend((envelope.len() as u32).to_le_bytes());
        bytes.extend_from_slice(envelope);
    }
    bytes
}

/// The rest of a message of this kind.
fn tagged(frame: &Bytes, tag: u8) -> Option<Bytes> {
    let is = frame.len() <= MESSAGE_BYTES_MAX && frame.starts_with(&[VERSION, tag]);
    is.then(|| frame.slice(2..))
}

fn take_length(rest: &mut Bytes) -> Option<usize> {
    let length = u32::from_le_bytes(*rest.first_chunk::<4>()?);
    let _ = rest.split_to(4);
    usize::try_from(length).ok()
}

/// Envelopes that share the memory of the message they came in.
fn envelopes(mut rest: Bytes) -> Option<Vec<Bytes>> {
    let count = take_length(&mut rest).filter(|count| *count <= BATCH_ENVELOPES_MAX)?;
    let mut envelopes = Vec::with_capacity(count);
    for _ in 0..count {
        let length = take_length(&mut rest)?;
        if length == 0 || length > limits::ENVELOPE_BYTES_MAX || length > rest.len() {
            return None;
        }
        envelopes.push(rest.split_to(length));
    }
    rest.is_empty().then_some(envelopes)
}

fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Option<T> {
    let (version, body) = bytes.split_first()?;
    (*version == VERSION && bytes.len() <= MESSAGE_BYTES_MAX).then_some(())?;
    T::try_from_slice(body).ok()
}

impl Request {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&match self {
            Self::Hello(hello) => WireRequest::Hello(*hello),
            Self::Push(envelopes) => return encode_envelopes(TAG_PUSH, envelopes),
            Self::Fetch(ids) => WireRequest::Fetch(ids.clone()),
            Self::Report { nonce, instance, validator } => {
                WireRequest::Report(*nonce, *instance, *validator)
            }
        })
    }

    pub(super) fn decode(frame: &Bytes) -> Option<Self> {
        if let Some(rest) = tagged(frame, TAG_PUSH) {
            return envelopes(rest).map(Self::Push);
        }
        Some(match decode(frame)? {
            WireRequest::Hello(hello) => Self::Hello(hello),
            WireRequest::Push => return None,
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
            Self::Envelopes(envelopes) => return encode_envelopes(TAG_ENVELOPES, envelopes),
            Self::Report { body, signature } => WireResponse::Report(body.clone(), *signature),
            Self::NoReport => WireResponse::NoReport,
        })
    }

    pub(super) fn decode(frame: &Bytes) -> Option<Self> {
        if let Some(rest) = tagged(frame, TAG_ENVELOPES) {
            return envelopes(rest).map(Self::Envelopes);
        }
        Some(match decode(frame)? {
            WireResponse::Hello(hello) => Self::Hello(hello),
            WireResponse::Taken => Self::Taken,
            WireResponse::Busy => Self::Busy,
            WireResponse::Envelopes => return None,
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
