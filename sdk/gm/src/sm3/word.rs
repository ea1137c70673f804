//! The compression function, written once for one word and for words in lanes.
//!
//! Comes in: a chaining value and 16 message words, as numbers or as vectors of numbers. Goes out: the next chaining value.
//! Never: a branch or an index that depends on the words.

/// A 32-bit word, or several of them side by side in lanes that do not touch each other.
pub(crate) trait Word: Copy {
    /// The same number in every lane. `self` is only the witness that such vectors may be used on this CPU.
    fn same(self, value: u32) -> Self;
    fn add(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    /// Rotates left by `LEFT`; `RIGHT` is 32 - `LEFT`, which shifts need as a constant of its own.
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self;
    /// The same word; the compiler keeps what is added to it apart from what it is the sum of.
    #[inline(always)]
    fn in_this_order(self) -> Self {
        self
    }

    #[inline(always)]
    fn xor3(self, second: Self, third: Self) -> Self {
        self.xor(second).xor(third)
    }
    /// The bits that at least two of the three have.
    fn majority(self, second: Self, third: Self) -> Self;
    /// Bits of `yes` where `self` has a one, of `no` elsewhere.
    fn choose(self, yes: Self, no: Self) -> Self;
}

impl Word for u32 {
    #[inline(always)]
    fn same(self, value: u32) -> Self {
        value
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        self.rotate_left(LEFT as u32)
    }
    #[inline(always)]
    fn in_this_order(self) -> Self {
        crate::simd::in_this_order(self)
    }
    #[inline(always)]
    fn majority(self, second: Self, third: Self) -> Self {
        // The newest word of the three, `self`, comes last: it is the one the processor waits for.
        (second & third) | (self & (second | third))
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        ((yes ^ no) & self) ^ no
    }
}

/// The initial value, clause 4.1.
pub(crate) const INITIAL: [u32; 8] = [
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];

/// T_j <<< (j mod 32), clause 4.2, rotated once and for all.
pub(crate) const ROUND: [u32; 64] = {
    let mut table = [0; 64];
    let mut round = 0;
    while round < 64 {
        let constant: u32 = if round < 16 { 0x79cc4519 } else { 0x7a879d8a };
        table[round] = constant.rotate_left(round as u32 % 32);
        round += 1;
    }
    table
};

/// Message word `j` from the words 16, 13, 9, 6 and 3 before it, clause 5.3.2.
#[inline(always)]
pub(crate) fn next_word<W: Word>(w16: W, w13: W, w9: W, w6: W, w3: W) -> W {
    let mixed = w16.xor3(w9, w3.rotate::<15, 17>());
    let permuted = mixed.xor3(mixed.rotate::<15, 17>(), mixed.rotate::<23, 9>());
    permuted.xor3(w13.rotate::<7, 25>(), w6)
}

/// One round, clause 5.3.3: `state` is A to H on entry; the caller renames instead of moving.
macro_rules! round {
    ($mix:ident, $constant:expr, $word:expr, $word_prime:expr; $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
        let turned = $a.rotate::<12, 20>();
        // The processor waits for E longest: it is added last.
        let first = turned.add($constant).in_this_order().add($e).rotate::<7, 25>();
        let (ff, gg) = $mix($a, $b, $c, $e, $f, $g);
        let tt2 = gg.add($h.add($word)).add(first);
        $d = ff.add($d.add($word_prime)).add(first.xor(turned));
        $h = tt2.xor3(tt2.rotate::<9, 23>(), tt2.rotate::<17, 15>());
        $b = $b.rotate::<9, 23>();
        $f = $f.rotate::<19, 13>();
    };
}

#[inline(always)]
fn mix_early<W: Word>(a: W, b: W, c: W, e: W, f: W, g: W) -> (W, W) {
    (a.xor3(b, c), e.xor3(f, g))
}

#[inline(always)]
fn mix_late<W: Word>(a: W, b: W, c: W, e: W, f: W, g: W) -> (W, W) {
    (a.majority(b, c), e.choose(f, g))
}

/// Where the rounds take their words from.
pub(crate) trait Schedule<W> {
    /// (W_j, W'_j), asked for in ascending order.
    fn at(&mut self, j: usize) -> (W, W);
}

/// The 64 rounds and the feed-forward, clause 5.3.3.
#[inline(always)]
pub(crate) fn rounds<W: Word>(state: &mut [W; 8], mut schedule: impl Schedule<W>) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    macro_rules! four {
        ($mix:ident, $j:expr) => {
            let (w, p) = schedule.at($j);
            round!($mix, a.same(ROUND[$j]), w, p; a b c d e f g h);
            let (w, p) = schedule.at($j + 1);
            round!($mix, a.same(ROUND[$j + 1]), w, p; d a b c h e f g);
            let (w, p) = schedule.at($j + 2);
            round!($mix, a.same(ROUND[$j + 2]), w, p; c d a b g h e f);
            let (w, p) = schedule.at($j + 3);
            round!($mix, a.same(ROUND[$j + 3]), w, p; b c d a f g h e);
        };
    }
    macro_rules! sixteen {
        ($mix:ident, $j:expr) => {
            four!($mix, $j);
            four!($mix, $j + 4);
            four!($mix, $j + 8);
            four!($mix, $j + 12);
        };
    }
    sixteen!(mix_early, 0);
    sixteen!(mix_late, 16);
    sixteen!(mix_late, 32);
    sixteen!(mix_late, 48);
    for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.xor(new);
    }
}

/// The schedule of one block, made on the way in a window of 16 words.
struct Window<W>([W; 16]);

impl<W: Word> Schedule<W> for Window<W> {
    #[inline(always)]
    fn at(&mut self, j: usize) -> (W, W) {
        let Self(window) = self;
        // W'_j is W_j xor W_{j+4}: from round 12 on, the word four ahead is made now and takes the place of the one 12 back.
        let ahead = (j + 4) % 16;
        if j >= 12 {
            window[ahead] = next_word(
                window[ahead],
                window[(j + 7) % 16],
                window[(j + 11) % 16],
                window[(j + 14) % 16],
                window[(j + 1) % 16],
            );
        }
        (window[j % 16], window[j % 16].xor(window[ahead]))
    }
}

/// One block.
#[inline(always)]
pub(crate) fn compress<W: Word>(state: &mut [W; 8], block: &[W; 16]) {
    rounds(state, Window(*block));
}
