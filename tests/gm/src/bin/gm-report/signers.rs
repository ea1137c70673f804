//! Key pairs with a message and a good signature each, the same for every competitor.

use gm_peers::campaign::{IDENTITY, key_pair};
use gm_peers::peers::Peer;
use gm_peers::peers::rust_crypto::RustCrypto;
use gm_peers::random::Random;

pub const MESSAGE_BYTES: usize = 128;

/// One signer.
#[derive(Clone)]
pub struct Signer {
    pub secret: [u8; 32],
    /// Uncompressed.
    pub public: Vec<u8>,
    pub message: [u8; MESSAGE_BYTES],
    pub signature: [u8; 64],
}

/// So many signers, signed for by the reference.
pub fn signers(count: usize) -> Vec<Signer> {
    let mut random = Random::new(2016);
    let signer = |_| {
        let pair = key_pair(&mut random);
        let message: [u8; MESSAGE_BYTES] = random.array();
        let signatures = RustCrypto::default().sign_all(&pair, IDENTITY, &[message.to_vec()]);
        let signature = signatures.expect("the reference signs")[0];
        Signer { secret: pair.secret, public: pair.public, message, signature }
    };
    (0..count).map(signer).collect()
}
