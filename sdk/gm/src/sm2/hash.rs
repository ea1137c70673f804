//! SM3 (GB/T 32905-2016) as the rest of this folder calls it.

/// A digest over parts.
pub(crate) fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut text: alloc::vec::Vec<u8> = parts.concat();
    let bits = (text.len() as u64).wrapping_mul(8);
    text.push(0x80);
    while text.len() % 64 != 56 {
        text.push(0);
    }
    text.extend_from_slice(&bits.to_be_bytes());
    let mut state = [
        0x7380166fu32,
        0x4914b2b9,
        0x172442d7,
        0xda8a0600,
        0xa96f30bc,
        0x163138aa,
        0xe38dee4d,
        0xb0fb0e4e,
    ];
    for block in text.chunks_exact(64) {
        compress(&mut state, block);
    }
    let mut out = [0; 32];
    for (chunk, word) in out.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    out
}

fn compress(state: &mut [u32; 8], block: &[u8]) {
    let mut w = [0u32; 68];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    }
    for j in 16..68 {
        let x = w[j - 16] ^ w[j - 9] ^ w[j - 3].rotate_left(15);
        w[j] = x ^ x.rotate_left(15) ^ x.rotate_left(23) ^ w[j - 13].rotate_left(7) ^ w[j - 6];
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for j in 0..64 {
        let t: u32 = if j < 16 { 0x79cc4519 } else { 0x7a879d8a };
        let s1 = a
            .rotate_left(12)
            .wrapping_add(e)
            .wrapping_add(t.rotate_left(j as u32 % 32))
            .rotate_left(7);
        let s2 = s1 ^ a.rotate_left(12);
        let ff = if j < 16 { a ^ b ^ c } else { (a & b) | (a & c) | (b & c) };
        let gg = if j < 16 { e ^ f ^ g } else { (e & f) | (!e & g) };
        let t1 = ff.wrapping_add(d).wrapping_add(s2).wrapping_add(w[j] ^ w[j + 4]);
        let t2 = gg.wrapping_add(h).wrapping_add(s1).wrapping_add(w[j]);
        (d, c, b, a) = (c, b.rotate_left(9), a, t1);
        (h, g, f, e) = (g, f.rotate_left(19), e, t2 ^ t2.rotate_left(9) ^ t2.rotate_left(17));
    }
    for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word ^= new;
    }
}
