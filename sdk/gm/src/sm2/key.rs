//! Public keys and Z, the digest that binds an identity, the curve and a key (GB/T 32918.2-2016, 5.5).
//!
//! Comes in: bytes of a key in one of three encodings. Goes out: a point known to be on the curve. As the curve has a prime number of
//! points, every point but infinity, which has no encoding here, is of order n.
use super::error::Sm2Error;
use super::field::Fe;
use super::point::{Affine, B, G};
use crate::sm3::sm3;

/// The identity that GM/T 0009-2012, clause 10, sets where none is agreed on.
pub const DEFAULT_ID: &[u8] = b"1234567812345678";

/// The longest identity in bytes: its length in bits has two bytes.
const ID_BYTES_MAX: usize = 8191;

/// A point of the curve, never infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    point: Affine,
}

impl PublicKey {
    /// Takes 33 bytes (02 or 03, x), 64 bytes (x, y) or 65 bytes (04, x, y).
    ///
    /// # Errors
    /// Another length or first byte, a coordinate that is not below p, a point that is not on the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Sm2Error> {
        let point = match bytes {
            [prefix @ (2 | 3), x @ ..] if bytes.len() == 33 => {
                coordinate(x).and_then(|x| Affine::lift(x, *prefix == 3))
            }
            [4, xy @ ..] if bytes.len() == 65 => affine(xy),
            [prefix, ..] if matches!(bytes.len(), 33 | 65) => {
                return Err(Sm2Error::KeyPrefix { found: *prefix });
            }
            xy if bytes.len() == 64 => affine(xy),
            _ => return Err(Sm2Error::KeyLength { found: bytes.len() }),
        };
        point.map(|point| Self { point }).ok_or(Sm2Error::NotOnCurve)
    }

    /// 02 or 03 for an even or odd y, then x.
    pub fn to_compressed(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes[0] = 2 | (self.point.y.to_limbs()[0] & 1) as u8;
        bytes[1..].copy_from_slice(&self.point.x.to_bytes());
        bytes
    }

    /// 04, x, y.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        let mut bytes = [4; 65];
        bytes[1..33].copy_from_slice(&self.point.x.to_bytes());
        bytes[33..].copy_from_slice(&self.point.y.to_bytes());
        bytes
    }

    /// Z of this key under an identity.
    ///
    /// # Errors
    /// The identity is longer than 8,191 bytes.
    pub fn z(&self, id: &[u8]) -> Result<[u8; 32], Sm2Error> {
        check_id(id)?;
        let id_bits = (id.len() as u16).wrapping_mul(8).to_be_bytes();
        let a = Fe::ONE.triple().neg().to_bytes();
        let [b, gx, gy] = [B, G.x, G.y].map(Fe::to_bytes);
        let key = self.to_uncompressed();
        Ok(sm3(&[&id_bits, id, &a, &b, &gx, &gy, &key[1..]]))
    }

    pub(crate) fn from_point(point: Affine) -> Self {
        Self { point }
    }

    pub(crate) fn point(&self) -> &Affine {
        &self.point
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PublicKey(")?;
        for byte in self.to_compressed() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Whether an identity can be bound to a key.
pub(crate) fn check_id(id: &[u8]) -> Result<(), Sm2Error> {
    if id.len() > ID_BYTES_MAX { Err(Sm2Error::IdTooLong { found: id.len() }) } else { Ok(()) }
}

fn coordinate(bytes: &[u8]) -> Option<Fe> {
    Fe::from_bytes(bytes.try_into().ok()?)
}

fn affine(xy: &[u8]) -> Option<Affine> {
    let (x, y) = xy.split_at_checked(32)?;
    Affine::new(coordinate(x)?, coordinate(y)?)
}
