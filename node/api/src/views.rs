//! JSON of the answers. Hashes, keys and bytes are lower hex; times are milliseconds since 1970-01-01 UTC.

use crate::{
    language::Language,
    ports::{Block, Committed, DecidedHeader, Record, Status},
    problem::{ApiError, Problem},
};
use serde::Serialize;
use utoipa::ToSchema;
use yinglian_protocol::{
    Address, Code, CreditCode, EnvelopeId, Event, Header, Name, Payload, Quorum, RegistryWrite,
    Suite, ValidatorSet,
};

/// What became of an envelope, or of its submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EnvelopeAnswer {
    /// `accepted` promises nothing yet; the end is one of `committed`, `expired`, `rejected`. `unknown`: never seen here.
    pub state: State,
    /// Id of the envelope; absent when it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub id: Option<EnvelopeId>,
    /// True when the same envelope had been submitted before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<bool>,
    /// `YL0000` when applied; the contract's code when it refused; the reason of a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    /// What the code means, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Position in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Index in the block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Time of the block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// Why it was rejected, in a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// State of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Waits for a block.
    Accepted,
    /// In a decided block.
    Committed,
    /// Can no longer enter a block.
    Expired,
    /// Refused at admission.
    Rejected,
    /// Never seen by this node.
    Unknown,
}

impl EnvelopeAnswer {
    fn blank(state: State) -> Self {
        Self {
            state,
            id: None,
            repeated: None,
            code: None,
            title: None,
            position: None,
            height: None,
            index: None,
            time_ms: None,
            problem: None,
        }
    }

    pub(crate) fn of(id: EnvelopeId, status: Status, language: Language) -> Self {
        let (state, code) = match status {
            Status::Unknown => (State::Unknown, None),
            Status::Pending => (State::Accepted, None),
            Status::Expired => (State::Expired, Some(Code::EXPIRED)),
            Status::Committed(at) => (State::Committed, Some(at.code)),
        };
        let mut answer = Self { id: Some(id), ..Self::blank(state) };
        if let Some(code) = code {
            answer.explain(code, language);
        }
        if let Status::Committed(Committed { position, height, index, time_ms, .. }) = status {
            answer.position = Some(position.0);
            answer.height = Some(height.0);
            answer.index = Some(index);
            answer.time_ms = Some(time_ms);
        }
        answer
    }

    pub(crate) fn explain(&mut self, code: Code, language: Language) {
        self.code = Some(code);
        self.title = Some(language.text(code).title.into());
    }

    pub(crate) fn rejected(error: &ApiError, language: Language) -> Self {
        Self {
            code: Some(error.refusal.code),
            problem: Some(error.problem(language)),
            ..Self::blank(State::Rejected)
        }
    }
}

/// A decided header.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeaderAnswer {
    /// Hash of the header.
    pub hash: String,
    /// The header.
    #[schema(value_type = Object)]
    pub header: Header,
    /// The proof that it was decided.
    pub quorum: QuorumAnswer,
}

/// Signatures over a header.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuorumAnswer {
    /// Round that decided.
    pub round: u32,
    /// Signatures in the order of the validators.
    pub signatures: Vec<SignatureAnswer>,
}

/// One validator's signature.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignatureAnswer {
    /// Index in the set.
    pub index: u16,
    /// 64 bytes.
    pub signature: String,
}

impl QuorumAnswer {
    fn of(quorum: &Quorum) -> Self {
        let signatures = quorum.signatures.iter().map(|(index, signature)| SignatureAnswer {
            index: *index,
            signature: signature.to_string(),
        });
        Self { round: quorum.round, signatures: signatures.collect() }
    }
}

impl From<DecidedHeader> for HeaderAnswer {
    fn from(decided: DecidedHeader) -> Self {
        Self {
            hash: decided.header.hash().to_string(),
            quorum: QuorumAnswer::of(&decided.quorum),
            header: decided.header,
        }
    }
}

/// The set that decides a height.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatorsAnswer {
    /// Height that the set decides.
    pub height: u64,
    /// Hash of the set, as in headers.
    pub hash: String,
    /// Weight of all.
    pub total_weight: u64,
    /// Validators in the order of their indexes.
    pub validators: Vec<ValidatorAnswer>,
}

/// One validator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatorAnswer {
    /// Address of the consensus key.
    #[schema(value_type = String)]
    pub address: Address,
    /// Organisation that runs it.
    #[schema(value_type = String)]
    pub organization: CreditCode,
    /// Consensus key with its algorithm byte.
    pub public_key: String,
    /// Voting weight.
    pub weight: u64,
}

impl ValidatorsAnswer {
    pub(crate) fn of(height: u64, set: &ValidatorSet, suite: Suite) -> Self {
        let validators = set.iter().map(|validator| ValidatorAnswer {
            address: validator.address(),
            organization: validator.organization,
            public_key: validator.public_key.to_string(),
            weight: validator.weight,
        });
        Self {
            height,
            hash: set.hash(suite).to_string(),
            total_weight: set.total_weight(),
            validators: validators.collect(),
        }
    }
}

/// One committed envelope, as events and blocks show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryAnswer {
    /// Block.
    pub height: u64,
    /// Index in the block.
    pub index: u32,
    /// Position in the log.
    pub position: u64,
    /// Time of the block.
    pub time_ms: u64,
    /// Id of the envelope.
    #[schema(value_type = String)]
    pub envelope_id: EnvelopeId,
    /// Contract called.
    #[schema(value_type = String)]
    pub contract: Name,
    /// Method called.
    #[schema(value_type = String)]
    pub method: Name,
    /// Applied, or why the contract refused.
    #[schema(value_type = String)]
    pub code: Code,
    /// Who signed.
    #[schema(value_type = String)]
    pub sender: Address,
    /// His organisation.
    #[schema(value_type = String)]
    pub organization: CreditCode,
    /// What the contract emitted.
    #[schema(value_type = Vec<Object>)]
    pub events: Vec<Event>,
}

/// The entries of a block; a stored block that does not fit together is the node's own fault.
pub(crate) fn entries(block: &Block) -> Result<Vec<EntryAnswer>, ApiError> {
    let payload = Payload::decode(&block.payload).map_err(|_| Code::STATE_CORRUPT)?;
    if payload.envelopes.len() != block.outcomes.len() {
        return Err(Code::STATE_CORRUPT.into());
    }
    let pairs = payload.envelopes.into_iter().zip(&block.outcomes);
    let entries = (0_u32..).zip(pairs).map(|(index, (envelope, record))| EntryAnswer {
        height: block.header.height.0,
        index,
        position: block.log_start.saturating_add(u64::from(index)),
        time_ms: block.header.time_ms,
        envelope_id: envelope.body.id(block.header.suite),
        contract: envelope.body.contract,
        method: envelope.body.method,
        code: record.outcome.code,
        sender: envelope.body.sender,
        organization: record.organization,
        events: record.outcome.events.clone(),
    });
    Ok(entries.collect())
}

/// A block, or the caller's part of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockAnswer {
    /// The header with its quorum.
    #[serde(flatten)]
    pub decided: HeaderAnswer,
    /// Position of the block's first leaf.
    pub log_start: u64,
    /// Envelopes in the block, also those that the caller may not see.
    pub records: u64,
    /// True when entries of other organisations were left out.
    pub partial: bool,
    /// The entries that the caller may see.
    pub entries: Vec<EntryAnswer>,
}

/// A record with its arguments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordAnswer {
    /// Id of the envelope.
    #[schema(value_type = String)]
    pub id: EnvelopeId,
    /// Contract called.
    #[schema(value_type = String)]
    pub contract: Name,
    /// Method called.
    #[schema(value_type = String)]
    pub method: Name,
    /// Version of the method's layout.
    pub method_version: u16,
    /// Arguments as JSON; null when this node does not know the method.
    #[schema(value_type = Object)]
    pub arguments: serde_json::Value,
    /// Arguments as signed.
    pub arguments_hex: String,
    /// Who signed.
    #[schema(value_type = String)]
    pub sender: Address,
    /// His organisation when the record was executed.
    #[schema(value_type = String)]
    pub organization: CreditCode,
    /// Signature of the sender.
    pub signature: String,
    /// Applied, or why the contract refused.
    #[schema(value_type = String)]
    pub code: Code,
    /// Position in the log.
    pub position: u64,
    /// Block.
    pub height: u64,
    /// Index in the block.
    pub index: u32,
    /// Time of the block.
    pub time_ms: u64,
    /// What the contract emitted.
    #[schema(value_type = Vec<Object>)]
    pub events: Vec<Event>,
    /// What it wrote into the registry.
    pub writes: Vec<WriteAnswer>,
}

/// One write into the registry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WriteAnswer {
    /// Registry key.
    pub key: String,
    /// Version of the value, from 1.
    pub version: u64,
    /// Hash of the value.
    pub value_hash: String,
}

impl From<&RegistryWrite> for WriteAnswer {
    fn from(write: &RegistryWrite) -> Self {
        Self {
            key: hex::encode(&write.key),
            version: write.version,
            value_hash: write.value_hash.to_string(),
        }
    }
}

impl RecordAnswer {
    pub(crate) fn of(record: Record, arguments: serde_json::Value) -> Self {
        let body = record.envelope.body;
        let outcome = record.outcome.outcome;
        Self {
            id: record.id,
            contract: body.contract,
            method: body.method,
            method_version: body.method_version,
            arguments,
            arguments_hex: hex::encode(&body.arguments),
            sender: body.sender,
            organization: record.outcome.organization,
            signature: record.envelope.signature.to_string(),
            code: outcome.code,
            position: record.committed.position.0,
            height: record.committed.height.0,
            index: record.committed.index,
            time_ms: record.committed.time_ms,
            writes: outcome.writes.iter().map(WriteAnswer::from).collect(),
            events: outcome.events,
        }
    }
}
