//! The crate libsm: identities in UTF-8, digests, DER of its own parser. Panics are caught.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use libsm::sm2::signature::{self, SigCtx};

/// libsm.
pub struct LibSm(SigCtx);

impl Default for LibSm {
    fn default() -> Self {
        Self(SigCtx::new())
    }
}

impl LibSm {
    fn verify(&self, case: &Case) -> Verdict {
        let Ok(identity) = std::str::from_utf8(&case.identity) else { return Verdict::CannotAsk };
        let signature = match &case.signature {
            Signature::Raw(raw) if raw.len() == 64 => {
                signature::Signature::new(&raw[..32], &raw[32..])
            }
            Signature::Raw(_) => return Verdict::CannotAsk,
            Signature::Der(der) => match signature::Signature::der_decode(der) {
                Ok(signature) => signature,
                Err(_) => return Verdict::Invalid,
            },
        };
        let Ok(key) = self.0.load_pubkey(&case.key) else { return Verdict::Invalid };
        let digest = match &case.input {
            Input::Digest(digest) => *digest,
            Input::Message(message) => match self.0.hash(identity, &key, message) {
                Ok(digest) => digest,
                Err(_) => return Verdict::Invalid,
            },
        };
        Verdict::of(self.0.verify_raw(&digest, &key, &signature).unwrap_or(false))
    }
}

impl Peer for LibSm {
    fn name(&self) -> String {
        "libsm 0.6".to_owned()
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
        let identity = std::str::from_utf8(identity).ok()?;
        let secret = self.0.load_seckey(&pair.secret).ok()?;
        let key = self.0.load_pubkey(&pair.public).ok()?;
        let sign = |message: &Vec<u8>| {
            let digest = self.0.hash(identity, &key, message).ok()?;
            let signature = self.0.sign_raw(&digest, &secret).ok()?;
            let mut raw = [0; 64];
            for (place, number) in
                raw.chunks_exact_mut(32).zip([signature.get_r(), signature.get_s()])
            {
                let bytes = number.to_bytes_be();
                place[32 - bytes.len()..].copy_from_slice(&bytes);
            }
            Some(raw)
        };
        messages.iter().map(sign).collect()
    }
}
