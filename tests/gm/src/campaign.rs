//! What campaigns draw: key pairs, identities, messages, and changes that no verifier may accept.

use crate::case::{Case, Input, Signature};
use crate::peers::KeyPair;
use crate::random::Random;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::{FieldBytes, NonZeroScalar, Scalar, SecretKey};

pub const IDENTITY: &[u8] = b"1234567812345678";
/// The order of the curve.
pub const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0x72, 0x03, 0xDF, 0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x23,
];

/// A key pair; one in sixteen is small or begins with zeros.
pub fn key_pair(random: &mut Random) -> KeyPair {
    let mut secret: [u8; 32] = random.array();
    if random.below(16) == 0 {
        let zeros = random.below(31);
        secret[..zeros].fill(0);
    }
    let scalar = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(secret));
    let scalar: Option<NonZeroScalar> = NonZeroScalar::new(scalar).into();
    // Zero is as likely as a collision of SM3.
    let scalar = scalar.expect("a number that is not zero");
    let key = SecretKey::from(scalar);
    let public = key.public_key().to_sec1_point(false).as_bytes().to_vec();
    KeyPair { secret: key.to_bytes().into(), public }
}

/// An identity in UTF-8: mostly the usual one, so that every peer can be asked.
pub fn identity(random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => hex::encode(random.bytes(1 + random.clone().below(40))).into_bytes(),
        _ => IDENTITY.to_vec(),
    }
}

/// A change of a good case after which it is bad, and its name for the report. Strangers are whose key it is not.
pub fn altered(good: &Case, strangers: &[KeyPair], random: &mut Random) -> (Case, &'static str) {
    let mut case = good.clone();
    let Signature::Raw(signature) = &mut case.signature else { return (case, "none") };
    let name = match random.below(12) {
        0..=3 => {
            flip(signature, random);
            "a bit of the signature"
        }
        4 => {
            let half = 32 * random.below(2);
            signature[half..half + 32].copy_from_slice(&subtracted(&ORDER, &good_half(good, half)));
            "a number negated"
        }
        5 => {
            signature.rotate_left(32);
            "r and s exchanged"
        }
        6 => {
            let half = 32 * random.below(2);
            let border = [[0; 32], ORDER, [0xFF; 32]][random.below(3)];
            signature[half..half + 32].copy_from_slice(&border);
            "a border for a number"
        }
        7 => {
            // r + s = n.
            let s = subtracted(&ORDER, &good_half(good, 0));
            signature[32..].copy_from_slice(&s);
            "t = 0"
        }
        8 | 9 => {
            if let Input::Message(message) = &mut case.input {
                if message.is_empty() { message.push(0) } else { flip(message, random) }
            }
            "the message"
        }
        10 => {
            case.key.clone_from(&strangers[random.below(strangers.len())].public);
            "the key"
        }
        _ => {
            case.identity.push(b'x');
            "the identity"
        }
    };
    (case, name)
}

fn good_half(case: &Case, from: usize) -> [u8; 32] {
    let (Signature::Raw(bytes) | Signature::Der(bytes)) = &case.signature;
    let mut half = [0; 32];
    half.copy_from_slice(&bytes[from..from + 32]);
    half
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let bit = random.below(8 * bytes.len());
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// a - b, modulo 2^256.
fn subtracted(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0_i16;
    for place in (0..32).rev() {
        let digit = i16::from(a[place]) - i16::from(b[place]) - borrow;
        borrow = i16::from(digit < 0);
        difference[place] = (digit & 0xFF) as u8;
    }
    difference
}
