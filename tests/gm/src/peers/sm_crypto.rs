//! The crate sm-crypto: keys in hexadecimal, numbers of any size. It panics on malformed keys and does not check the
//! ranges of r and s, so it is asked guarded only, as the second opinion that it is.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use num_bigint::BigUint;
use sm_crypto::sm2::{Sign, Verify};

/// sm-crypto.
pub struct SmCrypto;

impl SmCrypto {
    fn verify(case: &Case) -> Verdict {
        let key = hex::encode(case.key.strip_prefix(&[4]).unwrap_or(&case.key));
        let verifier = Verify::new_with_id(&case.identity, &key);
        let (input, hash) = match &case.input {
            Input::Message(message) => (message.as_slice(), true),
            Input::Digest(digest) => (digest.as_slice(), false),
        };
        Verdict::of(match &case.signature {
            Signature::Raw(raw) if raw.len() == 64 => {
                let pair = (BigUint::from_bytes_be(&raw[..32]), BigUint::from_bytes_be(&raw[32..]));
                verifier.verify(input, pair, hash)
            }
            Signature::Raw(_) => return Verdict::CannotAsk,
            Signature::Der(der) => verifier.verify_der(input, der, hash),
        })
    }
}

impl Peer for SmCrypto {
    fn name(&self) -> String {
        "sm-crypto 0.1.9".to_owned()
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
        let secret = hex::encode(pair.secret);
        let signer = Sign::new_with_id(identity, &secret);
        let sign = |message: &Vec<u8>| {
            let (r, s) = signer.sign(message, true);
            let mut raw = [0; 64];
            for (place, number) in raw.chunks_exact_mut(32).zip([r, s]) {
                let bytes = number.to_bytes_be();
                place[32_usize.checked_sub(bytes.len())?..].copy_from_slice(&bytes);
            }
            Some(raw)
        };
        messages.iter().map(sign).collect()
    }
}
