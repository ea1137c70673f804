//! Comparison that takes the same time wherever the bytes differ.
//!
//! Comes in: two arrays of one length. Goes out: whether they are equal. Never: a branch on what was compared.

/// Whether the two are equal, looking at all bytes of both.
pub(crate) fn equal<const N: usize>(first: &[u8; N], second: &[u8; N]) -> bool {
    let differing =
        first.iter().zip(second).fold(0, |bits, (first, second)| bits | (first ^ second));
    // The barrier keeps the compiler from proving that it may stop at the first difference.
    core::hint::black_box(differing) == 0
}
