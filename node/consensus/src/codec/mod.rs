//! Bytes of everything the engine sends and stores: network, write-ahead log, value sync.
//!
//! Every message starts with [`WIRE_VERSION`]. Comes in: bytes from anyone. Goes out: values within their limits, or an
//! error; never a panic, never an allocation beyond the input's own size.

mod consensus;
mod stream;
mod sync;
mod wire;

pub(crate) use sync::{SYNC_VALUES_MAX, value_len};
pub(crate) use wire::commit_signature;

use bytes::Bytes;

/// First byte of every message. A change of any layout below is a new version.
pub const WIRE_VERSION: u8 = 1;
/// Largest message other than parts and sync responses, bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The codec of the engine, for all of its message types.
#[derive(Debug, Clone, Copy, Default)]
pub struct WireCodec;

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The first byte is not the known version.
    #[error("unknown wire version")]
    Version,
    /// Longer than its type may be.
    #[error("message is too long")]
    TooLong,
    /// Not a well-formed message.
    #[error("malformed message")]
    Malformed,
    /// A synced value is not the one its certificate is for.
    #[error("synced value does not match its certificate")]
    Unbound,
}

fn encode<T: borsh::BorshSerialize>(value: &T) -> Bytes {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(WIRE_VERSION);
    // Writing into memory cannot fail.
    let _ = value.serialize(&mut bytes);
    bytes.into()
}

fn decode<T: borsh::BorshDeserialize>(bytes: &[u8]) -> Result<T, WireError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(WireError::TooLong);
    }
    T::try_from_slice(body(bytes)?).map_err(|_| WireError::Malformed)
}

fn body(bytes: &[u8]) -> Result<&[u8], WireError> {
    match bytes.split_first() {
        Some((&WIRE_VERSION, body)) => Ok(body),
        _ => Err(WireError::Version),
    }
}

/// Implements [`Codec`] for a type through its mirror in [`wire`].
macro_rules! mirrored {
    ($($type:ty => $wire:ty),* $(,)?) => {$(
        impl ::malachite::app::types::codec::Codec<$type> for WireCodec {
            type Error = WireError;

            fn decode(&self, bytes: Bytes) -> Result<$type, WireError> {
                decode::<$wire>(&bytes)?.try_into()
            }

            fn encode(&self, value: &$type) -> Result<Bytes, WireError> {
                Ok(encode(&<$wire>::from(value)))
            }
        }
    )*};
}
use mirrored;

#[cfg(test)]
mod tests;
