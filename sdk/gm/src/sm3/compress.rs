//! The compression function over bytes, one message at a time.
//!
//! Comes in: a chaining value and whole blocks. Goes out: the chaining value after them. Four blocks of a stream share one pass of the
//! schedule, which does not depend on the chaining value: the compiler puts the four in one vector register. The rounds then
//! read words instead of making them.
use super::word::{self, Word, expand, rounds};

/// Four words side by side, in plain Rust.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Quad([u32; 4]);

impl Quad {
    #[inline(always)]
    fn map2(self, other: Self, operation: impl Fn(u32, u32) -> u32) -> Self {
        Self(core::array::from_fn(|lane| operation(self.0[lane], other.0[lane])))
    }
}

impl Word for Quad {
    #[inline(always)]
    fn same(self, value: u32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.map2(other, u32::wrapping_add)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.map2(other, |first, second| first ^ second)
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        Self(self.0.map(|word| word.rotate_left(LEFT as u32)))
    }
    #[inline(always)]
    fn majority(self, second: Self, third: Self) -> Self {
        let common = self.map2(second, |first, second| first & second);
        let either = self.map2(second, |first, second| first | second);
        common
            .map2(either.map2(third, |either, third| either & third), |common, rest| common | rest)
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        self.map2(yes.xor(no), |mask, differ| mask & differ).xor(no)
    }
}

/// The 16 words of a block, big-endian.
#[inline(always)]
pub(crate) fn words(block: &[u8; 64]) -> [u32; 16] {
    let (words, _) = block.as_chunks::<4>();
    core::array::from_fn(|index| u32::from_be_bytes(words[index]))
}

/// The digest of a chaining value: its words, big-endian.
#[inline(always)]
pub(crate) fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (place, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    digest
}

/// Absorbs whole blocks.
pub(crate) fn absorb(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    let (quads, rest) = blocks.as_chunks::<4>();
    for quad in quads {
        absorb_four(state, quad);
    }
    for block in rest {
        word::compress(state, &words(block));
    }
}

#[inline(never)]
fn absorb_four(state: &mut [u32; 8], blocks: &[[u8; 64]; 4]) {
    let each: [[u32; 16]; 4] = core::array::from_fn(|lane| words(&blocks[lane]));
    let schedule = expand(&core::array::from_fn::<_, 16, _>(|j| {
        Quad(core::array::from_fn(|lane| each[lane][j]))
    }));
    for lane in 0..4 {
        rounds(state, |j| {
            let word = schedule[j].0[lane];
            (word, word ^ schedule[j + 4].0[lane])
        });
    }
}
