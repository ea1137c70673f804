//! Tests of the assembly of proposal parts: each refusal.

use super::{SUITE, address};
use crate::context::{Part, VoteSignature};
use crate::policy::*;
use crate::proposal::PROPOSAL_BYTES_MAX;
use bytes::Bytes;
use yinglian_protocol::{Address, Hash, Height, PartsHeader};

const GOOD: VoteSignature = VoteSignature([7; 64]);

/// Peer `r` proposes in round `r`, at any height.
struct Rounds(Height, u32);

impl View<u32> for Rounds {
    fn position(&self) -> (Height, u32) {
        (self.0, self.1)
    }

    fn proposer(&self, _: Height, round: u32) -> Option<(Address, u32)> {
        Some((address("proposer"), round))
    }

    fn verify(&self, _: &Address, _: &PartsHeader, signature: &VoteSignature) -> bool {
        *signature == GOOD
    }
}

fn header(height: u64, round: u32, size: usize) -> PartsHeader {
    PartsHeader {
        height: Height(height),
        round,
        lock_round: None,
        value_id: SUITE.hash(&[b"value"]),
        size_bytes: size as u32,
        parts: size.div_ceil(PART_BYTES_MAX) as u32,
    }
}

fn first(header: PartsHeader) -> Part {
    Part::First { header, signature: GOOD }
}

fn piece(size: usize) -> Part {
    Part::Piece(Bytes::from(vec![1; size]))
}

fn stream(height: u64, round: u32, attempt: u32) -> [u8; 16] {
    StreamKey { height: Height(height), round, attempt }.encode()
}

struct Bench {
    view: Rounds,
    assembly: Assembly<u32>,
    now_ms: u64,
}

impl Bench {
    fn new() -> Self {
        Self { view: Rounds(Height(10), 0), assembly: Assembly::default(), now_ms: 0 }
    }

    fn put(
        &mut self,
        from: u32,
        stream: &[u8],
        sequence: u64,
        part: Part,
    ) -> Result<Option<Assembled>, Refusal> {
        self.assembly.accept(&self.view, &from, stream, sequence, part, self.now_ms)
    }
}

#[test]
fn parts_in_any_order_make_the_value() {
    let bytes = Bytes::from((0..3 * PART_BYTES_MAX - 5).map(|i| i as u8).collect::<Vec<_>>());
    let pieces = split(&bytes);
    assert_eq!(pieces.len(), 3);
    let parts: Vec<_> = core::iter::once(first(header(10, 0, bytes.len())))
        .chain(pieces.into_iter().map(Part::Piece))
        .collect();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut bench = Bench::new();
        let mut done = Vec::new();
        for sequence in order {
            done.extend(
                bench.put(0, &stream(10, 0, 1), sequence as u64, parts[sequence].clone()).unwrap(),
            );
            // Repeats of the same part change nothing.
            done.extend(
                bench.put(0, &stream(10, 0, 1), sequence as u64, parts[sequence].clone()).unwrap(),
            );
        }
        assert_eq!(done.len(), 1, "{order:?}");
        assert_eq!(done[0].bytes, bytes);
        assert_eq!(done[0].header.value_id, header(10, 0, 1).value_id);
    }
}

#[test]
fn a_stream_id_of_another_layout_is_refused() {
    let refused = Bench::new().put(0, &[0; 15], 0, first(header(10, 0, 9)));
    assert_eq!(refused, Err(Refusal::Stream));
}

#[test]
fn only_the_current_and_the_next_height_are_taken() {
    for (height, expected) in [(9, false), (10, true), (11, true), (12, false)] {
        let taken = Bench::new().put(0, &stream(height, 0, 1), 0, first(header(height, 0, 9)));
        assert_eq!(taken.is_ok(), expected, "{height}");
        if !expected {
            assert_eq!(taken, Err(Refusal::Height(Height(height))));
        }
    }
}

#[test]
fn rounds_far_ahead_are_refused() {
    let mut bench = Bench::new();
    bench.view.1 = 3;
    for (height, round, expected) in
        [(10, 13, true), (10, 14, false), (11, 10, true), (11, 11, false)]
    {
        let taken = bench.put(round, &stream(height, round, 1), 0, first(header(height, round, 9)));
        assert_eq!(taken == Err(Refusal::Round(round)), !expected, "{height} {round}");
    }
}

#[test]
fn a_part_of_another_peer_than_the_rounds_proposer_is_refused() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.put(1, &stream(10, 0, 1), 0, first(header(10, 0, 9))),
        Err(Refusal::NotProposer)
    );
    assert_eq!(bench.put(1, &stream(10, 0, 1), 1, piece(9)), Err(Refusal::NotProposer));
    assert!(bench.assembly.is_empty());
}

#[test]
fn an_unsigned_first_part_is_refused() {
    let part = Part::First { header: header(10, 0, 9), signature: VoteSignature([8; 64]) };
    assert_eq!(Bench::new().put(0, &stream(10, 0, 1), 0, part), Err(Refusal::Signature));
}

#[test]
fn a_first_part_that_contradicts_its_stream_or_the_limits_is_refused() {
    let good = header(10, 0, 9);
    let bad = [
        PartsHeader { height: Height(11), ..good.clone() },
        PartsHeader { round: 1, ..good.clone() },
        PartsHeader { size_bytes: 0, parts: 0, ..good.clone() },
        PartsHeader { parts: 2, ..good.clone() },
        PartsHeader { lock_round: Some(0), ..good.clone() },
        header(10, 0, PROPOSAL_BYTES_MAX + 1),
    ];
    for header in bad {
        let refused = Bench::new().put(0, &stream(10, 0, 1), 0, first(header.clone()));
        assert_eq!(refused, Err(Refusal::Header), "{header:?}");
    }
}

#[test]
fn parts_out_of_their_sequence_are_refused() {
    let mut bench = Bench::new();
    let id = stream(10, 0, 1);
    assert_eq!(bench.put(0, &id, 1, first(header(10, 0, 9))), Err(Refusal::Sequence));
    assert_eq!(bench.put(0, &id, 0, piece(9)), Err(Refusal::Sequence));
    assert_eq!(bench.put(0, &id, u64::from(PIECES_MAX) + 1, piece(9)), Err(Refusal::Sequence));
    assert_eq!(bench.put(0, &id, u64::MAX, piece(9)), Err(Refusal::Sequence));
    bench.put(0, &id, 0, first(header(10, 0, 9))).unwrap();
    assert_eq!(bench.put(0, &id, 2, piece(9)), Err(Refusal::Sequence));
    // The same, when the first part comes last.
    let id = stream(10, 0, 2);
    bench.put(0, &id, 2, piece(3)).unwrap();
    assert_eq!(bench.put(0, &id, 0, first(header(10, 0, 9))), Err(Refusal::Sequence));
}

#[test]
fn repeated_parts_with_other_content_are_refused() {
    let mut bench = Bench::new();
    let id = stream(10, 0, 1);
    let size = PART_BYTES_MAX + 4;
    bench.put(0, &id, 0, first(header(10, 0, size))).unwrap();
    let other = PartsHeader { value_id: Hash::ZERO, ..header(10, 0, size) };
    assert_eq!(bench.put(0, &id, 0, first(other)), Err(Refusal::Repeated));
    bench.put(0, &id, 2, piece(4)).unwrap();
    assert_eq!(bench.put(0, &id, 2, piece(3)), Err(Refusal::Repeated));
}

#[test]
fn pieces_of_a_wrong_size_are_refused() {
    let mut bench = Bench::new();
    let id = stream(10, 0, 1);
    assert_eq!(bench.put(0, &id, 1, piece(0)), Err(Refusal::Size));
    assert_eq!(bench.put(0, &id, 1, piece(PART_BYTES_MAX + 1)), Err(Refusal::Size));
    bench.put(0, &id, 0, first(header(10, 0, 9))).unwrap();
    assert_eq!(bench.put(0, &id, 1, piece(10)), Err(Refusal::Size));
    // Without a first part, the limit is that of any proposal.
    let id = stream(10, 0, 2);
    for sequence in 1..u64::from(PIECES_MAX) {
        bench.put(0, &id, sequence, piece(PART_BYTES_MAX)).unwrap();
    }
    assert_eq!(bench.put(0, &id, u64::from(PIECES_MAX), piece(PART_BYTES_MAX)), Err(Refusal::Size));
    assert_eq!(bench.put(0, &id, 0, first(header(10, 0, 9))), Err(Refusal::Size));
}

#[test]
fn a_peers_streams_displace_its_own_oldest_and_nobody_elses() {
    let mut bench = Bench::new();
    bench.put(1, &stream(10, 1, 0), 1, piece(5)).unwrap();
    for attempt in 0..STREAMS_PER_PEER_MAX as u32 + 1 {
        bench.now_ms += 1;
        bench.put(0, &stream(10, 0, attempt), 1, piece(5)).unwrap();
    }
    assert_eq!(bench.assembly.len(), 1 + STREAMS_PER_PEER_MAX);
    // The displaced one starts anew; the other peer's still has its piece.
    assert_eq!(bench.put(0, &stream(10, 0, 0), 0, first(header(10, 0, 5))), Ok(None));
    assert!(bench.put(1, &stream(10, 1, 0), 0, first(header(10, 1, 5))).unwrap().is_some());
}

#[test]
fn old_streams_and_decided_heights_are_forgotten() {
    let mut bench = Bench::new();
    bench.put(0, &stream(10, 0, 1), 1, piece(5)).unwrap();
    bench.put(0, &stream(11, 0, 1), 1, piece(5)).unwrap();
    bench.assembly.advance(Height(11));
    assert_eq!(bench.assembly.len(), 1);
    bench.assembly.expire(STREAM_AGE_MS_MAX - 1);
    assert_eq!(bench.assembly.len(), 1);
    bench.assembly.expire(STREAM_AGE_MS_MAX);
    assert!(bench.assembly.is_empty());
}
