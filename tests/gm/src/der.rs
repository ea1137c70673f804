//! The DER form of a signature (GM/T 0009, 7.3), for peers that take no other, and the frames around their keys.
//! Goes out: r and s as INTEGERs, minimal and positive. Never: a decoder that sdk/gm would rest on.

/// SEQUENCE { INTEGER r, INTEGER s } of any two numbers of 32 bytes; None for another length than 64 bytes.
pub fn from_raw(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = (signature.len() == 64).then(|| signature.split_at(32))?;
    let body = [integer(r), integer(s)].concat();
    Some([vec![0x30, body.len() as u8], body].concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros.min(number.len() - 1)..];
    let sign: &[u8] = if digits[0] & 0x80 == 0 { &[] } else { &[0] };
    [&[2, (sign.len() + digits.len()) as u8], sign, digits].concat()
}

/// r and s, 32 bytes each, of a DER signature that a peer wrote; None when it is not of the form.
pub fn to_raw(der: &[u8]) -> Option<[u8; 64]> {
    let length_r = usize::from(*der.get(3)?);
    let (r, s) = (der.get(4..4 + length_r)?, der.get(6 + length_r..)?);
    let mut raw = [0; 64];
    let (half_r, half_s) = raw.split_at_mut(32);
    right_aligned(r, half_r)?;
    right_aligned(s, half_s)?;
    (from_raw(&raw)? == der).then_some(raw)
}

fn right_aligned(digits: &[u8], place: &mut [u8]) -> Option<()> {
    let digits = if digits.len() == 33 { digits.strip_prefix(&[0])? } else { digits };
    let from = place.len().checked_sub(digits.len())?;
    place[from..].copy_from_slice(digits);
    Some(())
}

/// SubjectPublicKeyInfo of a key on the SM2 curve.
pub fn public_key_info(key: &[u8]) -> Vec<u8> {
    let bits = [&[3, (key.len() + 1) as u8, 0], key].concat();
    sequence(&[ALGORITHM.to_vec(), bits].concat())
}

/// PKCS#8 of a private key with its public key.
pub fn private_key_info(secret: &[u8; 32], key: &[u8]) -> Vec<u8> {
    let public = [&[0xA1, (key.len() + 3) as u8, 3, (key.len() + 1) as u8, 0], key].concat();
    let inner = sequence(&[vec![2, 1, 1, 4, 32], secret.to_vec(), public].concat());
    sequence(&[vec![2, 1, 0], ALGORITHM.to_vec(), vec![4, inner.len() as u8], inner].concat())
}

/// id-ecPublicKey with the curve 1.2.156.10197.1.301.
const ALGORITHM: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81, 0x1C,
    0xCF, 0x55, 0x01, 0x82, 0x2D,
];

fn sequence(body: &[u8]) -> Vec<u8> {
    let length = body.len() as u8;
    let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [head, body.to_vec()].concat()
}
