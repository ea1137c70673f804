//! The engine `sm-crypto`: an implementation of SM2 that shares no code with ours, asked for its own verdict.
//!
//! It takes out-of-range numbers and panics on bad input, so it hears only what our own checks let through, inside
//! `catch_unwind`. It never sees a private key. What it cannot judge it refuses.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use yinglian_protocol::{Algorithm, InvalidSignature, PublicKey, Signature, SignatureEngine};

/// Order n of the curve, GB/T 32918.5-2017.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
];

/// The engine, and how many signatures it was asked about and accepted.
#[derive(Default)]
pub struct SmCrypto {
    asked: Cell<u64>,
    accepted: Cell<u64>,
}

impl SmCrypto {
    /// Signatures that our own checks let through to the engine so far.
    pub fn asked(&self) -> u64 {
        self.asked.get()
    }

    /// Signatures accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.get()
    }
}

impl SignatureEngine for SmCrypto {
    fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), InvalidSignature> {
        let (r, s) = signature.0.split_at(32);
        let judged = key.algorithm() == Algorithm::Sm2Sm3 && in_range(r) && in_range(s);
        if !judged {
            return Err(InvalidSignature);
        }
        self.asked.set(self.asked.get() + 1);
        if !guarded(key, message, &der(r, s)) {
            return Err(InvalidSignature);
        }
        self.accepted.set(self.accepted.get() + 1);
        Ok(())
    }
}

/// 1 to n-1, big-endian.
fn in_range(number: &[u8]) -> bool {
    number.iter().any(|byte| *byte != 0) && number < ORDER.as_slice()
}

fn guarded(key: &PublicKey, message: &[u8], der: &[u8]) -> bool {
    static QUIET: Once = Once::new();
    // A panic of the engine is an answer (no), not a story for the terminal.
    QUIET.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place =
                panic.location().map(|location| location.file().to_owned()).unwrap_or_default();
            if !place.contains("sm-crypto") {
                default(panic);
            }
        }));
    });
    let key = hex::encode(key.as_bytes());
    catch_unwind(AssertUnwindSafe(|| {
        sm_crypto::sm2::Verify::new(&key).verify_der(message, der, true)
    }))
    .unwrap_or(false)
}

/// SEQUENCE of two INTEGERs (GM/T 0009-2012, 7.3).
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).unwrap_or(u8::MAX)], body.as_slice()].concat()
}

fn integer(number: &[u8]) -> Vec<u8> {
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len().saturating_sub(1));
    let digits = number.get(first..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    let length = u8::try_from(sign.len() + digits.len()).unwrap_or(u8::MAX);
    [&[0x02, length], sign, digits].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinglian_crypto::{SigningKey, Suite};

    #[test]
    fn both_engines_agree_on_true_and_altered_signatures() {
        for seed in 0..20_u8 {
            let key = SigningKey::from_seed(Suite::National, &[seed]);
            let signature = key.sign_now(b"record");
            let engine = SmCrypto::default();
            assert_eq!(engine.verify(key.public_key(), b"record", &signature), Ok(()));
            assert_eq!(engine.accepted(), 1);
            assert_eq!(
                engine.verify(key.public_key(), b"recorD", &signature),
                Err(InvalidSignature)
            );
            let mut altered = signature;
            altered.0[usize::from(seed) * 3] ^= 1;
            assert_eq!(engine.verify(key.public_key(), b"record", &altered), Err(InvalidSignature));
        }
    }

    #[test]
    fn numbers_out_of_range_and_keys_of_the_other_suite_are_refused_before_the_engine_is_asked() {
        let key = SigningKey::from_seed(Suite::National, b"k");
        let signature = key.sign_now(b"record");
        let other = SigningKey::from_seed(Suite::International, b"k");
        let engine = SmCrypto::default();
        for (range, number) in [
            (0..32, [0; 32]),
            (32..64, [0; 32]),
            (0..32, ORDER),
            (32..64, ORDER),
            (32..64, [0xff; 32]),
        ] {
            let mut altered = signature;
            altered.0[range].copy_from_slice(&number);
            assert_eq!(engine.verify(key.public_key(), b"record", &altered), Err(InvalidSignature));
        }
        assert!(engine.verify(other.public_key(), b"record", &other.sign_now(b"record")).is_err());
        assert_eq!(engine.asked(), 0);
        assert!(engine.verify(key.public_key(), b"record", &signature).is_ok());
        assert_eq!((engine.asked(), engine.accepted()), (1, 1));
    }

    #[test]
    fn the_range_ends_below_the_order_of_the_curve() {
        let mut below = ORDER;
        below[31] -= 1;
        assert!(in_range(&below));
        assert!(!in_range(&ORDER));
    }
}
