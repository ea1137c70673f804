//! Compares our registry tree with a Jellyfish Merkle tree (crate jmt) under SM3: the same keys, the same values of 80
//! bytes, blocks of 5,000 writes, and the same kind of store below (encoded nodes in an ordered map), so that only the
//! trees differ. Prints CPU time of the calling thread. Figures: docs/decisions/0003-registry-tree.md.

use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::RwLock;
use yinglian_protocol::registry::EMPTY_ROOT;
use yinglian_protocol::{Hash, RegistryValue, Suite};
use yinglian_state::{ChangeSet, KeyValue, MemoryState, Space, registry};

const SUITE: Suite = Suite::National;
const BLOCK: u64 = 5_000;
const BLOCKS: u64 = 20;
const PROOFS: u64 = 5_000;

fn main() -> anyhow::Result<()> {
    let keys: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    println!("{keys} keys, {BLOCKS} blocks of {BLOCK} random updates, SM3, CPU time of one thread");
    own(keys)?;
    jellyfish(keys)
}

/// The same pseudo-random choice of keys for both.
fn chosen(block: u64, keys: u64) -> impl Iterator<Item = u64> {
    (0..BLOCK).map(move |n| {
        let mixed = (block * BLOCK + n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) % keys
    })
}

fn key(number: u64) -> Vec<u8> {
    format!("credential/{number}").into_bytes()
}

fn value(number: u64, block: u64) -> Vec<u8> {
    let mut value = vec![0; 80];
    value[..8].copy_from_slice(&number.to_le_bytes());
    value[8..16].copy_from_slice(&block.to_le_bytes());
    value
}

fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn report(name: &str, what: &str, started_us: f64, operations: u64) {
    println!("{name}: {what} {:.1} us each", (cpu_us() - started_us) / operations as f64);
}

fn own(keys: u64) -> anyhow::Result<()> {
    let mut state = MemoryState::new();
    let mut root = EMPTY_ROOT;
    let mut written = 0;
    let mut write =
        |state: &mut MemoryState, root: &mut Hash, writes: BTreeMap<_, _>, spent: &mut f64| {
            let started = cpu_us();
            let mut changes = ChangeSet::new();
            *root = registry::update(state, SUITE, root, &writes, &mut changes)?;
            *spent += cpu_us() - started;
            written +=
                changes.iter().map(|(_, k, v)| k.len() + v.map_or(0, <[u8]>::len)).sum::<usize>();
            state.apply(changes);
            anyhow::Ok(written)
        };
    let mut spent = 0.0;
    for first in (0..keys).step_by(BLOCK as usize) {
        let writes = (first..(first + BLOCK).min(keys)).map(|n| (key(n), value(n, 0))).collect();
        write(&mut state, &mut root, writes, &mut spent)?;
    }
    println!("pages: load {:.1} us each", spent / keys as f64);
    let before = write(&mut state, &mut root, BTreeMap::new(), &mut spent)?;
    let (mut spent, mut after) = (0.0, before);
    for block in 1..=BLOCKS {
        let writes = chosen(block, keys).map(|n| (key(n), value(n, block))).collect();
        after = write(&mut state, &mut root, writes, &mut spent)?;
    }
    println!("pages: update {:.1} us each", spent / (BLOCKS * BLOCK) as f64);
    println!("pages: {} bytes written an update", (after - before) as u64 / (BLOCKS * BLOCK));
    let size = |space| -> anyhow::Result<u64> {
        let entries = state.scan(space, &[], &[], usize::MAX)?;
        Ok(entries.iter().map(|(k, v)| (k.len() + v.len()) as u64).sum())
    };
    println!("pages: {} bytes of pages a key", size(Space::RegistryPages)? / keys);
    let started = cpu_us();
    let mut siblings = 0;
    for number in 0..PROOFS {
        siblings += registry::prove(&state, SUITE, &root, &key(number))?.siblings.len() as u64;
    }
    report("pages", "membership proof", started, PROOFS);
    println!("pages: proof {} bytes", siblings * 32 / PROOFS + 4 + 1 + 64);
    let last = value(0, 0);
    let proof = registry::prove(&state, SUITE, &root, &key(keys))?;
    proof.verify(SUITE, &root, &key(keys), None)?;
    let hash = RegistryValue::hash_bytes(SUITE, &last);
    assert!(proof.verify(SUITE, &root, &key(keys), Some(&hash)).is_err());
    let proof = registry::prove(&state, SUITE, &root, &key(1))?;
    let started = cpu_us();
    let found = proof.resolve(SUITE, &yinglian_protocol::registry::key_hash(SUITE, &key(1)))?.0;
    for _ in 1..PROOFS {
        let _ = proof.verify(SUITE, &root, &key(1), found.as_ref());
    }
    report("pages", "verification", started, PROOFS);
    Ok(())
}

struct Sm3(sm3::Sm3);

impl jmt::SimpleHasher for Sm3 {
    fn new() -> Self {
        Self(sm3::Digest::new())
    }
    fn update(&mut self, data: &[u8]) {
        sm3::Digest::update(&mut self.0, data);
    }
    fn finalize(self) -> [u8; 32] {
        sm3::Digest::finalize(self.0).into()
    }
}

type Tree<'a> = jmt::JellyfishMerkleTree<'a, Nodes, Sm3>;

#[derive(Default)]
struct Nodes {
    nodes: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
    values: RwLock<BTreeMap<jmt::KeyHash, Vec<u8>>>,
}

impl jmt::storage::TreeReader for Nodes {
    fn get_node_option(
        &self,
        key: &jmt::storage::NodeKey,
    ) -> anyhow::Result<Option<jmt::storage::Node>> {
        let nodes = self.nodes.read().unwrap();
        let bytes = nodes.get(&borsh::to_vec(key)?);
        bytes.map(|bytes| Ok(borsh::from_slice(bytes)?)).transpose()
    }
    fn get_value_option(&self, _: u64, key: jmt::KeyHash) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.values.read().unwrap().get(&key).cloned())
    }
    fn get_rightmost_leaf(
        &self,
    ) -> anyhow::Result<Option<(jmt::storage::NodeKey, jmt::storage::LeafNode)>> {
        Ok(None)
    }
}

fn jellyfish(keys: u64) -> anyhow::Result<()> {
    let store = Nodes::default();
    let (mut version, mut written) = (0, 0_usize);
    let mut write = |numbers: &mut dyn Iterator<Item = u64>, spent: &mut f64| {
        let started = cpu_us();
        let set: BTreeMap<jmt::KeyHash, _> =
            numbers.map(|n| (jmt::KeyHash::with::<Sm3>(key(n)), Some(value(n, version)))).collect();
        let (_, update) = Tree::new(&store).put_value_set(set, version)?;
        let mut encoded = Vec::new();
        for (key, node) in update.node_batch.nodes() {
            encoded.push((borsh::to_vec(key)?, borsh::to_vec(node)?));
        }
        let stale: Vec<Vec<u8>> = update
            .stale_node_index_batch
            .iter()
            .map(|index| borsh::to_vec(&index.node_key))
            .collect::<Result<_, _>>()?;
        *spent += cpu_us() - started;
        written += encoded.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>()
            + stale.iter().map(Vec::len).sum::<usize>();
        let mut nodes = store.nodes.write().unwrap();
        for key in stale {
            nodes.remove(&key);
        }
        nodes.extend(encoded);
        for ((_, key), value) in update.node_batch.values() {
            written += 32 + value.as_ref().map_or(0, Vec::len);
            store.values.write().unwrap().insert(*key, value.clone().unwrap_or_default());
        }
        version += 1;
        anyhow::Ok((version - 1, written))
    };
    let mut spent = 0.0;
    for first in (0..keys).step_by(BLOCK as usize) {
        write(&mut (first..(first + BLOCK).min(keys)), &mut spent)?;
    }
    println!("jmt: load {:.1} us each", spent / keys as f64);
    let (_, before) = write(&mut (0..1), &mut 0.0)?;
    let (mut spent, mut last) = (0.0, (0, 0));
    for block in 1..=BLOCKS {
        last = write(&mut chosen(block, keys), &mut spent)?;
    }
    println!("jmt: update {:.1} us each", spent / (BLOCKS * BLOCK) as f64);
    println!("jmt: {} bytes written an update", (last.1 - before) as u64 / (BLOCKS * BLOCK));
    let bytes: u64 =
        store.nodes.read().unwrap().iter().map(|(k, v)| (k.len() + v.len()) as u64).sum();
    println!("jmt: {} bytes of nodes a key", bytes / keys);
    let tree = Tree::new(&store);
    let started = cpu_us();
    let mut bytes = 0;
    for number in 0..PROOFS {
        let (_, proof) = tree.get_with_proof(jmt::KeyHash::with::<Sm3>(key(number)), last.0)?;
        bytes += borsh::to_vec(&proof)?.len() as u64;
    }
    report("jmt", "membership proof", started, PROOFS);
    println!("jmt: proof {} bytes", bytes / PROOFS);
    let hash = jmt::KeyHash::with::<Sm3>(key(1));
    let (found, proof) = tree.get_with_proof(hash, last.0)?;
    let root = tree.get_root_hash(last.0)?;
    let found = found.unwrap_or_default();
    let started = cpu_us();
    for _ in 0..PROOFS {
        proof.verify_existence(root, hash, &found)?;
    }
    report("jmt", "verification", started, PROOFS);
    Ok(())
}
