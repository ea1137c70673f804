//! The bytes that a caller signs to read what is not open (spec 9), and the names of the headers that carry them.
//!
//! Comes in: the parts of an HTTP request. Goes out: the bytes to sign. Never: HTTP itself, a clock, the decision who may read.

use crate::{GenesisHash, codec};
use alloc::vec::Vec;
use borsh::BorshSerialize;
use yinglian_crypto::{Hash, Suite};

const TAG_REQUEST: &str = "yinglian/request/v1";
const TAG_BODY: &str = "yinglian/request-body/v1";

/// Header with the caller's address, bech32m.
pub const REQUEST_HEADER_ADDRESS: &str = "yinglian-address";
/// Header with the time of signing, milliseconds since 1970-01-01 UTC, decimal.
pub const REQUEST_HEADER_TIME: &str = "yinglian-time";
/// Header with 16 random bytes, lower hex.
pub const REQUEST_HEADER_NONCE: &str = "yinglian-nonce";
/// Header with the signature, 64 bytes, lower hex.
pub const REQUEST_HEADER_SIGNATURE: &str = "yinglian-signature";
/// How far the time of signing may lie from the node's clock in either direction, milliseconds (five minutes).
pub const REQUEST_WINDOW_MS: u64 = 300_000;

/// What of a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize)]
pub struct RequestParts<'a> {
    /// HTTP method in capitals, `GET`.
    pub method: &'a str,
    /// Path with query, exactly as sent: `/v1/records?business_key=A-1`.
    pub path_and_query: &'a str,
    /// [`request_body_hash`] of the body, also of an empty one.
    pub body_hash: Hash,
    /// Time of signing, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Random bytes; a node takes each once within the window.
    pub nonce: [u8; 16],
}

/// `tag ‖ genesis hash ‖ method ‖ path and query ‖ body hash ‖ time ‖ nonce`.
pub fn request_bytes(genesis: &GenesisHash, parts: &RequestParts<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(TAG_REQUEST.as_bytes());
    bytes.extend_from_slice(genesis.0.as_bytes());
    bytes.extend_from_slice(&codec::encode(parts));
    bytes
}

/// Hash of a request's body under the suite of the chain.
pub fn request_body_hash(suite: Suite, body: &[u8]) -> Hash {
    suite.tagged_hash(TAG_BODY, &[body])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> RequestParts<'static> {
        RequestParts {
            method: "GET",
            path_and_query: "/v1/records?business_key=A-1",
            body_hash: request_body_hash(Suite::National, b""),
            time_ms: 1_700_000_000_000,
            nonce: [7; 16],
        }
    }

    #[test]
    fn every_part_of_a_request_changes_the_signed_bytes() {
        let genesis = GenesisHash(Hash([1; 32]));
        let base = request_bytes(&genesis, &parts());
        let others = [
            request_bytes(&GenesisHash(Hash([2; 32])), &parts()),
            request_bytes(&genesis, &RequestParts { method: "PUT", ..parts() }),
            request_bytes(&genesis, &RequestParts { path_and_query: "/v1/records", ..parts() }),
            request_bytes(&genesis, &RequestParts { body_hash: Hash([3; 32]), ..parts() }),
            request_bytes(&genesis, &RequestParts { time_ms: 1, ..parts() }),
            request_bytes(&genesis, &RequestParts { nonce: [8; 16], ..parts() }),
        ];
        for other in &others {
            assert_ne!(&base, other);
        }
    }

    #[test]
    fn the_example_of_the_specification_is_true() {
        let example =
            RequestParts { body_hash: request_body_hash(Suite::International, b""), ..parts() };
        let bytes = request_bytes(&GenesisHash(Hash([1; 32])), &example);
        let page = include_str!("../../../docs/specs/request.md");
        let lines = page.lines().filter(|line| line.len() >= 4);
        let text: alloc::string::String =
            lines.filter(|line| line.bytes().all(|b| b.is_ascii_hexdigit())).collect();
        assert_eq!(hex::encode(bytes), text);
        assert!(page.contains(&alloc::format!("`{}`", example.body_hash)));
    }

    #[test]
    fn signed_bytes_are_laid_out_as_the_spec_says() {
        let bytes = request_bytes(&GenesisHash(Hash([1; 32])), &parts());
        let path = "/v1/records?business_key=A-1";
        let mut expected = b"yinglian/request/v1".to_vec();
        expected.extend_from_slice(&[1; 32]);
        expected.extend_from_slice(&[3, 0, 0, 0]);
        expected.extend_from_slice(b"GET");
        expected.extend_from_slice(&u32::try_from(path.len()).unwrap().to_le_bytes());
        expected.extend_from_slice(path.as_bytes());
        expected.extend_from_slice(request_body_hash(Suite::National, b"").as_bytes());
        expected.extend_from_slice(&1_700_000_000_000_u64.to_le_bytes());
        expected.extend_from_slice(&[7; 16]);
        assert_eq!(bytes, expected);
    }
}
