//! The log as stored: tiles of 16 hashes. Decides how leaves are laid out and which stored nodes make up a proof.
//!
//! Tile (level, index) holds the roots of 16 neighbouring complete subtrees of 16^level leaves each; the tile at the right
//! edge holds fewer. Tiles only grow, so every earlier size can be proven from the current ones.

mod proofs;
mod tiles;

pub use proofs::{consistency, inclusion};

use crate::{ChangeSet, KeyValue, Overlay, StateError};
use tiles::{TILE_HASHES, TILE_SLOTS, Tiles};
use yinglian_protocol::log::Frontier;
use yinglian_protocol::{Hash, LogPosition, Suite};

/// From this many leaves on, reading the peaks back from the tiles is cheaper than merging leaf by leaf.
const RELOAD_LEAVES: usize = 64;

/// Size, root and peaks of the log at the end of some block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    suite: Suite,
    frontier: Frontier,
}

impl LogState {
    /// The log of the first `size` leaves that the tiles hold.
    pub fn load(kv: &dyn KeyValue, suite: Suite, size: u64) -> Result<Self, StateError> {
        let frontier = Tiles::new(kv, suite).frontier(size)?;
        Ok(Self { suite, frontier })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root of the log.
    pub fn root(&self) -> Hash {
        self.frontier.root(self.suite)
    }

    /// Size and peaks.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends leaves; the tiles they touch go into `changes`, which may already hold earlier appends.
    pub fn append(
        &mut self,
        kv: &dyn KeyValue,
        leaf_hashes: &[Hash],
        changes: &mut ChangeSet,
    ) -> Result<(), StateError> {
        let mut start = self.size();
        let mut level = 0_u8;
        let mut hashes = leaf_hashes.to_vec();
        while !hashes.is_empty() {
            hashes = self.append_level(kv, level, start, hashes, changes)?;
            start = start.checked_div(TILE_HASHES).unwrap_or(0);
            level = level.saturating_add(1);
        }
        let size = self.size().saturating_add(u64::try_from(leaf_hashes.len()).unwrap_or(0));
        if leaf_hashes.len() < RELOAD_LEAVES {
            leaf_hashes.iter().for_each(|hash| self.frontier.append(self.suite, *hash));
        } else {
            let overlay = Overlay::new(kv, changes);
            self.frontier = Tiles::new(&overlay, self.suite).frontier(size)?;
        }
        Ok(())
    }

    /// Appends hashes to the tiles of one level; returns the roots of the tiles that became full.
    fn append_level(
        &self,
        kv: &dyn KeyValue,
        level: u8,
        start: u64,
        hashes: Vec<Hash>,
        changes: &mut ChangeSet,
    ) -> Result<Vec<Hash>, StateError> {
        let mut index = start.checked_div(TILE_HASHES).unwrap_or(0);
        let held = start.checked_rem(TILE_HASHES).unwrap_or(0);
        let mut tile = match held {
            0 => Vec::new(),
            held => tiles::read(&Overlay::new(kv, changes), level, index, held)?,
        };
        tile.extend(hashes);
        let (full, rest) = tile.as_chunks::<TILE_SLOTS>();
        for hashes in full {
            tiles::write(changes, level, index, hashes);
            index = index.saturating_add(1);
        }
        if !rest.is_empty() {
            tiles::write(changes, level, index, rest);
        }
        Ok(tiles::roots(self.suite, full))
    }
}

/// Hash of a leaf; none when the tiles do not reach that far.
pub fn leaf(kv: &dyn KeyValue, position: LogPosition) -> Result<Option<Hash>, StateError> {
    tiles::leaf(kv, position.0)
}
