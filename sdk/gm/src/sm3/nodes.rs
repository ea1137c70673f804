//! Nodes of Merkle trees: the hash of two hashes side by side, bare or behind a tag of one byte.
//!
//! Comes in: pairs of 64 bytes, left ‖ right. Goes out: one digest for each, in order. Never: a copy of the pairs.
//!
//! Both messages take two blocks. The second of a bare node is padding alone, so its schedule is a constant; of a tagged node it has one byte
//! of the message, the last.
use super::Engine;
#[cfg(target_arch = "x86_64")]
use super::Kernel;
use super::compress::{bytes, words};
#[cfg(target_arch = "x86_64")]
use super::lanes::lanes_worth_filling;
use super::word::{INITIAL, Schedule, Word, compress, rounds};
use alloc::vec;
use alloc::vec::Vec;

/// The block that follows 64 bytes of message: the one bit, and the length of 512 bits.
const PADDING: [u32; 16] = [0x8000_0000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512];
/// Its schedule.
const PADDING_SCHEDULE: [u32; 68] = expand_constant(PADDING);
/// Bits of a tag and a pair.
const TAGGED_BITS: u32 = 65 * 8;

/// SM3(left ‖ right) of each pair.
pub fn nodes(pairs: &[[u8; 64]]) -> Vec<[u8; 32]> {
    let mut out = vec![[0; 32]; pairs.len()];
    nodes_with(Engine::best(), pairs, &mut out);
    out
}

/// As [`nodes`] on a chosen engine; one that this CPU lacks falls back to the portable code.
///
/// Of `pairs` and `out` the shorter decides how many are hashed.
pub fn nodes_with(engine: Engine, pairs: &[[u8; 64]], out: &mut [[u8; 32]]) {
    match engine {
        #[cfg(target_arch = "x86_64")]
        Engine::Avx512 if let Some(kernel) = crate::simd::Avx512::detect() => {
            in_lanes(pairs, out, |pairs, out| kernel.nodes(pairs, out), node);
        }
        #[cfg(target_arch = "x86_64")]
        Engine::Avx2 if let Some(kernel) = crate::simd::Avx2::detect() => {
            in_lanes(pairs, out, |pairs, out| kernel.nodes(pairs, out), node);
        }
        _ => one_by_one(pairs, out, node),
    }
}

/// SM3(tag ‖ left ‖ right) of each pair: 65 bytes, as the logs of RFC 9162 hash their nodes.
pub fn tagged_nodes(tag: u8, pairs: &[[u8; 64]]) -> Vec<[u8; 32]> {
    let mut out = vec![[0; 32]; pairs.len()];
    tagged_nodes_with(Engine::best(), tag, pairs, &mut out);
    out
}

/// As [`tagged_nodes`] on a chosen engine; one that this CPU lacks falls back to the portable code.
///
/// Of `pairs` and `out` the shorter decides how many are hashed.
pub fn tagged_nodes_with(engine: Engine, tag: u8, pairs: &[[u8; 64]], out: &mut [[u8; 32]]) {
    let alone = |pair: &[u8; 64]| tagged_node(tag, pair);
    match engine {
        #[cfg(target_arch = "x86_64")]
        Engine::Avx512 if let Some(kernel) = crate::simd::Avx512::detect() => {
            in_lanes(pairs, out, |pairs, out| kernel.tagged_nodes(tag, pairs, out), alone);
        }
        #[cfg(target_arch = "x86_64")]
        Engine::Avx2 if let Some(kernel) = crate::simd::Avx2::detect() => {
            in_lanes(pairs, out, |pairs, out| kernel.tagged_nodes(tag, pairs, out), alone);
        }
        _ => one_by_one(pairs, out, alone),
    }
}

fn one_by_one(pairs: &[[u8; 64]], out: &mut [[u8; 32]], alone: impl Fn(&[u8; 64]) -> [u8; 32]) {
    for (pair, digest) in pairs.iter().zip(out) {
        *digest = alone(pair);
    }
}

/// Full lanes first; what is left goes into lanes with idle neighbours, or one by one if it is little.
#[cfg(target_arch = "x86_64")]
fn in_lanes<const LANES: usize>(
    pairs: &[[u8; 64]],
    out: &mut [[u8; 32]],
    together: impl Fn(&[[u8; 64]; LANES], &mut [[u8; 32]; LANES]),
    alone: impl Fn(&[u8; 64]) -> [u8; 32],
) {
    let count = pairs.len().min(out.len());
    let (pairs, pairs_left) = pairs[..count].as_chunks::<LANES>();
    let (out, out_left) = out[..count].as_chunks_mut::<LANES>();
    for (pairs, out) in pairs.iter().zip(out) {
        together(pairs, out);
    }
    if pairs_left.len() < lanes_worth_filling(LANES) {
        return one_by_one(pairs_left, out_left, alone);
    }
    let mut filled = [[0; 64]; LANES];
    let mut digests = [[0; 32]; LANES];
    filled[..pairs_left.len()].copy_from_slice(pairs_left);
    together(&filled, &mut digests);
    out_left.copy_from_slice(&digests[..out_left.len()]);
}

fn node(pair: &[u8; 64]) -> [u8; 32] {
    bytes(&node_in_lanes(INITIAL, &words(pair)))
}

fn tagged_node(tag: u8, pair: &[u8; 64]) -> [u8; 32] {
    bytes(&tagged_node_in_lanes(INITIAL, tag, &words(pair)))
}

/// The digest, as words, of the pairs whose 16 words are given; `state` holds the initial value in each lane.
#[inline(always)]
pub(crate) fn node_in_lanes<W: Word>(mut state: [W; 8], pair: &[W; 16]) -> [W; 8] {
    compress(&mut state, pair);
    let witness = state[0];
    rounds(&mut state, Constant(witness));
    state
}

/// The schedule of the block that is padding alone; it holds the witness that such vectors may be made.
struct Constant<W>(W);

impl<W: Word> Schedule<W> for Constant<W> {
    #[inline(always)]
    fn at(&mut self, j: usize) -> (W, W) {
        let word = PADDING_SCHEDULE[j];
        (self.0.same(word), self.0.same(word ^ PADDING_SCHEDULE[j + 4]))
    }
}

/// As [`node_in_lanes`], behind a tag: each word of the message begins one byte earlier than a word of the pair.
#[inline(always)]
pub(crate) fn tagged_node_in_lanes<W: Word>(mut state: [W; 8], tag: u8, pair: &[W; 16]) -> [W; 8] {
    let witness = state[0];
    let last_byte = witness.same(0xff);
    // The last byte of the word before goes in front of the first three of this word.
    let shifted = |before: W, word: W| last_byte.choose(before, word).rotate::<24, 8>();
    let mut block = *pair;
    block[0] = shifted(witness.same(u32::from(tag)), pair[0]);
    for j in 1..16 {
        block[j] = shifted(pair[j - 1], pair[j]);
    }
    compress(&mut state, &block);
    let mut block = [witness.same(0); 16];
    block[0] = shifted(pair[15], witness.same(PADDING[0]));
    block[15] = witness.same(TAGGED_BITS);
    compress(&mut state, &block);
    state
}

/// The schedule of a block that is a constant, clause 5.3.2.
const fn expand_constant(block: [u32; 16]) -> [u32; 68] {
    let mut words = [0u32; 68];
    let mut j = 0;
    while j < 68 {
        words[j] = if j < 16 {
            block[j]
        } else {
            let mixed = words[j - 16] ^ words[j - 9] ^ words[j - 3].rotate_left(15);
            let permuted = mixed ^ mixed.rotate_left(15) ^ mixed.rotate_left(23);
            permuted ^ words[j - 13].rotate_left(7) ^ words[j - 6]
        };
        j += 1;
    }
    words
}
