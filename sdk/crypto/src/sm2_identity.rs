//! The identity of SM2 signers and the digest that a signing device is given.
//!
//! Comes in: a public key and a message. Goes out: Z and e = SM3(Z ‖ M) of GB/T 32918.2-2016, 5.5 and 6.1. Never: another
//! identity; envelopes, votes, parts and reports all use this one (GM/T 0009-2012, 10).
use crate::{Algorithm, Hash, PublicKey, Suite};

/// The identity all SM2 signatures of Yinglian are made under.
pub const SM2_IDENTITY: &str = "1234567812345678";

/// The length of the identity in bits, then the identity.
const IDENTITY: &[u8; 18] = b"\x00\x801234567812345678";

/// a, b, x and y of the base point of the recommended curve, GB/T 32918.5-2017.
const CURVE: [[u8; 32]; 4] = [
    bytes(0xfffffffeffffffffffffffffffffffff, 0xffffffff00000000fffffffffffffffc),
    bytes(0x28e9fa9e9d9f5e344d5a9e4bcf6509a7, 0xf39789f515ab8f92ddbcbd414d940e93),
    bytes(0x32c4ae2c1f1981195f9904466a39c994, 0x8fe30bbff2660be1715a4589334c74c7),
    bytes(0xbc3736a2f4f6779c59bdcee36b692153, 0xd0a9877cc62a474002df32e52139f0a0),
];

const fn bytes(high: u128, low: u128) -> [u8; 32] {
    let mut out = [0; 32];
    let (first, second) = out.split_at_mut(16);
    first.copy_from_slice(&high.to_be_bytes());
    second.copy_from_slice(&low.to_be_bytes());
    out
}

impl PublicKey {
    /// e = SM3(Z ‖ message): what a device signs that takes digests instead of messages. `None` for Ed25519, which has no such
    /// digest.
    pub fn device_digest(&self, message: &[u8]) -> Option<Hash> {
        match (self.algorithm(), self.as_bytes()) {
            (Algorithm::Sm2Sm3, [_, coordinates @ ..]) => {
                let [a, b, x, y] = &CURVE;
                let z = Suite::National.hash(&[IDENTITY, a, b, x, y, coordinates]);
                Some(Suite::National.hash(&[z.as_bytes(), message]))
            }
            _ => None,
        }
    }
}
