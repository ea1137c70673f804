//! The rounds of the block cipher, written once for every vector of words.
//!
//! Comes in: four vectors that hold the words X_0 to X_3 of many blocks, and the round keys. Goes out: X_32 to X_35 in their places. Never: a branch or an
//! index that depends on them.
use super::RoundKeys;

/// Words of several blocks side by side.
pub(crate) trait Lane: Copy {
    /// The same number in every lane. `self` is only the witness that such vectors may be used on this CPU.
    fn same(self, value: u32) -> Self;
    fn xor(self, other: Self) -> Self;
    #[inline(always)]
    fn xor3(self, second: Self, third: Self) -> Self {
        self.xor(second).xor(third)
    }
    /// S of every byte.
    fn substitute(self) -> Self;
    /// `self` ⊕ L(`word`), clause 6.2 b.
    fn add_diffused(self, word: Self) -> Self;
}

/// The 32 rounds of `CHAINS` independent groups of blocks, clause 6.1: while one waits, another works.
#[inline(always)]
pub(crate) fn rounds<W: Lane, const CHAINS: usize>(state: &mut [[W; 4]; CHAINS], keys: &RoundKeys) {
    for four in keys.as_chunks::<4>().0 {
        for place in 0..4 {
            for words in state.iter_mut() {
                let key = words[0].same(four[place]);
                let sum = words[(place + 1) % 4]
                    .xor3(words[(place + 2) % 4], words[(place + 3) % 4].xor(key));
                words[place] = words[place].add_diffused(sum.substitute());
            }
        }
    }
}
