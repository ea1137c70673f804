//! SHA-1 (FIPS 180-4), because OCSP names issuers by it (RFC 6960, 4.3): an identifier, beside a signature that is SM2.
//!
//! Comes in: bytes. Goes out: 20 bytes. Never: anything that rests on collisions being hard.
use alloc::vec::Vec;

pub(super) fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let bits = u64::try_from(message.len()).unwrap_or(0).wrapping_mul(8);
    let mut padded: Vec<u8> = message.into();
    padded.push(0x80);
    while padded.len().wrapping_rem(64) != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&bits.to_be_bytes());
    for block in padded.chunks_exact(64) {
        absorb(&mut state, block);
    }
    let mut digest = [0; 20];
    for (place, word) in digest.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn absorb(state: &mut [u32; 5], block: &[u8]) {
    let mut words: Vec<u32> = block
        .chunks_exact(4)
        .map(|bytes| bytes.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)))
        .collect();
    while let Some(next) = next_word(&words) {
        words.push(next);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (round, word) in words.iter().enumerate() {
        let (mixed, constant) = match round {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999u32),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a
            .rotate_left(5)
            .wrapping_add(mixed)
            .wrapping_add(e)
            .wrapping_add(constant)
            .wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d, e]) {
        *word = word.wrapping_add(add);
    }
}

/// The next of the eighty words of a block.
fn next_word(words: &[u32]) -> Option<u32> {
    let back = |count: usize| words.len().checked_sub(count).and_then(|at| words.get(at));
    if words.len() >= 80 {
        return None;
    }
    Some((back(3)? ^ back(8)? ^ back(14)? ^ back(16)?).rotate_left(1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_examples_of_the_standard_hold() {
        for (message, digest) in [
            (&b"abc"[..], "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
        ] {
            assert_eq!(hex::encode(super::sha1(message)), digest);
        }
    }
}
