//! Envelopes written as JSON, for clients without a borsh encoder: the arguments are the contract's own JSON.

use crate::{problem::ApiError, service::Api};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yinglian_protocol::{
    Address, Code, Envelope, EnvelopeBody, Name, PublicKey, Signature, limits,
};

/// Layout version of the bodies made from JSON.
const FORMAT: u8 = 1;

/// A signed envelope as JSON.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonEnvelope {
    /// Contract called.
    #[schema(value_type = String, example = "record")]
    pub contract: Name,
    /// Method called.
    #[schema(value_type = String, example = "notarize")]
    pub method: Name,
    /// Version of the method's argument layout.
    #[schema(example = 1)]
    pub method_version: u16,
    /// Arguments as the contract describes them.
    #[schema(value_type = Object)]
    pub arguments: serde_json::Value,
    /// Address of the signing key.
    #[schema(value_type = String)]
    pub sender: Address,
    /// Last block time at which the envelope may enter a block, milliseconds since 1970-01-01 UTC.
    pub valid_until_ms: u64,
    /// 16 random bytes, hex.
    #[schema(example = "00112233445566778899aabbccddeeff")]
    pub random: String,
    /// 64 bytes, hex.
    #[schema(value_type = String)]
    pub signature: Signature,
}

/// An envelope to be prepared for signing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrepareRequest {
    /// Contract called.
    #[schema(value_type = String, example = "record")]
    pub contract: Name,
    /// Method called.
    #[schema(value_type = String, example = "notarize")]
    pub method: Name,
    /// Version of the method's argument layout.
    #[schema(example = 1)]
    pub method_version: u16,
    /// Arguments as the contract describes them.
    #[schema(value_type = Object)]
    pub arguments: serde_json::Value,
    /// The key that will sign: its address, or the key itself as hex, `01` and 04 ‖ x ‖ y for SM2.
    #[schema(value_type = String)]
    pub sender: Signatory,
    /// Last block time; ten minutes after the last header when absent.
    pub valid_until_ms: Option<u64>,
    /// 16 random bytes, hex; drawn by the node when absent.
    pub random: Option<String>,
}

/// Whose signature is to come.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Signatory(pub Address);

impl TryFrom<String> for Signatory {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let address = text.parse::<Address>().ok();
        // No text is both: an address begins with letters that hex has not.
        let address = address.or_else(|| Some(text.parse::<PublicKey>().ok()?.address()));
        address
            .map(Self)
            .ok_or("expected an address, or a public key in lower hex with its algorithm in front")
    }
}

/// An envelope ready to be signed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PrepareAnswer {
    /// Canonical body, hex. Body and signature one after the other are the binary envelope.
    pub body: String,
    /// Id that the envelope will have.
    pub id: String,
    /// The bytes to sign, hex: for devices that take a message.
    pub signing_bytes: String,
    /// e = SM3(Z ‖ M), hex: for SM2 devices that take a digest. Absent for Ed25519.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The envelope decoded back from `body`: show this to who signs.
    pub decoded: DecodedBody,
}

/// A body decoded back from its bytes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecodedBody {
    /// Layout version.
    pub format: u8,
    /// Contract called.
    #[schema(value_type = String)]
    pub contract: Name,
    /// Method called.
    #[schema(value_type = String)]
    pub method: Name,
    /// Version of the method's argument layout.
    pub method_version: u16,
    /// Arguments.
    #[schema(value_type = Object)]
    pub arguments: serde_json::Value,
    /// Address of the key that signs.
    #[schema(value_type = String)]
    pub sender: Address,
    /// Last block time at which the envelope may enter a block.
    pub valid_until_ms: u64,
    /// 16 random bytes, hex.
    pub random: String,
}

impl JsonEnvelope {
    /// Canonical bytes of the envelope that the JSON describes.
    pub(crate) fn encode(self, api: &Api) -> Result<Vec<u8>, ApiError> {
        let arguments = api.node().encode_arguments(
            &self.contract,
            &self.method,
            self.method_version,
            &self.arguments,
        )?;
        let body = EnvelopeBody {
            format: FORMAT,
            contract: self.contract,
            method: self.method,
            method_version: self.method_version,
            arguments,
            sender: self.sender,
            valid_until_ms: self.valid_until_ms,
            random: parse_random(&self.random)?,
        };
        let bytes = Envelope { body, signature: self.signature }.encode();
        if bytes.len() > limits::ENVELOPE_BYTES_MAX {
            return Err(Code::ENVELOPE_TOO_LARGE.into());
        }
        Ok(bytes)
    }
}

impl PrepareRequest {
    /// The body that the request describes.
    pub(crate) fn body(self, api: &Api, valid_until_ms: u64) -> Result<EnvelopeBody, ApiError> {
        let random = match &self.random {
            Some(text) => parse_random(text)?,
            None => draw_random()?,
        };
        let arguments = api.node().encode_arguments(
            &self.contract,
            &self.method,
            self.method_version,
            &self.arguments,
        )?;
        Ok(EnvelopeBody {
            format: FORMAT,
            contract: self.contract,
            method: self.method,
            method_version: self.method_version,
            arguments,
            sender: self.sender.0,
            valid_until_ms,
            random,
        })
    }
}

fn parse_random(text: &str) -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    hex::decode_to_slice(text, &mut random)
        .map_err(|_| ApiError::malformed("random is 16 bytes, 32 hex digits"))?;
    Ok(random)
}

fn draw_random() -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Code::INTERNAL)?;
    Ok(random)
}
