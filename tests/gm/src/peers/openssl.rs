//! The system's OpenSSL 3, asked with digests: its EVP interface signs and verifies those without an identity. ZA and e
//! are computed here with OpenSSL's SM3. Raw signatures reach it as DER; of other lengths than 64 bytes they cannot.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use crate::der;
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest};
use openssl::pkey::{PKey, Public};
use openssl::pkey_ctx::PkeyCtx;

/// OpenSSL, with the key of the last case.
#[derive(Default)]
pub struct OpenSsl {
    last: Option<(Vec<u8>, Option<PKey<Public>>)>,
}

/// a, b and G, as ZA takes them.
pub const CURVE: &str = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC\
28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93\
32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7\
BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0";

/// SM3 of the parts one after the other, by OpenSSL.
pub fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let digest = || -> Result<[u8; 32], ErrorStack> {
        let mut hasher = Hasher::new(MessageDigest::sm3())?;
        for part in parts {
            hasher.update(part)?;
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(&hasher.finish()?);
        Ok(digest)
    };
    digest().expect("OpenSSL has SM3")
}

/// ZA of an uncompressed key; None when ENTL has no room for the identity.
pub fn z_value(key: &[u8], identity: &[u8]) -> Option<[u8; 32]> {
    let bits = u16::try_from(8 * identity.len()).ok()?;
    let curve = hex::decode(CURVE).expect("hexadecimal");
    Some(sm3(&[&bits.to_be_bytes(), identity, &curve, &key[1..]]))
}

/// e = SM3(ZA || M).
pub fn message_digest(key: &[u8], identity: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    Some(sm3(&[&z_value(key, identity)?, message]))
}

impl OpenSsl {
    fn key(&mut self, key: &[u8]) -> Option<PKey<Public>> {
        if self.last.as_ref().is_none_or(|(last, _)| last != key) {
            self.last =
                Some((key.to_vec(), PKey::public_key_from_der(&der::public_key_info(key)).ok()));
        }
        self.last.as_ref()?.1.clone()
    }

    fn verify(&mut self, case: &Case) -> Verdict {
        let signature = match &case.signature {
            Signature::Raw(raw) => der::from_raw(raw),
            Signature::Der(der) => Some(der.clone()),
        };
        let Some(signature) = signature else { return Verdict::CannotAsk };
        let Some(key) = self.key(&case.key) else { return Verdict::Invalid };
        let digest = match &case.input {
            Input::Digest(digest) => Some(*digest),
            // ZA needs both coordinates.
            Input::Message(_) if case.key.len() != 65 => return Verdict::CannotAsk,
            Input::Message(message) => message_digest(&case.key, &case.identity, message),
        };
        let Some(digest) = digest else { return Verdict::CannotAsk };
        let ask = || -> Result<bool, ErrorStack> {
            let mut context = PkeyCtx::new(&key)?;
            context.verify_init()?;
            context.verify(&digest, &signature)
        };
        // A malformed signature is an error to OpenSSL, which is a refusal to us.
        Verdict::of(ask().unwrap_or(false))
    }
}

impl Peer for OpenSsl {
    fn name(&self) -> String {
        openssl::version::version().to_owned()
    }

    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict> {
        cases.iter().map(|case| self.verify(case)).collect()
    }

    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>> {
        let key =
            PKey::private_key_from_der(&der::private_key_info(&pair.secret, &pair.public)).ok()?;
        let sign = |message: &Vec<u8>| {
            let digest = message_digest(&pair.public, identity, message)?;
            let mut context = PkeyCtx::new(&key).ok()?;
            context.sign_init().ok()?;
            let mut signature = Vec::new();
            context.sign_to_vec(&digest, &mut signature).ok()?;
            der::to_raw(&signature)
        };
        messages.iter().map(sign).collect()
    }
}
