//! Arguments of the contract `record`.

use super::text;
use crate::{EnvelopeId, Name};
use alloc::{string::String, vec::Vec};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Name of the contract.
pub const CONTRACT: &str = "record";
/// `record.notarize`, version 1.
pub const NOTARIZE: &str = "notarize";

/// Longest business key, bytes.
pub const BUSINESS_KEY_BYTES_MAX: usize = 128;
/// Longest title and reason, bytes of UTF-8.
pub const TITLE_BYTES_MAX: usize = 512;
/// Longest name of a system and longest operator's tag, bytes of UTF-8.
pub const SOURCE_BYTES_MAX: usize = 128;

/// One record to be notarised (存证).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notarize {
    /// Kind of record, e.g. `file`, `row`, `exchange.report`.
    pub kind: Name,
    /// Key of the business object; unique meaning within the organisation, free of personal data. 1 to 128 characters of
    /// `A-Z a-z 0-9 . _ : / -`: a declared code field, which the guard against personal data does not read.
    pub business_key: String,
    /// Digest of what is notarised.
    pub digest: Digest,
    /// Free text for people; empty when there is nothing to say.
    pub title: String,
    /// Where the record comes from.
    pub source: Source,
    /// The earlier record that this one corrects, with the reason.
    pub corrects: Option<Correction>,
}

/// A digest with its algorithm and the length of what was digested.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// `sm3` or `sha256`.
    pub algorithm: Name,
    /// 32 bytes, lower hex in JSON.
    pub value: yinglian_crypto::Hash,
    /// Bytes digested.
    #[serde(with = "text::number")]
    pub length_bytes: u64,
}

/// What a court asks of electronic evidence: system, method, operator, clock.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// System that produced it.
    pub system: String,
    /// How it was captured, e.g. `api`, `file-scan`, `manual`.
    pub method: Name,
    /// Tag of the operator (never a person's name).
    pub operator_tag: String,
    /// The source's own clock, milliseconds since 1970-01-01 UTC; in JSON an RFC 3339 time.
    #[serde(rename = "clock", with = "text::time")]
    pub clock_ms: u64,
}

/// A correction instead of a deletion (更正).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The record that is corrected.
    pub record: EnvelopeId,
    /// Why.
    pub reason: String,
}

impl Digest {
    /// True for a known algorithm and a value that is not all zeros.
    pub fn is_plausible(&self) -> bool {
        matches!(self.algorithm.as_str(), "sm3" | "sha256")
            && self.value != yinglian_crypto::Hash::ZERO
    }
}

impl Notarize {
    /// Fields in which people write freely: the guard against personal data reads these.
    pub fn free_texts(&self) -> Vec<&str> {
        let mut texts = alloc::vec![
            self.title.as_str(),
            self.source.system.as_str(),
            self.source.operator_tag.as_str()
        ];
        if let Some(correction) = &self.corrects {
            texts.push(correction.reason.as_str());
        }
        texts
    }
}
