//! Messages of any lengths in lanes: a lane whose message has ended takes the next one.
//!
//! Comes in: a kernel that compresses one block in every lane, and the messages. Goes out: their digests, in order. Never: a lane
//! that waits for the longest of its neighbours while messages are left.
use super::compress::{absorb, bytes};
use super::word::INITIAL;

/// Instructions that hash in `LANES` lanes at once. A value is the proof that this CPU has them.
pub(crate) trait Kernel<const LANES: usize>: Copy {
    /// One block in each lane. Word `j` of lane `i` is `state[j][i]`.
    fn compress(self, state: &mut [[u32; LANES]; 8], blocks: &[[u8; 64]; LANES]);
    /// SM3(left ‖ right) of each pair.
    fn nodes(self, pairs: &[[u8; 64]; LANES], out: &mut [[u8; 32]; LANES]);
    /// SM3(tag ‖ left ‖ right) of each pair.
    fn tagged_nodes(self, tag: u8, pairs: &[[u8; 64]; LANES], out: &mut [[u8; 32]; LANES]);
}

/// With so few messages left that a fifth of the lanes would be busy, one after the other is faster.
pub(super) const fn lanes_worth_filling(lanes: usize) -> usize {
    lanes / 5 + 1
}

/// What of a message is still to be absorbed, and where its digest goes.
#[derive(Clone, Copy)]
struct Cursor<'a, const N: usize> {
    parts: [&'a [u8]; N],
    bytes_total: u64,
    padding: Padding,
    index: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Padding {
    /// The one bit, the zeros and the length are to come.
    All,
    /// The one bit went into the block before: zeros and the length are to come.
    Length,
    /// The message is absorbed, its digest in the lane.
    Done,
    /// There is no message.
    Idle,
}

impl<'a, const N: usize> Cursor<'a, N> {
    fn new(index: usize, parts: [&'a [u8]; N]) -> Self {
        let bytes_total = parts.iter().fold(0u64, |sum, part| sum.wrapping_add(part.len() as u64));
        Self { parts, bytes_total, padding: Padding::All, index }
    }

    const fn empty() -> Self {
        Self { parts: [&[]; N], bytes_total: 0, padding: Padding::Idle, index: 0 }
    }

    /// Whether there are blocks to come.
    fn busy(&self) -> bool {
        matches!(self.padding, Padding::All | Padding::Length)
    }

    /// Writes the next block of the padded message.
    #[inline(always)]
    fn next_block(&mut self, block: &mut [u8; 64]) {
        if let Some((last, before)) = self.parts.split_last_mut()
            && before.iter().all(|part| part.is_empty())
            && let Some((whole, later)) = last.split_first_chunk::<64>()
        {
            *block = *whole;
            *last = later;
            return;
        }
        self.gather(block);
    }

    /// A block that more than one part contributes to, or that ends the message.
    fn gather(&mut self, block: &mut [u8; 64]) {
        let mut filled = 0;
        for part in &mut self.parts {
            let (now, later) = part.split_at(part.len().min(64 - filled));
            block[filled..filled + now.len()].copy_from_slice(now);
            filled += now.len();
            *part = later;
        }
        if filled < 64 {
            self.pad(block, filled);
        }
    }

    #[inline(always)]
    fn pad(&mut self, block: &mut [u8; 64], mut filled: usize) {
        if self.padding == Padding::All {
            block[filled] = 0x80;
            filled += 1;
            self.padding = Padding::Length;
        }
        block[filled..].fill(0);
        if filled <= 56 {
            block[56..].copy_from_slice(&self.bytes_total.wrapping_mul(8).to_be_bytes());
            self.padding = Padding::Done;
        }
    }
}

/// The digests of `count` messages, which `message` gives by number, in the lanes of `kernel`.
pub(super) fn digest_in_lanes<'a, const LANES: usize, const N: usize>(
    kernel: impl Kernel<LANES>,
    count: usize,
    message: impl Fn(usize) -> [&'a [u8]; N],
    out: &mut [[u8; 32]],
) {
    let mut waiting = 0..count;
    let mut state = [[0; LANES]; 8];
    let mut blocks = [[0; 64]; LANES];
    let mut cursors = [Cursor::<N>::empty(); LANES];
    let mut busy = 0;
    for (lane, cursor) in cursors.iter_mut().enumerate() {
        busy += usize::from(take_next(&mut waiting, &message, cursor, &mut state, lane));
    }
    while busy >= lanes_worth_filling(LANES) {
        for (cursor, block) in cursors.iter_mut().zip(&mut blocks) {
            if cursor.busy() {
                cursor.next_block(block);
            }
        }
        kernel.compress(&mut state, &blocks);
        busy = 0;
        for (lane, cursor) in cursors.iter_mut().enumerate() {
            if cursor.busy() {
                busy += 1;
            } else if cursor.padding == Padding::Done {
                out[cursor.index] = bytes(&lane_of(&state, lane));
                busy += usize::from(take_next(&mut waiting, &message, cursor, &mut state, lane));
            }
        }
    }
    for (lane, cursor) in cursors.iter_mut().enumerate() {
        finish_alone(cursor, lane_of(&state, lane), out);
    }
}

/// Puts the next message into a lane; false, and the lane idle, if none is left.
#[inline(always)]
fn take_next<'a, const LANES: usize, const N: usize>(
    waiting: &mut core::ops::Range<usize>,
    message: &impl Fn(usize) -> [&'a [u8]; N],
    cursor: &mut Cursor<'a, N>,
    state: &mut [[u32; LANES]; 8],
    lane: usize,
) -> bool {
    let Some(index) = waiting.next() else {
        *cursor = Cursor::empty();
        return false;
    };
    *cursor = Cursor::new(index, message(index));
    for (words, initial) in state.iter_mut().zip(INITIAL) {
        words[lane] = initial;
    }
    true
}

fn lane_of<const LANES: usize>(state: &[[u32; LANES]; 8], lane: usize) -> [u32; 8] {
    state.map(|words| words[lane])
}

/// The rest of a message that would be lonely in its lanes.
fn finish_alone<const N: usize>(
    cursor: &mut Cursor<'_, N>,
    mut state: [u32; 8],
    out: &mut [[u8; 32]],
) {
    if !cursor.busy() {
        return;
    }
    let mut block = [0; 64];
    while cursor.busy() {
        cursor.next_block(&mut block);
        absorb(&mut state, core::slice::from_ref(&block));
    }
    out[cursor.index] = bytes(&state);
}
