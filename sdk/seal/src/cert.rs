//! Certificates, read over their received bytes.
//!
//! Comes in: DER. Goes out: a certificate. Never: trust.
use alloc::vec::Vec;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cert {
    der: Vec<u8>,
}

/// The bytes are no certificate that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// The encoding is damaged.
    #[error("the certificate is damaged")]
    Malformed,
}

impl Cert {
    /// Reads a certificate.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn parse(der: &[u8]) -> Result<Self, CertError> {
        if der.first() != Some(&0x30) {
            return Err(CertError::Malformed);
        }
        Ok(Self { der: der.to_vec() })
    }

    /// The received bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}
