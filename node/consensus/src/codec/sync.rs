//! Value sync. A response is refused unless each value is the one its certificate is for: the engine then verifies the
//! certificate, and the host may rely on both together.

use super::{WIRE_VERSION, WireCodec, WireError, body, decode, encode, wire};
use crate::context::{BlockHeight, Chain};
use crate::proposal::{self, PROPOSAL_BYTES_MAX};
use borsh::{BorshDeserialize, BorshSerialize};
use bytes::{BufMut, Bytes, BytesMut};
use malachite::app::types::PeerId;
use malachite::app::types::codec::{Codec, HasEncodedLen};
use malachite::app::types::core::ExtendedCommitCertificate;
use malachite_sync::{RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse};
use yinglian_protocol::Height;

/// Most values of one response.
pub(crate) const SYNC_VALUES_MAX: usize = 64;

#[derive(BorshSerialize, BorshDeserialize)]
struct WireStatus {
    peer_id: Vec<u8>,
    tip: Height,
    lowest: Height,
}

impl Codec<Status<Chain>> for WireCodec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Status<Chain>, WireError> {
        let status: WireStatus = decode(&bytes)?;
        Ok(Status {
            peer_id: PeerId::from_bytes(&status.peer_id).map_err(|_| WireError::Malformed)?,
            tip_height: status.tip.into(),
            history_min_height: status.lowest.into(),
        })
    }

    fn encode(&self, status: &Status<Chain>) -> Result<Bytes, WireError> {
        Ok(encode(&WireStatus {
            peer_id: status.peer_id.to_bytes(),
            tip: status.tip_height.into(),
            lowest: status.history_min_height.into(),
        }))
    }
}

impl Codec<Request<Chain>> for WireCodec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Request<Chain>, WireError> {
        let (first, last): (Height, Height) = decode(&bytes)?;
        Ok(Request::ValueRequest(ValueRequest::new(first.into()..=last.into())))
    }

    fn encode(&self, request: &Request<Chain>) -> Result<Bytes, WireError> {
        let Request::ValueRequest(request) = request;
        Ok(encode(&(Height::from(*request.range.start()), Height::from(*request.range.end()))))
    }
}

// Layout: version, first height u64, count u8, then per value: length u32, value, certificate.
const RESPONSE_HEAD_BYTES: usize = 1 + 8 + 1;

impl Codec<Response<Chain>> for WireCodec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Response<Chain>, WireError> {
        let mut rest = body(&bytes)?;
        let (first, count): (Height, u8) = take(&mut rest)?;
        if usize::from(count) > SYNC_VALUES_MAX {
            return Err(WireError::TooLong);
        }
        let values =
            (0..count).map(|_| take_value(&mut rest, &bytes)).collect::<Result<Vec<_>, _>>()?;
        if !rest.is_empty() {
            return Err(WireError::Malformed);
        }
        Ok(Response::ValueResponse(ValueResponse::new(BlockHeight::from(first), values)))
    }

    fn encode(&self, response: &Response<Chain>) -> Result<Bytes, WireError> {
        let Response::ValueResponse(response) = response;
        let count = u8::try_from(response.values.len()).map_err(|_| WireError::TooLong)?;
        let mut bytes = BytesMut::with_capacity(response_len(response));
        bytes.put_u8(WIRE_VERSION);
        bytes.put_u64_le(response.start_height.0);
        bytes.put_u8(count);
        for value in &response.values {
            let length = u32::try_from(value.value_bytes.len()).map_err(|_| WireError::TooLong)?;
            bytes.put_u32_le(length);
            bytes.put_slice(&value.value_bytes);
            let certificate = wire::Certificate::from(&value.certificate);
            bytes.put_slice(&yinglian_protocol::codec::encode(&certificate));
        }
        Ok(bytes.freeze())
    }
}

impl HasEncodedLen<Response<Chain>> for WireCodec {
    fn encoded_len(&self, response: &Response<Chain>) -> Result<usize, WireError> {
        let Response::ValueResponse(response) = response;
        Ok(response_len(response))
    }
}

fn response_len(response: &ValueResponse<Chain>) -> usize {
    RESPONSE_HEAD_BYTES + response.values.iter().map(value_len).sum::<usize>()
}

/// Bytes that a value takes in a response.
pub(crate) fn value_len(value: &RawDecidedValue<Chain>) -> usize {
    let signatures = value.certificate.commit_signatures.len();
    4 + value.value_bytes.len() + wire::Certificate::encoded_len(signatures)
}

fn take<T: BorshDeserialize>(rest: &mut &[u8]) -> Result<T, WireError> {
    T::deserialize(rest).map_err(|_| WireError::Malformed)
}

fn take_value(rest: &mut &[u8], whole: &Bytes) -> Result<RawDecidedValue<Chain>, WireError> {
    let length = take::<u32>(rest)? as usize;
    if length > PROPOSAL_BYTES_MAX {
        return Err(WireError::TooLong);
    }
    let (value, tail) = rest.split_at_checked(length).ok_or(WireError::Malformed)?;
    *rest = tail;
    let value_bytes = whole.slice_ref(value);
    let wire: wire::Certificate = take(rest)?;
    let certificate: ExtendedCommitCertificate<Chain> = wire.try_into()?;
    let (header, _) = proposal::split(&value_bytes).map_err(|_| WireError::Malformed)?;
    if header.hash() != certificate.value_id.0
        || BlockHeight::from(header.height) != certificate.height
    {
        return Err(WireError::Unbound);
    }
    Ok(RawDecidedValue::new(value_bytes, certificate))
}
