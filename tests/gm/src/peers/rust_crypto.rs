//! RustCrypto's `sm2`, the reference. It takes any identity that is UTF-8, digests, raw and DER signatures.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use sm2::dsa::signature::Verifier;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{self, SigningKey, VerifyingKey};

/// The reference, with the key of the last case.
#[derive(Default)]
pub struct RustCrypto {
    last: Option<(Vec<u8>, Vec<u8>, Option<VerifyingKey>)>,
}

impl RustCrypto {
    fn key(&mut self, key: &[u8], identity: &str) -> Option<VerifyingKey> {
        if let Some((k, i, parsed)) = &self.last
            && (k.as_slice(), i.as_slice()) == (key, identity.as_bytes())
        {
            return parsed.clone();
        }
        let parsed = VerifyingKey::from_sec1_bytes(identity, key).ok();
        self.last = Some((key.to_vec(), identity.as_bytes().to_vec(), parsed.clone()));
        parsed
    }

    /// One verdict.
    pub fn verify(&mut self, case: &Case) -> Verdict {
        let Ok(identity) = std::str::from_utf8(&case.identity) else { return Verdict::CannotAsk };
        let Some(key) = self.key(&case.key, identity) else { return Verdict::Invalid };
        let parsed = match &case.signature {
            Signature::Raw(bytes) => dsa::Signature::from_slice(bytes),
            Signature::Der(bytes) => {
                dsa::DerSignature::from_bytes(bytes).and_then(dsa::Signature::try_from)
            }
        };
        let Ok(signature) = parsed else { return Verdict::Invalid };
        Verdict::of(match &case.input {
            Input::Message(message) => key.verify(message, &signature).is_ok(),
            Input::Digest(digest) => key.verify_prehash(digest, &signature).is_ok(),
        })
    }
}

impl Peer for RustCrypto {
    fn name(&self) -> String {
        "RustCrypto sm2 0.14".to_owned()
    }

    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict> {
        cases.iter().map(|case| Verdict::guarded(|| self.verify(case))).collect()
    }

    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>> {
        use sm2::dsa::signature::Signer;
        let key = SigningKey::from_slice(std::str::from_utf8(identity).ok()?, &pair.secret).ok()?;
        messages
            .iter()
            .map(|message| {
                Some(Signer::<dsa::Signature>::try_sign(&key, message).ok()?.to_bytes().into())
            })
            .collect()
    }
}
