//! What is fixed for a chain, and what a block builds upon.

use crate::Rules;
use yinglian_contract_api::Contracts;
use yinglian_protocol::{Genesis, GenesisHash, Hash, Header, HeaderFlags, Height, Suite};

/// Version of the rules that this program runs. A height under another version stops it: no block is judged, none is made.
pub const PROTOCOL_VERSION: u32 = 1;

/// Everything that does not change from block to block.
pub struct Chain {
    /// Suite of every hash.
    pub suite: Suite,
    /// Name of the chain.
    pub genesis: GenesisHash,
    /// Flags that every header carries.
    pub flags: HeaderFlags,
    /// Version of the rules that the chain began under; the registry may name a later one.
    pub protocol_version: u32,
    /// The contracts.
    pub contracts: Contracts,
    /// What the chain reads of its registry.
    pub rules: Box<dyn Rules>,
}

impl Chain {
    /// The chain of a genesis.
    pub fn new(genesis: &Genesis, contracts: Contracts, rules: Box<dyn Rules>) -> Self {
        Self {
            suite: genesis.suite,
            genesis: genesis.hash(),
            flags: genesis.flags,
            protocol_version: genesis.protocol_version,
            contracts,
            rules,
        }
    }
}

/// The block before, or the genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Hash of the header; of the genesis before block 1.
    pub hash: Hash,
    /// Its height; 0 for the genesis.
    pub height: Height,
    /// Its time, milliseconds.
    pub time_ms: u64,
    /// Leaves in the log after it.
    pub log_size: u64,
    /// Root of the registry after it.
    pub registry_root: Hash,
}

impl Parent {
    /// What block 1 builds upon.
    pub fn genesis(genesis: &Genesis) -> Self {
        Self {
            hash: genesis.hash().0,
            height: Height(0),
            time_ms: genesis.time_ms,
            log_size: 0,
            registry_root: genesis.registry_root,
        }
    }

    /// What the block after this header builds upon.
    pub fn of(header: &Header) -> Self {
        Self {
            hash: header.hash(),
            height: header.height,
            time_ms: header.time_ms,
            log_size: header.log_size,
            registry_root: header.registry_root,
        }
    }
}
