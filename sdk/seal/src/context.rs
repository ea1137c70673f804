//! What a caller brings to a verification: whom he trusts, what he knows of revocation, what time it is, how strict he is.
//!
//! Comes in: certificates, lists and answers as bytes, parsed once here. Goes out: a [`Context`] for any number of verifications.
//! Never: a certificate out of a submitted file that becomes trusted; an address that is fetched.
use crate::cert::{Cert, CertError};
use crate::revocation::{Crl, OcspResponse};
use crate::{Registry, Time};
use alloc::vec::Vec;

/// Everything a verification may use besides the submitted bytes.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Anchors, intermediate certificates and revocation data.
    pub trust: &'a Trust,
    /// The time of the verification.
    pub now: Time,
    /// When the signature value is proven to have existed by other means than its own time stamp.
    pub evidence: Option<TimeEvidence>,
    /// What is forgiven.
    pub profile: Profile,
    /// The registry's view; without it the registry and the admission of makers and vendors are not judged.
    pub registry: Option<&'a dyn Registry>,
    /// The signer's certificate where the value holds none (a bare SM2 value).
    pub signer: Option<&'a Cert>,
}

impl<'a> Context<'a> {
    /// A context of the lenient profile, without registry, evidence or a signer's certificate.
    pub fn new(trust: &'a Trust, now: Time) -> Self {
        Self { trust, now, evidence: None, profile: Profile::Lenient, registry: None, signer: None }
    }
}

/// How encodings are taken that the standards do not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Refused.
    Strict,
    /// Taken where software in the field writes them, each named in the report as a [`crate::Leniency`].
    Lenient,
}

/// A proof that a signature value existed, with the time of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeEvidence {
    /// The value was notarised on the chain in a block of this time. The caller has verified the receipt, for the digest of this value.
    Block {
        /// Time of the block.
        time: Time,
        /// Height of the block.
        height: u64,
    },
}

/// What a signature is said to be over.
#[derive(Debug, Clone, Copy)]
pub enum Signed<'a> {
    /// The original in parts, in their order: the bytes of Signature.xml as stored, or what a ByteRange of a PDF selects.
    Parts(&'a [&'a [u8]]),
    /// Only SM3 of the original: the document stays with the caller. Forms that hash the signer's Z first cannot be checked so.
    Sm3([u8; 32]),
}

/// Certificates trusted by the caller, certificates that only help to build a path, revocation data.
#[derive(Debug, Default, Clone)]
pub struct Trust {
    pub(crate) anchors: Vec<Cert>,
    pub(crate) intermediates: Vec<Cert>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) ocsp: Vec<OcspResponse>,
}

impl Trust {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate at which paths may end.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn add_anchor(&mut self, der: &[u8]) -> Result<(), CertError> {
        self.anchors.push(Cert::parse(der)?);
        Ok(())
    }

    /// Adds a certificate of a CA that itself has to lead to an anchor.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn add_intermediate(&mut self, der: &[u8]) -> Result<(), CertError> {
        self.intermediates.push(Cert::parse(der)?);
        Ok(())
    }
    /// Adds a certificate as an anchor if it is issued to itself, as an intermediate one otherwise.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn add(&mut self, der: &[u8]) -> Result<(), CertError> {
        let cert = Cert::parse(der)?;
        let place = if cert.is_self_issued() { &mut self.anchors } else { &mut self.intermediates };
        place.push(cert);
        Ok(())
    }

    /// Adds a revocation list. Its signature is checked against the issuer in the path whenever it is used.
    ///
    /// # Errors
    /// The bytes are no revocation list.
    pub fn add_crl(&mut self, der: &[u8]) -> Result<(), CertError> {
        self.crls.push(Crl::parse(der)?);
        Ok(())
    }

    /// Adds an OCSP response that the caller fetched or kept. Its signature is checked whenever it is used.
    ///
    /// # Errors
    /// The bytes are no successful OCSP response.
    pub fn add_ocsp(&mut self, der: &[u8]) -> Result<(), CertError> {
        self.ocsp.push(OcspResponse::parse(der)?);
        Ok(())
    }

    /// Certificates at which paths may end.
    pub fn anchors(&self) -> &[Cert] {
        &self.anchors
    }
}
