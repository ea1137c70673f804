//! Typed bodies of registry values.

use crate::StateError;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_protocol::{Hash, RegistryValue, codec, limits};

/// A type that lives in the registry. A changed layout is a new type with a new schema number.
pub trait Entity: BorshSerialize + BorshDeserialize {
    /// Number of the layout, unique within the contract.
    const SCHEMA: u16;
}

/// The value of a key in genesis: version 1, written by no envelope.
pub fn first_value<T: Entity>(entity: &T) -> RegistryValue {
    RegistryValue {
        schema: T::SCHEMA,
        version: 1,
        written_at: None,
        previous_at: None,
        previous_hash: Hash::ZERO,
        body: codec::encode(entity),
    }
}

/// Decodes a stored value. Only rules write values, so one that does not decode is corrupt.
pub fn decode_entity<T: Entity>(key: &[u8], value: &RegistryValue) -> Result<T, StateError> {
    let body = codec::decode_strict(&value.body, limits::REGISTRY_VALUE_BYTES_MAX);
    body.ok().filter(|_| value.schema == T::SCHEMA).ok_or_else(|| StateError::corrupt(key))
}
