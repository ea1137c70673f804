//! Inclusion and consistency proofs out of tiles, in the shape of RFC 9162 sections 2.1.3.1 and 2.1.4.1.

use super::tiles::Tiles;
use crate::{KeyValue, StateError};
use yinglian_protocol::log::{ConsistencyProof, InclusionProof};
use yinglian_protocol::{Hash, Suite};

/// Proves the leaf at `index` in the log of the first `size` leaves.
pub fn inclusion(
    kv: &dyn KeyValue,
    suite: Suite,
    size: u64,
    index: u64,
) -> Result<InclusionProof, StateError> {
    if index >= size {
        return Err(StateError::OutOfRange { asked: index, size });
    }
    let mut tiles = Tiles::new(kv, suite);
    let mut part = Part::whole(size);
    let mut path = Vec::new();
    while part.leaves > 1 {
        let (left, right) = part.split();
        let sibling = if index < right.start { right } else { left };
        path.push(sibling.root(&mut tiles)?);
        part = if index < right.start { left } else { right };
    }
    path.reverse();
    Ok(InclusionProof { size, index, path })
}

/// Proves that the log of `new_size` leaves begins with the log of `old_size` leaves.
pub fn consistency(
    kv: &dyn KeyValue,
    suite: Suite,
    old_size: u64,
    new_size: u64,
) -> Result<ConsistencyProof, StateError> {
    if old_size > new_size {
        return Err(StateError::OutOfRange { asked: old_size, size: new_size });
    }
    let mut path = Vec::new();
    if old_size > 0 {
        let mut tiles = Tiles::new(kv, suite);
        let mut part = Part::whole(new_size);
        let mut is_old_root = true;
        while part.end() != old_size {
            let (left, right) = part.split();
            let goes_left = old_size <= right.start;
            path.push(if goes_left { right } else { left }.root(&mut tiles)?);
            part = if goes_left { left } else { right };
            is_old_root &= goes_left;
        }
        // The verifier knows the old root; any other node it must be told.
        if !is_old_root {
            path.push(part.root(&mut tiles)?);
        }
        path.reverse();
    }
    Ok(ConsistencyProof { old_size, new_size, path })
}

/// Neighbouring leaves that form a node of the tree.
#[derive(Clone, Copy)]
struct Part {
    start: u64,
    leaves: u64,
}

impl Part {
    fn whole(leaves: u64) -> Self {
        Self { start: 0, leaves }
    }

    fn end(&self) -> u64 {
        self.start.saturating_add(self.leaves)
    }

    /// Splits at the largest power of two below the number of leaves, of which there are at least two.
    fn split(self) -> (Self, Self) {
        let last = self.leaves.saturating_sub(1);
        let width = last.checked_ilog2().and_then(|level| 1_u64.checked_shl(level)).unwrap_or(0);
        let left = Self { start: self.start, leaves: width };
        let right = Self { start: left.end(), leaves: self.leaves.saturating_sub(width) };
        (left, right)
    }

    fn root(self, tiles: &mut Tiles<'_>) -> Result<Hash, StateError> {
        tiles.root(self.start, self.leaves)
    }
}
