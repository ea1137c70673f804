//! Software keys on a disk, encrypted under a passphrase.
//!
//! Comes in: a path, a key, a passphrase. Goes out: a file that OpenSSL 3 opens too, or the key in it. Never: an overwritten
//! file, a file that others may read, a file half written, a key in the clear.
//!
//! The file is an encrypted PKCS#8 key in PEM: PBES2 with PBKDF2-HMAC-SHA-256 (600,000 rounds) and AES-256-CBC, which every
//! OpenSSL since 1.0 reads. Above it stands a line with the address, so that an operator can tell files apart without the
//! passphrase; it must agree with the key inside.
mod cost;
mod file;

use crate::pem::{ENCRYPTED_PRIVATE_KEY, PEM_BYTES_MAX};
use crate::{Address, PemError, RandomError, SigningKey, random};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument,
    pkcs5::{self, pbes2},
};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// Rounds of PBKDF2: what OWASP recommends for HMAC-SHA-256; about a third of a second.
const PBKDF2_ROUNDS: u32 = 600_000;
/// What stands before the address in the line above the PEM.
const ADDRESS_LINE: &str = "address: ";

/// Why a keystore was not written or does not open.
#[derive(Debug, Error)]
pub enum KeystoreError {
    /// A key is never written over something else.
    #[error("`{}` exists and is not overwritten", path.display())]
    Exists {
        /// The path given.
        path: PathBuf,
    },
    /// The disk refused.
    #[error("cannot {attempt} `{}`", path.display())]
    File {
        /// `read`, `create` and the like.
        attempt: &'static str,
        /// The path given, or its folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The passphrase is empty; use PEM for keys in the clear.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The passphrase is not that of the file. (A file damaged inside its encrypted part looks the same.)
    #[error("the passphrase does not open `{}`", path.display())]
    WrongPassphrase {
        /// The path given.
        path: PathBuf,
    },
    /// The file holds no encrypted key.
    #[error("`{}` is no keystore", path.display())]
    NotAKeystore {
        /// The path given.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: PemError,
    },
    /// The file names an encryption that is not supported, or one that would take minutes or gigabytes to undo.
    #[error("the encryption of `{}` is not supported", path.display())]
    Encryption {
        /// The path given.
        path: PathBuf,
    },
    /// The line above the key names another address than the key has: the file was altered.
    #[error("`{}` says it holds {stated} but holds {found}", path.display())]
    OtherAddress {
        /// The path given.
        path: PathBuf,
        /// The address in the text.
        stated: Address,
        /// The address of the key.
        found: Address,
    },
    /// No randomness for salt and initialization vector.
    #[error("cannot draw the salt of the keystore")]
    Random(#[from] RandomError),
}

/// Writes the key to a new file, encrypted, readable and writable by its owner only (mode 0600).
///
/// The file appears whole or not at all. An existing path is refused with [`KeystoreError::Exists`], whatever it is.
pub fn save(
    path: impl AsRef<Path>,
    key: &SigningKey,
    passphrase: &str,
) -> Result<(), KeystoreError> {
    let path = path.as_ref();
    if passphrase.is_empty() {
        return Err(KeystoreError::EmptyPassphrase);
    }
    // Early, to save the user a third of a second; what counts is that the file is created only if there is none.
    if path.symlink_metadata().is_ok() {
        return Err(KeystoreError::Exists { path: path.into() });
    }
    let pem = encrypt(key, passphrase)?
        .ok_or_else(|| KeystoreError::Encryption { path: path.into() })?
        .to_pem(ENCRYPTED_PRIVATE_KEY, LineEnding::LF)
        .map_err(|_| KeystoreError::Encryption { path: path.into() })?;
    file::create(path, format!("{ADDRESS_LINE}{}\n{}", key.address(), *pem).as_bytes())
}

/// Opens a keystore written by [`save`] or by `openssl pkcs8 -topk8`.
pub fn load(path: impl AsRef<Path>, passphrase: &str) -> Result<SigningKey, KeystoreError> {
    let path = path.as_ref();
    let text = file::read(path, PEM_BYTES_MAX)?;
    let key = decrypt(&text, passphrase).map_err(|refusal| refusal.at(path))?;
    let found = key.address();
    match stated_address(&text) {
        Some(stated) if stated != found => {
            Err(KeystoreError::OtherAddress { path: path.into(), stated, found })
        }
        _ => Ok(key),
    }
}

/// Why a text does not open, before the path is known.
enum Refusal {
    Pem(PemError),
    Encryption,
    Passphrase,
}

impl Refusal {
    fn at(self, path: &Path) -> KeystoreError {
        let path = path.into();
        match self {
            Self::Pem(source) => KeystoreError::NotAKeystore { path, source },
            Self::Encryption => KeystoreError::Encryption { path },
            Self::Passphrase => KeystoreError::WrongPassphrase { path },
        }
    }
}

/// `None` when the crates refuse to encode, which they have no reason to.
fn encrypt(key: &SigningKey, passphrase: &str) -> Result<Option<SecretDocument>, RandomError> {
    let (salt, initial) = (random::<16>()?, random::<16>()?);
    Ok(key.to_pkcs8().ok().and_then(|document| {
        let parameters =
            pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ROUNDS, &salt, initial)
                .ok()?;
        let info: PrivateKeyInfoRef<'_> = document.decode_msg().ok()?;
        info.encrypt_with_params(parameters, passphrase).ok()
    }))
}

fn decrypt(text: &str, passphrase: &str) -> Result<SigningKey, Refusal> {
    let (label, document) =
        SecretDocument::from_pem(text.trim_end()).map_err(|_| Refusal::Pem(PemError::Malformed))?;
    if label != ENCRYPTED_PRIVATE_KEY {
        return Err(Refusal::Pem(PemError::Label { expected: ENCRYPTED_PRIVATE_KEY }));
    }
    let info: EncryptedPrivateKeyInfoRef<'_> =
        document.decode_msg().map_err(|_| Refusal::Pem(PemError::Malformed))?;
    if !cost::is_bearable(&info.encryption_algorithm) {
        return Err(Refusal::Encryption);
    }
    let mut bytes = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let plain =
        info.encryption_algorithm.decrypt_in_place(passphrase, &mut bytes).map_err(|error| {
            match error {
                pkcs5::Error::DecryptFailed => Refusal::Passphrase,
                _ => Refusal::Encryption,
            }
        })?;
    // CBC has no checksum: one wrong passphrase in 256 leaves right padding over noise.
    let document = SecretDocument::try_from(plain).map_err(|_| Refusal::Passphrase)?;
    match SigningKey::from_pkcs8(&document) {
        Err(PemError::Malformed) => Err(Refusal::Passphrase),
        other => other.map_err(Refusal::Pem),
    }
}

/// The address in the line above the PEM; files made elsewhere have none.
fn stated_address(text: &str) -> Option<Address> {
    text.lines().find_map(|line| line.strip_prefix(ADDRESS_LINE))?.trim().parse().ok()
}
