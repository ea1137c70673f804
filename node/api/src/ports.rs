//! What the HTTP interface asks of the node. `node/src/adapters` answers it; the tests answer it from memory.
//!
//! Everything that comes in here was checked for size and shape, never for right: bytes of envelopes may be anything.
//! Who may read what is decided in this crate (`auth.rs`), from [`Node::identity`]; the answers to reads are not filtered.

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use utoipa::ToSchema;
use yinglian_interface::{Interface, Value};
use yinglian_protocol::{
    Address, Code, CreditCode, Envelope, EnvelopeId, ExportGenesis, Genesis, GenesisHash, Hash,
    Header, Height, LogPosition, Name, OutcomeRecord, PublicKey, Quorum, Region, RegistryValue,
    Suite, ValidatorSet, calls::Arguments,
};

/// The node did not do it: code, what is special about this case, and when to ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What a client acts on.
    pub code: Code,
    /// What the table of codes cannot know: values, names, limits. Never secrets or personal data.
    pub detail: Option<String>,
    /// After which time the same request may succeed.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal that the table of codes explains well enough.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, retry_after: None }
    }

    /// Says what is special about this case.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says when to ask again.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// An envelope that was taken: into the waiting room now, or earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: EnvelopeId,
    /// True when the same envelope was taken before; the answer is then that of the first time.
    pub repeated: bool,
}

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// This node never saw it, or forgot it.
    Unknown,
    /// In the waiting room, or in a block that is being decided.
    Pending,
    /// A header later than `valid_until_ms` shows that it can no longer enter.
    Expired,
    /// In a decided block, durable on this node.
    Committed(Committed),
}

/// Where an envelope was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Position of its leaf.
    pub position: LogPosition,
    /// Block that holds it.
    pub height: Height,
    /// Index in the block, from 0.
    pub index: u32,
    /// Time of the block, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Applied, or why the contract refused.
    pub code: Code,
}

/// The chain, as known since the node started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Suite of every hash and signature.
    pub suite: Suite,
    /// Hash of the genesis.
    pub genesis: GenesisHash,
}

/// A decided header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedHeader {
    /// The header.
    pub header: Header,
    /// The proof that it was decided.
    pub quorum: Quorum,
}

/// A decided block as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The proof that it was decided.
    pub quorum: Quorum,
    /// Position of the block's first leaf.
    pub log_start: u64,
    /// Encoded payload.
    pub payload: Bytes,
    /// Outcomes in the order of the envelopes.
    pub outcomes: Vec<OutcomeRecord>,
}

/// A record: an envelope with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Id of the envelope.
    pub id: EnvelopeId,
    /// The envelope.
    pub envelope: Envelope,
    /// Organisation of the sender, and the outcome.
    pub outcome: OutcomeRecord,
    /// Where it was recorded.
    pub committed: Committed,
}

/// Who an address is, in the newest state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Organisation of the key.
    pub organization: CreditCode,
    /// The key.
    pub public_key: PublicKey,
    /// True when the key was revoked or replaced; it may then no longer read.
    pub revoked: bool,
    /// Roles of the key, or of the delegation that it signs under.
    pub roles: Vec<Name>,
    /// Region in which it acts.
    pub region: Region,
    /// True when a person's or post's delegation signs, not a system's key.
    pub person: bool,
}

/// Proof that a leaf is in the log of a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// Leaves of the log proven against.
    pub size: u64,
    /// Position of the leaf.
    pub index: u64,
    /// Root of the log of that size.
    pub root: Hash,
    /// Hash of the leaf.
    pub leaf_hash: Hash,
    /// Nodes beside the path, from the leaf upwards (RFC 9162 section 2.1.3).
    pub path: Vec<Hash>,
}

/// Proof that a log is the beginning of a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConsistency {
    /// Leaves of the earlier log.
    pub old: u64,
    /// Root of the earlier log.
    pub old_root: Hash,
    /// Leaves of the later log.
    pub new: u64,
    /// Root of the later log.
    pub new_root: Hash,
    /// Nodes of RFC 9162 section 2.1.4.
    pub path: Vec<Hash>,
}

/// Proof of a registry key's current value, or of its absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryAnswer {
    /// Header whose `registry_root` the proof leads to.
    pub height: Height,
    /// That root.
    pub root: Hash,
    /// Encoded [`yinglian_protocol::RegistryValue`], none when absent.
    pub value: Option<Bytes>,
    /// Borsh of the registry proof.
    pub proof: Bytes,
}

/// A sentence for people in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// One thing to know about a node that is not well, or that nearly is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Code of the matter, where it has one.
    pub code: Option<Code>,
    /// What is so, in words.
    pub text: Sentence,
}

/// Why blocks are made, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// True when blocks are being decided.
    pub making_blocks: bool,
    /// What is so, the weightiest first: missing validators, disk, sign guard, evidence of double voting.
    pub reasons: Vec<Reason>,
}

/// A peer as the node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeerStatus {
    /// Address of the validator, none for an observer.
    #[schema(value_type = Option<String>)]
    pub address: Option<Address>,
    /// Id of the peer in the network.
    pub peer_id: String,
    /// True when it is connected now.
    pub connected: bool,
}

/// The node in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NodeStatus {
    /// Version of the program.
    pub version: String,
    /// `validator` or `observer`.
    pub role: String,
    /// Address of the validator key.
    #[schema(value_type = Option<String>)]
    pub address: Option<Address>,
    /// Height of the last committed block, 0 before the first.
    pub height: u64,
    /// Hash of the last header, or of the genesis.
    #[schema(value_type = String)]
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

/// Where the rules of a contract come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// They are part of the program.
    Coded,
    /// They were admitted on the running chain.
    Declared,
}

/// What a contract of the chain declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The interface.
    pub interface: Arc<Interface>,
    /// Where its rules come from.
    pub origin: Origin,
}

/// A page of the objects of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPage {
    /// Contract that declares it.
    pub contract: Name,
    /// Entity whose objects it sorts.
    pub entity: Name,
    /// The index.
    pub index: Name,
    /// Values of its first fields.
    pub given: Vec<Value>,
    /// Place of the object after which the page begins; none from the first on.
    pub after: Option<Vec<u8>>,
    /// Most objects.
    pub objects_max: usize,
}

/// An object as the registry holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its place in the index. It tells the object's values: not for callers.
    pub place: Vec<u8>,
    /// Its key, without the prefix.
    pub key: String,
    /// Its value.
    pub value: RegistryValue,
}

/// What the HTTP interface asks of the node. Every future may be dropped at any time.
#[async_trait]
pub trait Node: Send + Sync + 'static {
    /// The chain's names.
    fn chain(&self) -> Chain;

    /// Admission of one encoded envelope of at most `ENVELOPE_BYTES_MAX` bytes.
    async fn submit(&self, envelope: Bytes) -> Result<Accepted, Refusal>;
    /// The same for many, answers in their order.
    async fn submit_many(&self, envelopes: Vec<Bytes>) -> Vec<Result<Accepted, Refusal>>;
    /// What became of an envelope.
    async fn status(&self, id: EnvelopeId) -> Result<Status, Refusal>;
    /// Returns once the envelope has ended: `Committed` or `Expired`; at once when it is `Unknown`.
    async fn wait_end(&self, id: EnvelopeId) -> Result<Status, Refusal>;

    /// Borsh arguments of a method from their JSON.
    fn encode_arguments(
        &self,
        contract: &Name,
        method: &Name,
        version: u16,
        json: &serde_json::Value,
    ) -> Result<Vec<u8>, Refusal> {
        Arguments::from_json(contract.as_str(), method.as_str(), version, json)
            .map(|arguments| arguments.encode())
            .map_err(|error| Refusal::new(error.code).detail(error.detail))
    }

    /// JSON of a method's borsh arguments; refuses what is not canonical.
    fn decode_arguments(
        &self,
        contract: &Name,
        method: &Name,
        version: u16,
        arguments: &[u8],
    ) -> Result<serde_json::Value, Refusal> {
        Ok(Arguments::decode(contract.as_str(), method.as_str(), version, arguments)?.to_json()?)
    }

    /// What the contracts of the chain declare, by their names: those of the program, then those admitted.
    async fn interfaces(&self) -> Result<Vec<Declared>, Refusal>;
    /// What one contract declares; none when there is no such contract.
    async fn interface(&self, contract: &Name) -> Result<Option<Declared>, Refusal>;

    /// The object under a registry key, without proof.
    async fn object(&self, key: &[u8]) -> Result<Option<RegistryValue>, Refusal>;
    /// Objects in the order of an index; fewer than asked for are the last.
    async fn objects(&self, page: IndexPage) -> Result<Vec<StoredObject>, Refusal>;

    /// Height and time of the last committed header; height 0 and the genesis' time before the first.
    async fn tip(&self) -> Result<(Height, u64), Refusal>;
    /// Returns once this height is committed.
    async fn wait_height(&self, height: Height) -> Result<(), Refusal>;
    /// The block that holds a position of the log; none beyond its end.
    async fn height_of(&self, position: LogPosition) -> Result<Option<Height>, Refusal>;
    /// A decided header.
    async fn header(&self, height: Height) -> Result<Option<DecidedHeader>, Refusal>;
    /// A decided block.
    async fn block(&self, height: Height) -> Result<Option<Block>, Refusal>;
    /// The genesis.
    async fn genesis(&self) -> Result<Genesis, Refusal>;
    /// The genesis with its registry entries and set, for the export.
    async fn genesis_export(&self) -> Result<ExportGenesis, Refusal>;
    /// The set in force at a height of at most the tip's next.
    async fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Refusal>;
    /// Encoded `.trust` from the genesis to the tip.
    async fn trust(&self) -> Result<Bytes, Refusal>;

    /// Encoded receipt against the newest header, with the trust chain inside when asked for.
    async fn receipt(&self, id: EnvelopeId, embed_trust: bool) -> Result<Option<Bytes>, Refusal>;
    /// Inclusion of a position in the log of `size` leaves, or of the tip.
    async fn log_proof(
        &self,
        position: LogPosition,
        size: Option<u64>,
    ) -> Result<Option<LogProof>, Refusal>;
    /// Consistency of two sizes, `old <= new`; none when the log is shorter.
    async fn log_consistency(&self, old: u64, new: u64) -> Result<Option<LogConsistency>, Refusal>;
    /// A registry key of at most `REGISTRY_KEY_BYTES_MAX` bytes, with proof.
    async fn registry(&self, key: &[u8]) -> Result<RegistryAnswer, Refusal>;

    /// A record by id.
    async fn record(&self, id: EnvelopeId) -> Result<Option<Record>, Refusal>;
    /// Records of a business key, newest first: of one organisation, or of all.
    async fn records_of(
        &self,
        business_key: &str,
        organization: Option<CreditCode>,
        records_max: usize,
    ) -> Result<Vec<Record>, Refusal>;
    /// Who an address is, also when its key is revoked; none when it was never registered.
    async fn identity(&self, address: &Address) -> Result<Option<Identity>, Refusal>;

    /// Whether the node takes envelopes now.
    async fn ready(&self) -> Result<(), Refusal>;
    /// Why blocks are made, or why not.
    async fn why(&self) -> Why;
    /// The node in figures.
    async fn node_status(&self) -> Result<NodeStatus, Refusal>;
}
