//! The bytes that validators sign. The node calls these; the offline verifier rebuilds them.
//!
//! Comes in: what is signed. Goes out: its bytes, under a tag of their own for each purpose. Never: bytes that mean two things,
//! or the same on two chains.

use crate::{GenesisHash, Height, codec};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::Hash;

const TAG_VOTE: &str = "yinglian/vote/v1";
const TAG_PROPOSAL: &str = "yinglian/proposal/v1";
const TAG_PARTS: &str = "yinglian/parts/v1";
const TAG_REPORT: &str = "yinglian/report/v1";

/// The two votes of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum VoteKind {
    /// "I would accept this value."
    Prevote = 1,
    /// "A quorum would accept this value": the vote that a [`crate::Quorum`] collects.
    Precommit = 2,
}

/// First message of a proposal's parts, signed by the proposer of the round (spec 5).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PartsHeader {
    /// Height proposed for.
    pub height: Height,
    /// Round proposed in.
    pub round: u32,
    /// Round of the proof of lock, for a value proposed again.
    pub lock_round: Option<u32>,
    /// Hash of the header.
    pub value_id: Hash,
    /// Bytes of header and payload together.
    pub size_bytes: u32,
    /// Parts that follow.
    pub parts: u32,
}

fn signed<T: BorshSerialize>(tag: &str, genesis: &GenesisHash, body: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    bytes.extend_from_slice(tag.as_bytes());
    bytes.extend_from_slice(genesis.0.as_bytes());
    bytes.extend_from_slice(&codec::encode(body));
    bytes
}

/// `tag ‖ genesis hash ‖ kind ‖ height ‖ round ‖ value id`, the value id an option (none: a vote for no value).
pub fn vote_bytes(
    genesis: &GenesisHash,
    kind: VoteKind,
    height: Height,
    round: u32,
    value_id: Option<Hash>,
) -> Vec<u8> {
    signed(TAG_VOTE, genesis, &(kind, height, round, value_id))
}

/// `tag ‖ genesis hash ‖ height ‖ round ‖ lock round ‖ value id`.
pub fn proposal_bytes(
    genesis: &GenesisHash,
    height: Height,
    round: u32,
    lock_round: Option<u32>,
    value_id: Hash,
) -> Vec<u8> {
    signed(TAG_PROPOSAL, genesis, &(height, round, lock_round, value_id))
}

/// `tag ‖ genesis hash ‖ parts header`.
pub fn parts_bytes(genesis: &GenesisHash, header: &PartsHeader) -> Vec<u8> {
    signed(TAG_PARTS, genesis, header)
}

/// `tag ‖ genesis hash ‖ body`: reports among validators (sign-guard reports, peer proofs), the body chosen by the node.
pub fn report_bytes(genesis: &GenesisHash, body: &[u8]) -> Vec<u8> {
    signed(TAG_REPORT, genesis, &body)
}
