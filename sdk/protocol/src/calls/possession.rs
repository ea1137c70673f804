//! The proof that whoever registers a key can sign with it (decision 0007). Nobody takes a stranger's key for his own, and no key is
//! registered that nobody can use.

use crate::{CreditCode, GenesisHash, PublicKey, codec};
use alloc::vec::Vec;
use yinglian_crypto::{Signature, VerifyingKey};

const TAG: &str = "yinglian/key-possession/v1";

/// `tag ‖ genesis hash ‖ organisation ‖ public key`: the bytes that a key signs to be registered for an organisation of a chain.
pub fn possession_bytes(
    genesis: &GenesisHash,
    organization: &CreditCode,
    public_key: &PublicKey,
) -> Vec<u8> {
    let mut bytes = TAG.as_bytes().to_vec();
    bytes.extend_from_slice(genesis.0.as_bytes());
    bytes.extend_from_slice(organization.as_bytes());
    bytes.extend_from_slice(&codec::encode(public_key));
    bytes
}

/// True when the key itself signed the proof, for this organisation and chain.
pub fn possession_is_proven(
    genesis: &GenesisHash,
    organization: &CreditCode,
    public_key: &PublicKey,
    proof: &Signature,
) -> bool {
    let bytes = possession_bytes(genesis, organization, public_key);
    VerifyingKey::new(public_key).is_ok_and(|key| key.verify(&bytes, proof).is_ok())
}
