//! Tests of the host's decisions.

mod assembly;
mod host;
mod start;
mod sync;

use crate::Proposal;
use bytes::Bytes;
use std::sync::Arc;
use yinglian_protocol::{Address, Hash, Header, HeaderFlags, Height, Payload, Suite};

pub(super) const SUITE: Suite = Suite::International;

pub(super) fn address(name: &str) -> Address {
    yinglian_crypto::SigningKey::from_seed(SUITE, name.as_bytes()).public_key().address()
}

pub(super) fn proposal(
    height: u64,
    round: u32,
    proposer: Address,
    payload: &'static [u8],
) -> Arc<Proposal> {
    let header = Header {
        version: 1,
        suite: SUITE,
        flags: HeaderFlags::default(),
        height: Height(height),
        round,
        time_ms: 1,
        previous: Hash::ZERO,
        payload_hash: Payload::hash(SUITE, payload),
        log_size: 0,
        log_root: Hash::ZERO,
        registry_root: Hash::ZERO,
        validators_hash: Hash::ZERO,
        next_validators_hash: Hash::ZERO,
        protocol_version: 1,
        proposer,
    };
    Arc::new(Proposal { header, payload: Bytes::from_static(payload) })
}
