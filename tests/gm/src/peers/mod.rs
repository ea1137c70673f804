//! Other implementations of SM2 behind one face. Comes in: cases. Goes out: verdicts, signatures.
//! Each file says what its peer cannot be asked, and guards against its panics. Never: a peer's verdict taken as the truth;
//! where they differ, the standard decides.

pub mod efficient;
pub mod gm;
pub mod libsm;
pub mod openssl;
pub mod pipe;
pub mod rust_crypto;
pub mod sm_crypto;

use crate::case::{Case, Verdict};

/// A key pair for campaigns.
#[derive(Debug, Clone)]
pub struct KeyPair {
    pub secret: [u8; 32],
    /// Uncompressed, 65 bytes.
    pub public: Vec<u8>,
}

/// An implementation of SM2 signatures.
pub trait Peer {
    /// Name and version.
    fn name(&self) -> String;

    /// Verdicts in the order of the cases.
    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict>;

    /// Signatures of 64 bytes over the messages under the identity; None when the peer cannot sign so.
    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>>;
}

/// The peers in Rust and C that are linked into this program.
pub fn linked() -> Vec<Box<dyn Peer>> {
    vec![
        Box::new(rust_crypto::RustCrypto::default()),
        Box::new(openssl::OpenSsl::default()),
        Box::new(libsm::LibSm::default()),
        Box::new(efficient::Efficient),
        Box::new(sm_crypto::SmCrypto),
    ]
}
