//! Parts of proposals. A piece shares the memory of the message it came in.

use super::{WIRE_VERSION, WireCodec, WireError, body};
use crate::context::{Chain, Part, VoteSignature};
use crate::policy::PART_BYTES_MAX;
use borsh::BorshDeserialize;
use bytes::{BufMut, Bytes, BytesMut};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite::app::types::codec::Codec;
use malachite::app::types::core::Context;
use yinglian_protocol::{PartsHeader, Signature, codec as protocol};

/// Longest stream id, bytes.
const STREAM_ID_BYTES_MAX: usize = 32;
const TAG_FIN: u8 = 0;
const TAG_FIRST: u8 = 1;
const TAG_PIECE: u8 = 2;

type Message = StreamMessage<<Chain as Context>::ProposalPart>;

fn put_part(bytes: &mut BytesMut, part: &Part) {
    match part {
        Part::First { header, signature } => {
            bytes.put_u8(TAG_FIRST);
            bytes.put_slice(&protocol::encode(header));
            bytes.put_slice(&signature.0);
        }
        Part::Piece(piece) => {
            bytes.put_u8(TAG_PIECE);
            bytes.put_slice(piece);
        }
    }
}

fn take_part(tag: u8, rest: &[u8], whole: &Bytes) -> Result<Part, WireError> {
    match tag {
        TAG_FIRST => {
            let (header, signature) = <(PartsHeader, Signature)>::try_from_slice(rest)
                .map_err(|_| WireError::Malformed)?;
            Ok(Part::First { header, signature: VoteSignature::from(signature) })
        }
        TAG_PIECE if rest.len() > PART_BYTES_MAX => Err(WireError::TooLong),
        TAG_PIECE => Ok(Part::Piece(whole.slice_ref(rest))),
        _ => Err(WireError::Malformed),
    }
}

impl Codec<Part> for WireCodec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Part, WireError> {
        let (tag, rest) = body(&bytes)?.split_first().ok_or(WireError::Malformed)?;
        take_part(*tag, rest, &bytes)
    }

    fn encode(&self, part: &Part) -> Result<Bytes, WireError> {
        let mut bytes = BytesMut::new();
        bytes.put_u8(WIRE_VERSION);
        put_part(&mut bytes, part);
        Ok(bytes.freeze())
    }
}

impl Codec<Message> for WireCodec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Message, WireError> {
        let mut rest = body(&bytes)?;
        let (stream, sequence, tag) = take_head(&mut rest).ok_or(WireError::Malformed)?;
        let content = if tag == TAG_FIN {
            if !rest.is_empty() {
                return Err(WireError::Malformed);
            }
            StreamContent::Fin
        } else {
            StreamContent::Data(take_part(tag, rest, &bytes)?)
        };
        Ok(Message::new(StreamId::new(bytes.slice_ref(stream)), sequence, content))
    }

    fn encode(&self, message: &Message) -> Result<Bytes, WireError> {
        let id = message.stream_id.to_bytes();
        let mut bytes = BytesMut::with_capacity(64 + PART_BYTES_MAX);
        bytes.put_u8(WIRE_VERSION);
        bytes.put_u8(u8::try_from(id.len()).map_err(|_| WireError::TooLong)?);
        bytes.put_slice(&id);
        bytes.put_u64_le(message.sequence);
        match &message.content {
            StreamContent::Fin => bytes.put_u8(TAG_FIN),
            StreamContent::Data(part) => put_part(&mut bytes, part),
        }
        Ok(bytes.freeze())
    }
}

fn take_head<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], u64, u8)> {
    let (length, body) = rest.split_first()?;
    let length = usize::from(*length);
    if length > STREAM_ID_BYTES_MAX {
        return None;
    }
    let (stream, body) = body.split_at_checked(length)?;
    let (sequence, body) = body.split_first_chunk::<8>()?;
    let (tag, body) = body.split_first()?;
    *rest = body;
    Some((stream, u64::from_le_bytes(*sequence), *tag))
}
