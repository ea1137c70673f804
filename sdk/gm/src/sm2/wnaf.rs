//! A multiple of a point that has no table: 256 doublings and some 43 additions.
use super::limbs::Limbs;
use super::point::{Affine, Jacobian};
use super::table;

/// The bits of a digit: it is 0, or odd and below 2^4 in amount.
const WIDTH: u32 = 5;

/// k·P.
pub(crate) fn multiply(point: &Affine, scalar: &Limbs) -> Jacobian {
    let multiples = odd_multiples(point);
    let digits = digits(scalar);
    let mut sum = Jacobian::INFINITY;
    for digit in digits.iter().rev().skip_while(|digit| **digit == 0) {
        sum = sum.double();
        if *digit != 0 {
            let entry = &multiples[usize::from(digit.unsigned_abs() / 2)];
            sum = sum.add_affine(&entry.neg_if(if *digit < 0 { u64::MAX } else { 0 }));
        }
    }
    sum
}

/// P, 3P, 5P … 15P.
fn odd_multiples(point: &Affine) -> alloc::vec::Vec<Affine> {
    let double = Jacobian::from_affine(point).double();
    let double = table::to_affine(&[double])[0];
    let mut multiples = [Jacobian::from_affine(point); 1 << (WIDTH - 2)];
    for i in 1..multiples.len() {
        multiples[i] = multiples[i - 1].add_affine(&double);
    }
    table::to_affine(&multiples)
}

/// The digits from the lowest: k = Σ digitᵢ·2^i, and of any five in a row at most one is not 0.
fn digits(scalar: &Limbs) -> [i8; 257] {
    let mut digits = [0i8; 257];
    let bits = [scalar[0], scalar[1], scalar[2], scalar[3], 0];
    let (mut place, mut carry) = (0usize, 0u64);
    while place < 257 {
        if (bits[place / 64] >> (place % 64)) & 1 == carry {
            place += 1;
            continue;
        }
        let (word, shift) = (place / 64, place % 64);
        let above = if word < 4 { (bits[word + 1] << 1) << (63 - shift) } else { 0 };
        let field = (((bits[word] >> shift) | above) & ((1 << WIDTH) - 1)) + carry;
        carry = field >> (WIDTH - 1);
        digits[place] = (field as i8) - ((carry as i8) << WIDTH);
        place += WIDTH as usize;
    }
    digits
}
