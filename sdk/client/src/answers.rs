//! Answers of nodes as values.

use serde::Deserialize;
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, Event, Hash, Header, Height, LogPosition, Name, Proven,
    Quorum, Receipt,
};

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvelopeState {
    /// Taken; promises nothing yet.
    Accepted,
    /// In a decided block.
    Committed,
    /// Can no longer enter a block.
    Expired,
    /// Refused at admission.
    Rejected,
    /// Never seen by the node that was asked.
    Unknown,
}

/// State of an envelope, and where it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EnvelopeStatus {
    /// Its state.
    pub state: EnvelopeState,
    /// Its id; absent when it was rejected.
    #[serde(default)]
    pub id: Option<EnvelopeId>,
    /// True when the same envelope had been submitted before.
    #[serde(default)]
    pub repeated: Option<bool>,
    /// [`Code::APPLIED`], the contract's refusal, or the reason of a rejection.
    #[serde(default)]
    pub code: Option<Code>,
    /// What the code means.
    #[serde(default)]
    pub title: Option<String>,
    /// Position in the log.
    #[serde(default)]
    pub position: Option<LogPosition>,
    /// Block.
    #[serde(default)]
    pub height: Option<Height>,
    /// Index in the block.
    #[serde(default)]
    pub index: Option<u32>,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    #[serde(default)]
    pub time_ms: Option<u64>,
}

impl EnvelopeStatus {
    /// True when nothing will change any more.
    pub fn is_end(&self) -> bool {
        matches!(
            self.state,
            EnvelopeState::Committed | EnvelopeState::Expired | EnvelopeState::Rejected
        )
    }
}

/// A header with the proof that it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedHeader {
    /// The header.
    pub header: Header,
    /// Signatures of the validators.
    pub quorum: Quorum,
    /// True when it was checked under the client's trust root.
    pub proven: bool,
}

/// A receipt as it came, decoded, and what it proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptAnswer {
    /// The bytes of the `.receipt` file.
    pub bytes: Vec<u8>,
    /// The same, decoded.
    pub receipt: Receipt,
    /// What it proves under the client's trust root; none without a root.
    pub proven: Option<Proven>,
}

/// One committed envelope, as event streams tell it. An event is news, not proof: the receipt proves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CommittedEvent {
    /// Block.
    pub height: Height,
    /// Index in the block.
    pub index: u32,
    /// Position in the log.
    pub position: LogPosition,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Id of the envelope.
    pub envelope_id: EnvelopeId,
    /// Contract called.
    pub contract: Name,
    /// Method called.
    pub method: Name,
    /// Applied, or why the contract refused.
    pub code: Code,
    /// Who signed.
    pub sender: Address,
    /// His organisation.
    pub organization: CreditCode,
    /// What the contract emitted.
    pub events: Vec<Event>,
}

/// A record as the node shows it to who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordView {
    /// Id of the envelope.
    pub id: EnvelopeId,
    /// Contract called.
    pub contract: Name,
    /// Method called.
    pub method: Name,
    /// Version of the method's layout.
    pub method_version: u16,
    /// Arguments as JSON; null when the node does not know the method.
    pub arguments: serde_json::Value,
    /// Arguments as signed, hex.
    pub arguments_hex: String,
    /// Who signed.
    pub sender: Address,
    /// His organisation when the record was executed.
    pub organization: CreditCode,
    /// Applied, or why the contract refused.
    pub code: Code,
    /// Position in the log.
    pub position: LogPosition,
    /// Block.
    pub height: Height,
    /// Index in the block.
    pub index: u32,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// What the contract emitted.
    pub events: Vec<Event>,
}

/// The node in figures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NodeStatus {
    /// Version of the program.
    pub version: String,
    /// `validator` or `observer`.
    pub role: String,
    /// Address of the validator key.
    pub address: Option<Address>,
    /// Height of the last committed block.
    pub height: u64,
    /// Hash of the last header, or of the genesis.
    pub header_hash: Hash,
    /// Time of the last header, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Leaves in the log.
    pub log_size: u64,
    /// True when the chain runs a chosen clock.
    pub test_clock: bool,
    /// Envelopes in the waiting room.
    pub pending_envelopes: u64,
    /// Their size, bytes.
    pub pending_bytes: u64,
    /// Free space where the node stores, bytes.
    pub disk_free_bytes: u64,
    /// True when the sign guard lets the node vote.
    pub signing: bool,
    /// Other nodes.
    pub peers: Vec<PeerStatus>,
}

/// A peer as a node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PeerStatus {
    /// Address of the validator, none for an observer.
    pub address: Option<Address>,
    /// Id of the peer in the network.
    pub peer_id: String,
    /// True when it is connected now.
    pub connected: bool,
}

/// Why blocks are made, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Why {
    /// True when blocks are being decided.
    pub making_blocks: bool,
    /// What is so, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// One thing to know about a node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reason {
    /// Code of the matter, where it has one.
    #[serde(default)]
    pub code: Option<Code>,
    /// What is so, in words.
    pub text: String,
    /// What to do, where the code tells.
    #[serde(default)]
    pub remedy: Option<String>,
}
