//! Comparison that takes the same time wherever the bytes differ, and wiping of buffers.
//!
//! Comes in: two arrays of one length, or buffers. Goes out: whether the two are equal; zeros. Never: a branch on what was compared.

/// Whether the two are equal, looking at all bytes of both.
pub(crate) fn equal<const N: usize>(first: &[u8; N], second: &[u8; N]) -> bool {
    let differing =
        first.iter().zip(second).fold(0, |bits, (first, second)| bits | (first ^ second));
    // The barrier keeps the compiler from proving that it may stop at the first difference.
    core::hint::black_box(differing) == 0
}

/// Overwrites arrays with zeros in a way the compiler may not leave out, at the speed of a fill: `zeroize` writes byte by byte.
pub(crate) fn wipe<T: Copy + Default, const M: usize, const N: usize>(arrays: &mut [[T; M]; N]) {
    arrays.as_flattened_mut().fill(T::default());
    core::hint::black_box(arrays);
}
