//! Tiles by themselves: their keys and bytes, and the nodes that can be read out of them.

use crate::{ChangeSet, KeyValue, Space, StateError};
use std::collections::BTreeMap;
use yinglian_protocol::log::{Frontier, node_hash, node_hashes};
use yinglian_protocol::{Hash, Suite};

/// Hashes of a full tile.
pub(super) const TILE_HASHES: u64 = 16;
/// The same as a length in memory.
pub(super) const TILE_SLOTS: usize = 16;
/// Levels of the tree that one level of tiles spans.
const TILE_LEVELS: u32 = 4;
const HASH_BYTES: usize = 32;
const CORRUPT: StateError = StateError::Corrupt { what: "log tile" };

fn key(level: u8, index: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(9);
    key.push(level);
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// Writes a tile as far as it reaches.
pub(super) fn write(changes: &mut ChangeSet, level: u8, index: u64, hashes: &[Hash]) {
    let bytes = hashes.iter().flat_map(|hash| hash.0).collect();
    changes.put(Space::LogTiles, key(level, index), bytes);
}

/// The first `held` hashes of a tile; fewer stored is corruption.
pub(super) fn read(
    kv: &dyn KeyValue,
    level: u8,
    index: u64,
    held: u64,
) -> Result<Vec<Hash>, StateError> {
    let bytes = kv.get(Space::LogTiles, &key(level, index))?.ok_or(CORRUPT)?;
    let mut hashes = parse(&bytes)?;
    let held = usize::try_from(held).map_err(|_| CORRUPT)?;
    if hashes.len() < held {
        return Err(CORRUPT);
    }
    hashes.truncate(held);
    Ok(hashes)
}

/// Hash of a leaf, if its tile holds it.
pub(super) fn leaf(kv: &dyn KeyValue, position: u64) -> Result<Option<Hash>, StateError> {
    let index = position.checked_div(TILE_HASHES).unwrap_or(0);
    let slot = position.checked_rem(TILE_HASHES).and_then(|slot| usize::try_from(slot).ok());
    let Some(bytes) = kv.get(Space::LogTiles, &key(0, index))? else {
        return Ok(None);
    };
    let hashes = parse(&bytes)?;
    Ok(slot.and_then(|slot| hashes.get(slot).copied()))
}

fn parse(bytes: &[u8]) -> Result<Vec<Hash>, StateError> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if rest.is_empty() && hashes.len() <= 16 {
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    } else {
        Err(CORRUPT)
    }
}

/// Roots of full tiles, level by level over all of them.
pub(super) fn roots(suite: Suite, full: &[[Hash; TILE_SLOTS]]) -> Vec<Hash> {
    let first = node_hashes(suite, full.as_flattened());
    (1..TILE_LEVELS).fold(first, |level, _| node_hashes(suite, &level))
}

/// Root of a complete subtree over a power of two of hashes.
pub(super) fn subtree_root(suite: Suite, hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.append(suite, *hash));
    frontier.root(suite)
}

/// Nodes of the tree, read through tiles that are kept while one question is answered.
pub(super) struct Tiles<'a> {
    kv: &'a dyn KeyValue,
    suite: Suite,
    read: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a> Tiles<'a> {
    pub(super) fn new(kv: &'a dyn KeyValue, suite: Suite) -> Self {
        Self { kv, suite, read: BTreeMap::new() }
    }

    /// Size and peaks of the log of the first `size` leaves.
    pub(super) fn frontier(&mut self, size: u64) -> Result<Frontier, StateError> {
        let peaks = self.complete_subtrees(0, size)?;
        Frontier::from_peaks(size, peaks).ok_or(CORRUPT)
    }

    /// Root over the leaves from `start`, which is a multiple of a power of two not below `leaves`.
    pub(super) fn root(&mut self, start: u64, leaves: u64) -> Result<Hash, StateError> {
        let peaks = self.complete_subtrees(start, leaves)?;
        let root =
            peaks.into_iter().rev().reduce(|right, left| node_hash(self.suite, &left, &right));
        root.ok_or(CORRUPT)
    }

    /// Roots of the complete subtrees that `leaves` is made of, from `start` on, largest first.
    fn complete_subtrees(&mut self, start: u64, leaves: u64) -> Result<Vec<Hash>, StateError> {
        let mut roots = Vec::new();
        let mut at = start;
        for level in (0..u64::BITS).rev() {
            let width = 1_u64.checked_shl(level).unwrap_or(0);
            if leaves & width != 0 {
                roots.push(self.node(level, at.checked_shr(level).unwrap_or(0))?);
                at = at.saturating_add(width);
            }
        }
        Ok(roots)
    }

    /// Root of the complete subtree of 2^level leaves with this index.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash, StateError> {
        let tile_level = u8::try_from(level / TILE_LEVELS).map_err(|_| CORRUPT)?;
        let row = level % TILE_LEVELS;
        let first = index.checked_shl(row).unwrap_or(u64::MAX);
        let tile = self.tile(tile_level, first.checked_div(TILE_HASHES).unwrap_or(0))?;
        let from = usize::try_from(first % TILE_HASHES).map_err(|_| CORRUPT)?;
        let count = 1_usize.checked_shl(row).unwrap_or(0);
        let hashes = tile.get(from..from.saturating_add(count)).ok_or(CORRUPT)?;
        Ok(subtree_root(self.suite, hashes))
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<Vec<Hash>, StateError> {
        if let Some(hashes) = self.read.get(&(level, index)) {
            return Ok(hashes.clone());
        }
        let bytes = self.kv.get(Space::LogTiles, &key(level, index))?.ok_or(CORRUPT)?;
        let hashes = parse(&bytes)?;
        self.read.insert((level, index), hashes.clone());
        Ok(hashes)
    }
}
