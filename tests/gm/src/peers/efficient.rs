//! The crate efficient-sm2: digests or the usual identity, raw signatures of 64 bytes, uncompressed keys, which it does
//! not check. Panics are caught.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use efficient_sm2::{KeyPair as Pair, PublicKey, Signature as Parsed};

const IDENTITY: &[u8] = b"1234567812345678";

/// efficient-sm2.
pub struct Efficient;

impl Efficient {
    fn verify(case: &Case) -> Verdict {
        let Signature::Raw(raw) = &case.signature else { return Verdict::CannotAsk };
        if raw.len() != 64 || case.key.len() != 65 || case.key[0] != 4 {
            return Verdict::CannotAsk;
        }
        let Ok(signature) = Parsed::from_slice(raw) else { return Verdict::Invalid };
        let key = PublicKey::from_slice(&case.key[1..]);
        match &case.input {
            Input::Digest(digest) => Verdict::of(signature.verify_digest(&key, digest).is_ok()),
            Input::Message(message) if case.identity == IDENTITY => {
                Verdict::of(signature.verify(&key, message).is_ok())
            }
            Input::Message(_) => Verdict::CannotAsk,
        }
    }
}

impl Peer for Efficient {
    fn name(&self) -> String {
        "efficient-sm2 0.2".to_owned()
    }

    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict> {
        cases.iter().map(|case| Verdict::guarded(|| Self::verify(case))).collect()
    }

    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>> {
        let key = Pair::new(&pair.secret).ok().filter(|_| identity == IDENTITY)?;
        let sign = |message: &Vec<u8>| {
            let signature = key.sign(message).ok()?;
            let mut raw = [0; 64];
            raw[..32].copy_from_slice(&signature.r());
            raw[32..].copy_from_slice(&signature.s());
            Some(raw)
        };
        messages.iter().map(sign).collect()
    }
}
