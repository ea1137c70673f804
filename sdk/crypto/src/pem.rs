//! Keys as PEM texts: PKCS#8 for private keys, SubjectPublicKeyInfo for public ones, as OpenSSL 3 reads and writes them.
//!
//! Comes in: a text of at most 16 KiB. Goes out: a key, or what the text is instead. Never: encrypted keys (see the keystore),
//! certificates, curves other than that of SM2.
use crate::{Algorithm, KeyError, PublicKey, SigningKey, Suite};
use alloc::string::String;
use ed25519_dalek::pkcs8::{ALGORITHM_OID as ED25519, KeypairBytes, PublicKeyBytes};
use pkcs8::{
    AssociatedOid, Document, EncodePrivateKey, EncodePublicKey, LineEnding, ObjectIdentifier,
    PrivateKeyInfoRef, SecretDocument, SubjectPublicKeyInfoRef,
};
use sm2::elliptic_curve::ALGORITHM_OID as ELLIPTIC_CURVE;
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest text looked at; a key takes some 300 bytes.
pub(crate) const PEM_BYTES_MAX: usize = 16 * 1024;

/// Why a PEM text holds no key for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PemError {
    /// Longer than any key.
    #[error("a pem text of {0} bytes where at most {PEM_BYTES_MAX} are read")]
    TooLong(usize),
    /// No PEM, damaged base64, or damaged structure inside.
    #[error("the text is not the pem form of a key")]
    Malformed,
    /// Another thing in PEM. OpenSSL turns an `EC PRIVATE KEY` into a `PRIVATE KEY` by `openssl pkcs8 -topk8 -nocrypt`.
    #[error("the pem text does not hold a {expected}")]
    Label {
        /// What would have been read.
        expected: &'static str,
    },
    /// The private key is encrypted and needs its passphrase.
    #[error("the private key is encrypted: it opens with its passphrase, as a keystore")]
    Encrypted,
    /// A key of an algorithm or a curve that is in no suite.
    #[error("the key is neither sm2 nor ed25519")]
    Algorithm,
    /// The numbers of the key are none.
    #[error("the pem text holds an invalid key")]
    Key(#[source] KeyError),
}

/// The label of a private key in PKCS#8 (RFC 7468, 10).
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// The label of a private key under a passphrase (RFC 7468, 11).
pub(crate) const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
/// The label of a public key (RFC 7468, 13).
const PUBLIC_KEY: &str = "PUBLIC KEY";

impl PublicKey {
    /// The SubjectPublicKeyInfo of the key (RFC 5480, RFC 8410) in PEM.
    pub fn to_pem(&self) -> Result<String, PemError> {
        let algorithm = self.algorithm();
        let impossible = PemError::Key(KeyError::NotOnCurve(algorithm));
        match algorithm {
            Algorithm::Sm2Sm3 => sm2::PublicKey::from_sec1_bytes(self.as_bytes())
                .map_err(|_| impossible)?
                .to_public_key_pem(LineEnding::LF),
            Algorithm::Ed25519 => {
                PublicKeyBytes(self.as_bytes().try_into().map_err(|_| impossible)?)
                    .to_public_key_pem(LineEnding::LF)
            }
        }
        .map_err(|_| impossible)
    }

    /// Reads a SubjectPublicKeyInfo in PEM.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        check_length(text)?;
        let (label, document) =
            Document::from_pem(text.trim_end()).map_err(|_| PemError::Malformed)?;
        if label != PUBLIC_KEY {
            return Err(PemError::Label { expected: PUBLIC_KEY });
        }
        let info: SubjectPublicKeyInfoRef<'_> =
            document.decode_msg().map_err(|_| PemError::Malformed)?;
        let algorithm = algorithm_of(info.algorithm.oid, info.algorithm.parameters_oid().ok())?;
        let refused = PemError::Key(KeyError::NotOnCurve(algorithm));
        match algorithm {
            Algorithm::Sm2Sm3 => {
                let key = sm2::PublicKey::try_from(info).map_err(|_| refused)?;
                Self::parse(algorithm, &key.to_sec1_bytes())
            }
            Algorithm::Ed25519 => {
                let key = PublicKeyBytes::try_from(info).map_err(|_| refused)?;
                Self::parse(algorithm, &key.0)
            }
        }
        .map_err(PemError::Key)
    }
}

impl SigningKey {
    /// The private key in the clear, PKCS#8 in PEM. For keys in files use the keystore, which encrypts.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, PemError> {
        self.to_pkcs8()?.to_pem(PRIVATE_KEY, LineEnding::LF).map_err(|_| PemError::Malformed)
    }

    /// Reads an unencrypted PKCS#8 private key in PEM.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        check_length(text)?;
        let (label, document) =
            SecretDocument::from_pem(text.trim_end()).map_err(|_| PemError::Malformed)?;
        match label {
            PRIVATE_KEY => Self::from_pkcs8(&document),
            ENCRYPTED_PRIVATE_KEY => Err(PemError::Encrypted),
            _ => Err(PemError::Label { expected: PRIVATE_KEY }),
        }
    }

    /// PKCS#8, version 1: OpenSSL 3.0 does not read the public key that version 2 adds for Ed25519.
    pub(crate) fn to_pkcs8(&self) -> Result<SecretDocument, PemError> {
        let secret = self.secret_bytes();
        match self.public_key().algorithm() {
            Algorithm::Sm2Sm3 => sm2::SecretKey::from_slice(secret.as_ref())
                .map_err(|_| PemError::Key(KeyError::SecretOutOfRange))?
                .to_pkcs8_der(),
            Algorithm::Ed25519 => {
                KeypairBytes { secret_key: *secret, public_key: None }.to_pkcs8_der()
            }
        }
        .map_err(|_| PemError::Malformed)
    }

    pub(crate) fn from_pkcs8(document: &SecretDocument) -> Result<Self, PemError> {
        let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(|_| PemError::Malformed)?;
        let algorithm = algorithm_of(info.algorithm.oid, info.algorithm.parameters_oid().ok())?;
        let refused = PemError::Key(KeyError::SecretOutOfRange);
        match algorithm {
            Algorithm::Sm2Sm3 => {
                let secret = sm2::SecretKey::try_from(info).map_err(|_| refused)?;
                let bytes = Zeroizing::new(<[u8; 32]>::from(secret.to_bytes()));
                Self::from_bytes(Suite::National, &bytes)
            }
            Algorithm::Ed25519 => {
                let pair = KeypairBytes::try_from(info).map_err(|_| refused)?;
                Self::from_ed25519((&pair).try_into().map_err(|_| refused)?)
            }
        }
        .map_err(PemError::Key)
    }
}

fn check_length(text: &str) -> Result<(), PemError> {
    if text.len() > PEM_BYTES_MAX { Err(PemError::TooLong(text.len())) } else { Ok(()) }
}

fn algorithm_of(
    oid: ObjectIdentifier,
    curve: Option<ObjectIdentifier>,
) -> Result<Algorithm, PemError> {
    match (oid, curve) {
        (ELLIPTIC_CURVE, Some(sm2::Sm2::OID)) => Ok(Algorithm::Sm2Sm3),
        (ED25519, None) => Ok(Algorithm::Ed25519),
        _ => Err(PemError::Algorithm),
    }
}
