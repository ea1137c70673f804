//! The tree over the leaves of a batch, RFC 9162 section 2.1, with all its nodes: whoever holds the rows makes the proofs.
use alloc::{vec, vec::Vec};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::log::{self, InclusionProof};

/// Every level of a tree, the leaves first.
#[derive(Debug, Clone)]
pub struct RowTree {
    levels: Vec<Vec<Hash>>,
}

/// Root over leaf hashes.
pub fn root(suite: Suite, leaves: &[Hash]) -> Hash {
    let mut level = match leaves {
        [] => return log::empty_root(suite),
        [only] => return *only,
        leaves => next_level(suite, leaves),
    };
    while level.len() > 1 {
        level = next_level(suite, &level);
    }
    level.first().copied().unwrap_or_default()
}

/// The level above: a hash without neighbour goes up as it is.
fn next_level(suite: Suite, level: &[Hash]) -> Vec<Hash> {
    let mut above = log::node_hashes(suite, level);
    if let [.., last] = level
        && !level.len().is_multiple_of(2)
    {
        above.push(*last);
    }
    above
}

impl RowTree {
    /// The tree over leaf hashes in their order.
    pub fn new(suite: Suite, leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = next_level(suite, level);
            levels.push(above);
        }
        Self { levels }
    }

    /// The proof of the leaf at `index`; `None` when there is none.
    pub fn proof(&self, index: usize) -> Option<InclusionProof> {
        let leaves = self.levels.first()?.len();
        if index >= leaves {
            return None;
        }
        let siblings = self.levels.iter().enumerate().filter_map(|(height, level)| {
            let place = index.checked_shr(u32::try_from(height).ok()?)?;
            level.get(place ^ 1).copied()
        });
        let (size, path) = (u64::try_from(leaves).ok()?, siblings.collect());
        Some(InclusionProof { size, index: u64::try_from(index).ok()?, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_proofs_are_those_of_the_log() {
        for suite in Suite::ALL {
            for count in 0..70_u8 {
                let leaves: Vec<_> = (0..count).map(|n| log::leaf_hash(suite, &[n])).collect();
                let root = root(suite, &leaves);
                assert_eq!(root, log::root(suite, leaves.iter().copied()));
                let tree = RowTree::new(suite, leaves.clone());
                for (index, leaf) in leaves.iter().enumerate() {
                    assert_eq!(tree.proof(index).unwrap().verify(suite, leaf, &root), Ok(()));
                }
                assert_eq!(tree.proof(leaves.len()), None);
            }
        }
    }
}
