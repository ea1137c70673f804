//! What fuzzers ask: bytes in, a case made of them, every way of sdk/gm and the reference asked. Comes in: any bytes.
//! Goes out: what the verifiers agreed on, or how they differ. Never: a panic that is not a finding.
//!
//! Arbitrary bytes almost never make a good signature, so part of the inputs name s, t and the private key, from which the
//! digest follows that makes the signature good; edits then break it.

use crate::case::{Case, Input, Signature, Verdict};
use crate::peers::Peer;
use crate::peers::gm::{Gm, Tables, Way, verifiers};
use crate::peers::rust_crypto::RustCrypto;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::AffineCoordinates;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::elliptic_curve::{Group, PrimeField};
use sm2::{FieldBytes, ProjectivePoint, Scalar};
use yinglian_gm::sm2::Window;

/// Longest input that is read.
pub const INPUT_BYTES_MAX: usize = 1024;

/// The verifiers, kept between inputs.
pub struct Judges {
    reference: RustCrypto,
    ways: Vec<Gm>,
}

impl Default for Judges {
    fn default() -> Self {
        let mut ways = Vec::new();
        for (_, verifier) in verifiers() {
            ways.push(Gm::new(verifier.clone(), Way::Alone, Tables::None));
            ways.push(Gm::new(verifier.clone(), Way::Alone, Tables::All(Window::W5)));
            ways.push(Gm::new(verifier.clone(), Way::Batch(8), Tables::All(Window::W5)));
            ways.push(Gm::new(verifier, Way::Messages(8), Tables::None));
        }
        Self { reference: RustCrypto::default(), ways }
    }
}

impl Judges {
    /// The verdict all come to.
    ///
    /// # Errors
    /// They differ: the case, and who says what.
    pub fn agree(&mut self, input: &[u8]) -> Result<bool, String> {
        let cases = Bytes(input).cases();
        let expected: Vec<Verdict> = cases.iter().map(|case| self.reference(case)).collect();
        for way in &mut self.ways {
            for (case, (own, reference)) in
                cases.iter().zip(way.verify_all(&cases).iter().zip(&expected))
            {
                if own != reference {
                    return Err(format!(
                        "{} says {own:?}, the reference {reference:?}, of {case:02x?}",
                        way.name()
                    ));
                }
            }
        }
        Ok(expected.contains(&Verdict::Valid))
    }

    /// RustCrypto's verdict, but for two encodings of keys: it takes none of 64 bytes, so the first byte is put back, and
    /// it takes x after 05, which neither SEC 1 nor GB/T 32918.1 knows.
    fn reference(&mut self, case: &Case) -> Verdict {
        if case.key.first() == Some(&5) && case.key.len() == 33 {
            return Verdict::Invalid;
        }
        if case.key.len() != 64 {
            return self.reference.verify(case);
        }
        let key = [&[4], case.key.as_slice()].concat();
        self.reference.verify(&Case { key, ..case.clone() })
    }
}

/// The input as it is read from the front.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let (front, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        front.to_vec()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let bytes = self.take(N);
        array[..bytes.len()].copy_from_slice(&bytes);
        array
    }

    /// A number for s, t or a key: small, near n, a power of two, or any.
    fn scalar(&mut self) -> Scalar {
        match self.byte() % 6 {
            0 => Scalar::from(u64::from(self.byte())),
            1 => -Scalar::from(u64::from(self.byte())),
            2 => power_of_two(self.byte()),
            3 => -power_of_two(self.byte()),
            4 => Scalar::from(u64::from_le_bytes(self.array())),
            _ => <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(self.array::<32>())),
        }
    }

    fn cases(mut self) -> Vec<Case> {
        let count = 1 + usize::from(self.byte() % 4);
        (0..count).map(|_| self.case()).collect()
    }

    fn case(&mut self) -> Case {
        let mut case = match self.byte() % 4 {
            0 => self.arbitrary(),
            _ => self.constructed(),
        };
        for _ in 0..self.byte() % 4 {
            self.edit(&mut case);
        }
        case
    }

    fn arbitrary(&mut self) -> Case {
        let length = [65, 33, 64, usize::from(self.byte())][usize::from(self.byte() % 4)];
        let mut key = self.take(length);
        if let Some(first) = key.first_mut() {
            *first %= 8;
        }
        let length = [64, 64, 65, usize::from(self.byte())][usize::from(self.byte() % 4)];
        let signature = Signature::Raw(self.take(length));
        let length = usize::from(self.byte());
        let input = if self.byte().is_multiple_of(2) {
            Input::Digest(self.array())
        } else {
            Input::Message(self.take(length))
        };
        Case { key, identity: b"1234567812345678".to_vec(), input, signature }
    }

    /// A key d·G and a signature that is good, unless s·G + t·P is infinity or r is 0.
    fn constructed(&mut self) -> Case {
        let (d, s) = (nonzero(self.scalar()), self.scalar());
        let t = if self.byte().is_multiple_of(8) {
            s * d.invert().unwrap() * self.scalar()
        } else {
            self.scalar()
        };
        let (r, point) = (t - s, ProjectivePoint::mul_by_generator(&(s + t * d)));
        let x = if bool::from(point.is_identity()) {
            FieldBytes::default()
        } else {
            point.to_affine().x()
        };
        let digest = r - <Scalar as Reduce<FieldBytes>>::reduce(&x);
        let key = (ProjectivePoint::GENERATOR * d)
            .to_affine()
            .to_sec1_point(self.byte().is_multiple_of(4))
            .as_bytes()
            .to_vec();
        let signature = [r.to_repr().to_vec(), s.to_repr().to_vec()].concat();
        Case {
            key,
            identity: b"1234567812345678".to_vec(),
            input: Input::Digest(digest.to_repr().into()),
            signature: Signature::Raw(signature),
        }
    }

    fn edit(&mut self, case: &mut Case) {
        let (place, value) = (usize::from(self.byte()), self.byte());
        let Signature::Raw(signature) = &mut case.signature else { return };
        match place % 8 {
            0 => change(&mut case.key, place / 8, value),
            1..=4 => change(signature, place / 4, value),
            5 => signature.truncate(place / 2),
            6 => signature.push(value),
            _ => {
                if let Input::Digest(digest) = &mut case.input {
                    change(digest, place / 8, value);
                }
            }
        }
    }
}

fn nonzero(scalar: Scalar) -> Scalar {
    if bool::from(scalar.is_zero()) { Scalar::ONE } else { scalar }
}

fn power_of_two(exponent: u8) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power.double())
}

fn change(bytes: &mut [u8], place: usize, value: u8) {
    let length = bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(place % length) {
        *byte ^= value;
    }
}
