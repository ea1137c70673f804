//! Signatures in DER: SEQUENCE { INTEGER r, INTEGER s } (GM/T 0009-2012, 7.3), as certificates and seals hold them.
//!
//! Comes in: bytes from outside, or a signature. Goes out: the 64 bytes r ‖ s, or the one encoding of them. Never: a second encoding
//! accepted for a signature; a judgement on r and s, which is the verifier's.
use alloc::vec::Vec;

/// Bytes of r, and of s.
const HALF: usize = 32;
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// The signature in 64 bytes; `None` for whatever [`signature_to_der`] would not have written: other lengths than the shortest,
/// negative or padded numbers, numbers of more than 256 bits, bytes before, between or after.
pub fn signature_from_der(der: &[u8]) -> Option<[u8; 2 * HALF]> {
    let (body, after) = element(der, SEQUENCE)?;
    let (r, rest) = element(body, INTEGER)?;
    let (s, end) = element(rest, INTEGER)?;
    if !after.is_empty() || !end.is_empty() {
        return None;
    }
    let mut signature = [0; 2 * HALF];
    let (first, second) = signature.split_at_mut(HALF);
    put(r, first)?;
    put(s, second)?;
    Some(signature)
}

/// The DER of a signature: 8 to 72 bytes.
pub fn signature_to_der(signature: &[u8; 2 * HALF]) -> Vec<u8> {
    let (r, s) = signature.split_at(HALF);
    let mut body = Vec::with_capacity(2 * (HALF + 3));
    push(r, &mut body);
    push(s, &mut body);
    let mut der = Vec::with_capacity(2 + body.len());
    // At most 70 bytes, so a length in one byte.
    der.extend([SEQUENCE, body.len() as u8]);
    der.extend(body);
    der
}

/// The content of the element that begins here and what follows it. Lengths of 128 and more do not occur.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    match bytes {
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => {
            rest.split_at_checked(usize::from(*length))
        }
        _ => None,
    }
}

/// Writes an INTEGER's content, if it is the shortest for a number from 0 to 2^256 − 1, to the end of `place`.
fn put(content: &[u8], place: &mut [u8]) -> Option<()> {
    let digits = match content {
        [0] => content,
        // A zero byte only stands before a first bit that is set.
        [0, rest @ ..] if rest[0] & 0x80 != 0 => rest,
        [first, ..] if *first != 0 && first & 0x80 == 0 => content,
        _ => return None,
    };
    let from = place.len().checked_sub(digits.len())?;
    place[from..].copy_from_slice(digits);
    Some(())
}

fn push(number: &[u8], body: &mut Vec<u8>) {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros.min(HALF - 1)..];
    let sign = usize::from(digits[0] & 0x80 != 0);
    body.extend([INTEGER, (sign + digits.len()) as u8]);
    body.extend(core::iter::repeat_n(0, sign));
    body.extend(digits);
}
