//! Proof of presence or absence of a key, read down the pages.

use super::page::{self, PAGE_LEVELS, PAGES_MAX, Page, PagePath};
use crate::{KeyValue, StateError};
use yinglian_protocol::registry::{RegistryProof, Subtree, Terminal, bit, key_hash};
use yinglian_protocol::{Hash, Suite};

const CORRUPT: StateError = StateError::Corrupt { what: "registry page" };

/// Proves that the registry with this root holds the key, or does not. Pages of another root are refused: only the current
/// version is kept.
pub fn prove(
    kv: &dyn KeyValue,
    suite: Suite,
    root: &Hash,
    key: &[u8],
) -> Result<RegistryProof, StateError> {
    let wanted = key_hash(suite, key);
    let mut siblings = Vec::new();
    let mut path = PagePath::root();
    let mut page = page::read(kv, &path)?.unwrap_or_else(Page::empty);
    for _ in 0..PAGES_MAX {
        let end = descend(suite, &page, &path, &wanted, &mut siblings)?;
        if let Some(terminal) = end {
            siblings.reverse();
            let proof = RegistryProof { siblings, terminal };
            let derived = proof.resolve(suite, &wanted).map_err(|_| CORRUPT)?.1;
            return if derived == *root { Ok(proof) } else { Err(CORRUPT) };
        }
        path = path.child(path.slot(&wanted));
        page = page::expect(kv, &path)?;
    }
    Err(CORRUPT)
}

/// Collects the siblings on the key's way through one page, from the top; returns where it ends, or none when it goes on
/// in the page below.
fn descend(
    suite: Suite,
    page: &Page,
    path: &PagePath,
    wanted: &Hash,
    siblings: &mut Vec<Hash>,
) -> Result<Option<Terminal>, StateError> {
    let first_bit = path.depth().saturating_mul(PAGE_LEVELS);
    let mut levels = page.levels(suite).into_iter().rev();
    let mut index = 0_usize;
    let top = levels.next().unwrap_or_default();
    let mut node = top.first().copied().ok_or(CORRUPT)?;
    for (depth, level) in (first_bit..).zip(levels) {
        if let Some(terminal) = terminal(node) {
            return Ok(Some(terminal));
        }
        index = index.saturating_mul(2).saturating_add(usize::from(bit(wanted, depth)));
        node = level.get(index).copied().ok_or(CORRUPT)?;
        siblings.push(level.get(index ^ 1).ok_or(CORRUPT)?.hash(suite));
    }
    Ok(terminal(node))
}

fn terminal(node: Subtree) -> Option<Terminal> {
    match node {
        Subtree::Empty => Some(Terminal::Empty),
        Subtree::Leaf { key_hash, value_hash } => Some(Terminal::Leaf { key_hash, value_hash }),
        Subtree::Inner { .. } => None,
    }
}
