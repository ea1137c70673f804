//! SM2 signatures as certificates and seals hold them (GM/T 0009-2012, 7.3): DER of r and s, in the field also 64 bytes.
//!
//! Comes in: a key, a message, a signature value. Goes out: whether it verifies, or why it cannot. Never: r or s out of range.
use crate::der::{self, Notes, tag};
use crate::{Leniency, Reason};
use yinglian_crypto::{PublicKey, Signature, SignatureError, VerifyingKey};

/// Checks a signature with the identity `1234567812345678`: e = SM3(Z ‖ message).
pub(crate) fn verify(key: &PublicKey, message: &[u8], value: &[u8]) -> Result<(), Reason> {
    verify_noting(key, message, value, &mut Notes::default())
}

/// The same, and names what was forgiven in the encoding.
pub(crate) fn verify_noting(
    key: &PublicKey,
    message: &[u8],
    value: &[u8],
    notes: &mut Notes,
) -> Result<(), Reason> {
    let signature = Signature(numbers(value, notes)?);
    let key = VerifyingKey::new(key).map_err(|_| Reason::AlgorithmKeyMismatch)?;
    key.verify(message, &signature).map_err(|error| match error {
        SignatureError::OutOfRange => Reason::SignatureRange,
        _ => Reason::OuterSignature,
    })
}

/// r ‖ s in 64 bytes.
fn numbers(value: &[u8], notes: &mut Notes) -> Result<[u8; 64], Reason> {
    if let Ok(raw) = <[u8; 64]>::try_from(value)
        && der_numbers(value, &mut Notes::default()).is_none()
    {
        notes.add(Leniency::RawSignature);
        return Ok(raw);
    }
    der_numbers(value, notes).ok_or(Reason::SignatureEncoding)
}

fn der_numbers(value: &[u8], notes: &mut Notes) -> Option<[u8; 64]> {
    const FIELD: &str = "signature";
    let mut fields = der::only(value, tag::SEQUENCE, FIELD, notes).ok()?.reader();
    let mut both = [0; 64];
    for half in both.chunks_exact_mut(32) {
        let digits = fields.expect(tag::INTEGER, FIELD, notes).ok()?.integer(FIELD, notes).ok()?;
        let from = half.len().checked_sub(digits.len())?;
        half.get_mut(from..)?.copy_from_slice(digits);
    }
    fields.end(FIELD).ok()?;
    Some(both)
}
