//! The block cipher over bit planes: sixteen blocks at once in plain Rust.
//!
//! Comes in: round keys, blocks. Goes out: the blocks encrypted (decrypted, when the keys come in reverse). Never: a table or a branch that
//! depends on either.
//!
//! A word of sixteen blocks is held as eight planes of 64 bits: bit `16 * k + b` of plane `p` is bit `p` of byte `k`, counted from the least
//! significant, of block `b`. Rotating the word by bytes rotates every plane by sixteens; by two bits, it renames planes.
use super::RoundKeys;
use super::sbox::substitute;
use crate::constant_time::wipe;

/// Blocks that go through the cipher together.
pub(super) const BLOCKS: usize = 16;

type Planes = [u64; 8];

/// Encrypts blocks in place.
pub(super) fn encrypt(keys: &RoundKeys, blocks: &mut [[u8; 16]]) {
    let mut key_planes = [[0; 8]; 32];
    for (planes, key) in key_planes.iter_mut().zip(keys) {
        *planes = broadcast(*key);
    }
    let (groups, rest) = blocks.as_chunks_mut::<BLOCKS>();
    for group in groups {
        encrypt_group(&key_planes, group);
    }
    if !rest.is_empty() {
        let mut group = [[0; 16]; BLOCKS];
        group[..rest.len()].copy_from_slice(rest);
        encrypt_group(&key_planes, &mut group);
        rest.copy_from_slice(&group[..rest.len()]);
        wipe(&mut group);
    }
    wipe(&mut key_planes);
}

/// S of the four bytes of a word, for the key schedule.
pub(super) fn substitute_word(word: u32) -> u32 {
    let mut words = [0; BLOCKS];
    words[0] = word;
    unslice(substitute(slice(&words)))[0]
}

fn encrypt_group(keys: &[Planes; 32], blocks: &mut [[u8; 16]; BLOCKS]) {
    let mut words = [[0; BLOCKS]; 4];
    for (index, block) in blocks.iter().enumerate() {
        for (words, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            words[index] = u32::from_be_bytes(*bytes);
        }
    }
    let mut state = [slice(&words[0]), slice(&words[1]), slice(&words[2]), slice(&words[3])];
    for four in keys.as_chunks::<4>().0 {
        for (place, key) in four.iter().enumerate() {
            let others = [state[(place + 1) % 4], state[(place + 2) % 4], state[(place + 3) % 4]];
            round(&mut state[place], &others, key);
        }
    }
    // Clause 7.2: the last four words in reverse.
    for (place, planes) in state.iter().rev().enumerate() {
        for (block, word) in blocks.iter_mut().zip(unslice(*planes)) {
            block[4 * place..4 * place + 4].copy_from_slice(&word.to_be_bytes());
        }
    }
}

/// X_{i+4} = X_i ⊕ L(S(X_{i+1} ⊕ X_{i+2} ⊕ X_{i+3} ⊕ rk_i)), clause 6.2.
#[inline(always)]
fn round(first: &mut Planes, [second, third, fourth]: &[Planes; 3], key: &Planes) {
    let mut sum = [0; 8];
    for p in 0..8 {
        sum[p] = second[p] ^ third[p] ^ fourth[p] ^ key[p];
    }
    let s = substitute(sum);
    for p in 0..8 {
        // s <<< 2: the two planes that leave a byte at the top come in at the bottom of the next.
        let two = if p < 2 { s[p + 6].rotate_left(16) } else { s[p - 2] };
        // s ⊕ s <<< 2 ⊕ s <<< 10 ⊕ s <<< 18 ⊕ s <<< 24
        first[p] ^= s[p] ^ two ^ two.rotate_left(16) ^ two.rotate_left(32) ^ s[p].rotate_left(48);
    }
}

/// One word in all sixteen places.
fn broadcast(word: u32) -> Planes {
    let bytes = spread(word) & 0x00ff_00ff_00ff_00ff;
    core::array::from_fn(|p| ((bytes >> p) & 0x0001_0001_0001_0001).wrapping_mul(0xffff))
}

/// The bytes of a word with a zero byte above each.
#[inline(always)]
fn spread(word: u32) -> u64 {
    let word = u64::from(word);
    let halves = (word | word << 16) & 0x0000_ffff_0000_ffff;
    (halves | halves << 8) & 0x00ff_00ff_00ff_00ff
}

/// The bytes of a word from under the zeros that [`spread`] put between them; what is in place of the zeros is dropped.
#[inline(always)]
fn gather(bytes: u64) -> u32 {
    let bytes = bytes & 0x00ff_00ff_00ff_00ff;
    let halves = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    (halves | halves >> 16) as u32
}

/// Words into planes: row `m` holds the bytes of words `m` and `m + 8` in turn, and the eight rows are turned by eight bits.
#[inline(always)]
fn slice(words: &[u32; BLOCKS]) -> Planes {
    let mut rows = [0; 8];
    for (m, row) in rows.iter_mut().enumerate() {
        *row = spread(words[m]) | spread(words[m + 8]) << 8;
    }
    transpose(rows)
}

/// Planes into words.
#[inline(always)]
fn unslice(planes: Planes) -> [u32; BLOCKS] {
    let rows = transpose(planes);
    let mut words = [0; BLOCKS];
    for (m, row) in rows.iter().enumerate() {
        words[m] = gather(*row);
        words[m + 8] = gather(row >> 8);
    }
    words
}

/// Within each byte position, bit `p` of row `m` changes places with bit `m` of row `p`.
#[inline(always)]
fn transpose(mut rows: Planes) -> Planes {
    for (distance, mask) in
        [(1, 0x5555_5555_5555_5555), (2, 0x3333_3333_3333_3333), (4, 0x0f0f_0f0f_0f0f_0f0f)]
    {
        for m in 0..8 {
            if m & distance == 0 {
                let differ = (rows[m] >> distance ^ rows[m + distance]) & mask;
                rows[m + distance] ^= differ;
                rows[m] ^= differ << distance;
            }
        }
    }
    rows
}
