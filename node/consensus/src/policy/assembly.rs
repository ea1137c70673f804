//! Puts the parts of proposals together.
//!
//! A stream names its height and round in its id, so that a part is refused before it is kept unless it comes from the
//! peer bound to the proposer of that round. Caps on streams, bytes, pieces and age hold for each peer by itself: what
//! one proposer sends never displaces another's. Never: execution.

use crate::context::{Part, VoteSignature};
use crate::proposal::PROPOSAL_BYTES_MAX;
use bytes::{Bytes, BytesMut};
use std::collections::BTreeMap;
use yinglian_protocol::{Address, Height, PartsHeader};

/// Largest piece, bytes (128 KiB).
pub const PART_BYTES_MAX: usize = 128 * 1024;
/// Most pieces of a proposal.
pub const PIECES_MAX: u32 = (PROPOSAL_BYTES_MAX / PART_BYTES_MAX + 1) as u32;
/// Most unfinished streams of one peer; a further one displaces that peer's oldest.
pub const STREAMS_PER_PEER_MAX: usize = 4;
/// A stream that is not complete after this time is dropped, milliseconds.
pub const STREAM_AGE_MS_MAX: u64 = 60_000;
/// Streams are taken for the current height and this many above.
pub const HEIGHTS_AHEAD_MAX: u64 = 1;
/// At the current height, streams are taken for rounds at most this far ahead (the engine's own look-ahead).
pub const ROUNDS_AHEAD_MAX: u32 = 10;

/// What a stream is for, and which attempt at it: the stream's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey {
    /// Height proposed for.
    pub height: Height,
    /// Round proposed in.
    pub round: u32,
    /// Differs for each stream of a process, so that a restreamed value does not meet its own remains.
    pub attempt: u32,
}

impl StreamKey {
    /// `height u64 BE ‖ round u32 BE ‖ attempt u32 BE`.
    pub fn encode(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.height.0.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.round.to_be_bytes());
        bytes[12..].copy_from_slice(&self.attempt.to_be_bytes());
        bytes
    }

    /// Reads an id.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (height, rest) = bytes.split_first_chunk::<8>()?;
        let (round, rest) = rest.split_first_chunk::<4>()?;
        let attempt: [u8; 4] = rest.try_into().ok()?;
        Some(Self {
            height: Height(u64::from_be_bytes(*height)),
            round: u32::from_be_bytes(*round),
            attempt: u32::from_be_bytes(attempt),
        })
    }
}

/// What the assembly has to know about the chain.
pub trait View<P> {
    /// Height and round that the engine is in.
    fn position(&self) -> (Height, u32);
    /// Proposer of a height and round, and the peer bound to it in the registry.
    fn proposer(&self, height: Height, round: u32) -> Option<(Address, P)>;
    /// Checks the signature of a first part.
    fn verify(&self, proposer: &Address, header: &PartsHeader, signature: &VoteSignature) -> bool;
}

/// A complete stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Its signed first part.
    pub header: PartsHeader,
    /// Its proposer.
    pub proposer: Address,
    /// Header and payload, encoded.
    pub bytes: Bytes,
}

/// Why a part is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream's id is not of our layout.
    #[error("malformed stream id")]
    Stream,
    /// For a height decided already, or too far ahead.
    #[error("height {0} is not the current or the next one")]
    Height(Height),
    /// For a round too far ahead.
    #[error("round {0} is too far ahead")]
    Round(u32),
    /// From another peer than the one bound to the round's proposer.
    #[error("sender is not the proposer of the round")]
    NotProposer,
    /// The first part's signature is not the proposer's.
    #[error("first part is not signed by the proposer")]
    Signature,
    /// The first part names another height or round than its stream, or impossible sizes.
    #[error("first part contradicts its stream or the limits")]
    Header,
    /// A sequence number beyond the number of pieces, or a kind of part out of its place.
    #[error("part out of sequence")]
    Sequence,
    /// Two different parts under one sequence number.
    #[error("part repeated with other content")]
    Repeated,
    /// More bytes than announced or allowed, or an empty piece.
    #[error("piece of a wrong size")]
    Size,
}

struct Stream {
    opened_ms: u64,
    header: Option<PartsHeader>,
    pieces: BTreeMap<u32, Bytes>,
    bytes: usize,
    // Complete; remembered so that late repeats do not open it anew.
    done: bool,
}

/// Streams that are being received.
pub struct Assembly<P> {
    streams: BTreeMap<(P, StreamKey), Stream>,
}

impl<P: Ord + Clone> Default for Assembly<P> {
    fn default() -> Self {
        Self { streams: BTreeMap::new() }
    }
}

impl<P: Ord + Clone> Assembly<P> {
    /// Takes a part. `Ok(Some)` when it completes its stream.
    pub fn accept(
        &mut self,
        view: &impl View<P>,
        from: &P,
        stream_id: &[u8],
        sequence: u64,
        part: Part,
        now_ms: u64,
    ) -> Result<Option<Assembled>, Refusal> {
        let key = StreamKey::decode(stream_id).ok_or(Refusal::Stream)?;
        in_range(view.position(), key)?;
        let (proposer, peer) = view.proposer(key.height, key.round).ok_or(Refusal::NotProposer)?;
        if peer != *from {
            return Err(Refusal::NotProposer);
        }
        let sequence = u32::try_from(sequence).map_err(|_| Refusal::Sequence)?;
        match &part {
            Part::First { header, signature } => {
                check_first(key, sequence, header)?;
                if !view.verify(&proposer, header, signature) {
                    return Err(Refusal::Signature);
                }
            }
            Part::Piece(piece) => check_piece(sequence, piece)?,
        }
        let stream = self.open(from, key, now_ms);
        if stream.done {
            return Ok(None);
        }
        stream.put(sequence, part)?;
        Ok(stream.complete().map(|(header, bytes)| Assembled { header, proposer, bytes }))
    }

    /// Forgets heights below the current one.
    pub fn advance(&mut self, height: Height) {
        self.streams.retain(|(_, key), _| key.height >= height);
    }

    /// Forgets streams older than [`STREAM_AGE_MS_MAX`].
    pub fn expire(&mut self, now_ms: u64) {
        self.streams
            .retain(|_, stream| now_ms.saturating_sub(stream.opened_ms) < STREAM_AGE_MS_MAX);
    }

    /// Number of streams remembered.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// True when no stream is remembered.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    fn open(&mut self, from: &P, key: StreamKey, now_ms: u64) -> &mut Stream {
        let id = (from.clone(), key);
        if !self.streams.contains_key(&id) {
            self.make_room(from);
        }
        self.streams.entry(id).or_insert(Stream {
            opened_ms: now_ms,
            header: None,
            pieces: BTreeMap::new(),
            bytes: 0,
            done: false,
        })
    }

    // The cap is per peer, and only a proposer of the near rounds gets here: its own oldest stream makes room.
    fn make_room(&mut self, from: &P) {
        let own = || self.streams.iter().filter(|((peer, _), _)| peer == from);
        if own().count() < STREAMS_PER_PEER_MAX {
            return;
        }
        // Finished streams go first: they hold nothing but the memory of having been finished.
        let oldest = own()
            .min_by_key(|((_, key), stream)| (!stream.done, stream.opened_ms, *key))
            .map(|(id, _)| id.clone());
        if let Some(id) = oldest {
            self.streams.remove(&id);
        }
    }
}

fn in_range((height, round): (Height, u32), key: StreamKey) -> Result<(), Refusal> {
    let last = height.0.saturating_add(HEIGHTS_AHEAD_MAX);
    if key.height < height || key.height.0 > last {
        return Err(Refusal::Height(key.height));
    }
    let rounds_from = if key.height == height { round } else { 0 };
    if key.round > rounds_from.saturating_add(ROUNDS_AHEAD_MAX) {
        return Err(Refusal::Round(key.round));
    }
    Ok(())
}

fn check_first(key: StreamKey, sequence: u32, header: &PartsHeader) -> Result<(), Refusal> {
    if sequence != 0 {
        return Err(Refusal::Sequence);
    }
    let size = header.size_bytes as usize;
    let fits = size > 0
        && size <= PROPOSAL_BYTES_MAX
        && header.parts as usize == size.div_ceil(PART_BYTES_MAX)
        && header.lock_round.is_none_or(|lock| lock < header.round);
    let same = header.height == key.height && header.round == key.round;
    if fits && same { Ok(()) } else { Err(Refusal::Header) }
}

fn check_piece(sequence: u32, piece: &Bytes) -> Result<(), Refusal> {
    if sequence == 0 || sequence > PIECES_MAX {
        return Err(Refusal::Sequence);
    }
    if piece.is_empty() || piece.len() > PART_BYTES_MAX {
        return Err(Refusal::Size);
    }
    Ok(())
}

impl Stream {
    fn put(&mut self, sequence: u32, part: Part) -> Result<(), Refusal> {
        match part {
            Part::First { header, .. } => self.put_first(header),
            Part::Piece(piece) => self.put_piece(sequence, piece),
        }
    }

    fn put_first(&mut self, header: PartsHeader) -> Result<(), Refusal> {
        match &self.header {
            Some(known) if *known == header => Ok(()),
            Some(_) => Err(Refusal::Repeated),
            // Pieces that came before must fit what the header announces.
            None if self.bytes > header.size_bytes as usize => Err(Refusal::Size),
            None if self.pieces.keys().any(|sequence| *sequence > header.parts) => {
                Err(Refusal::Sequence)
            }
            None => {
                self.header = Some(header);
                Ok(())
            }
        }
    }

    fn put_piece(&mut self, sequence: u32, piece: Bytes) -> Result<(), Refusal> {
        if let Some(known) = self.pieces.get(&sequence) {
            return if *known == piece { Ok(()) } else { Err(Refusal::Repeated) };
        }
        let (limit, last) = match &self.header {
            Some(header) => (header.size_bytes as usize, header.parts),
            None => (PROPOSAL_BYTES_MAX, PIECES_MAX),
        };
        if sequence > last {
            return Err(Refusal::Sequence);
        }
        if self.bytes + piece.len() > limit {
            return Err(Refusal::Size);
        }
        self.bytes += piece.len();
        self.pieces.insert(sequence, piece);
        Ok(())
    }

    fn complete(&mut self) -> Option<(PartsHeader, Bytes)> {
        let header = self.header.clone()?;
        if self.pieces.len() != header.parts as usize || self.bytes != header.size_bytes as usize {
            return None;
        }
        self.done = true;
        let pieces = core::mem::take(&mut self.pieces);
        let bytes = if pieces.len() == 1 {
            pieces.into_values().next()?
        } else {
            let mut bytes = BytesMut::with_capacity(self.bytes);
            pieces.values().for_each(|piece| bytes.extend_from_slice(piece));
            bytes.freeze()
        };
        self.bytes = 0;
        Some((header, bytes))
    }
}

/// Cuts an encoded proposal into pieces; piece `i` travels with sequence `i + 1`.
pub fn split(bytes: &Bytes) -> Vec<Bytes> {
    (0..bytes.len())
        .step_by(PART_BYTES_MAX)
        .map(|from| bytes.slice(from..bytes.len().min(from + PART_BYTES_MAX)))
        .collect()
}
