//! An envelope with everything that is computed from its bytes, once: id, hash, size. The road from admission to the log
//! passes these on, so that no step decodes or hashes again.
//!
//! Comes in: bytes from anywhere. Goes out: prepared envelopes, or a code. Never: a signature check.

use crate::envelope::{ENVELOPE_FORMAT, TAG_HASH, TAG_ID};
use crate::payload::PAYLOAD_VERSION;
use crate::{Code, Envelope, EnvelopeHash, EnvelopeId, codec, limits};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::Suite;

/// Bytes of a signature at the end of an envelope.
const SIGNATURE_BYTES: usize = 64;

/// A decoded envelope, its id, its hash and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    envelope: Envelope,
    id: EnvelopeId,
    hash: EnvelopeHash,
    size_bytes: u32,
}

impl Prepared {
    /// Decodes an envelope of at most 64 KiB and hashes it.
    pub fn decode(suite: Suite, bytes: &[u8]) -> Result<Self, Code> {
        let envelope = Envelope::decode(bytes)?;
        Ok(Self::from_parts(suite, envelope, bytes))
    }

    /// Prepares an envelope that is in memory.
    pub fn new(suite: Suite, envelope: Envelope) -> Self {
        let bytes = envelope.encode();
        Self::from_parts(suite, envelope, &bytes)
    }

    /// `bytes` is the canonical encoding of `envelope`.
    fn from_parts(suite: Suite, envelope: Envelope, bytes: &[u8]) -> Self {
        let hash = EnvelopeHash(suite.tagged_hash(TAG_HASH, &[bytes]));
        let id = EnvelopeId(suite.tagged_hash(TAG_ID, &[body(bytes)]));
        Self::with_hashes(envelope, bytes, hash, id)
    }

    fn with_hashes(envelope: Envelope, bytes: &[u8], hash: EnvelopeHash, id: EnvelopeId) -> Self {
        let size_bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { envelope, id, hash, size_bytes }
    }

    /// Prepares envelopes with their canonical bytes, hashing several side by side.
    fn many(
        suite: Suite,
        decoded: Vec<(Envelope, &[u8])>,
        known: impl Fn(&EnvelopeHash) -> Option<EnvelopeId>,
    ) -> Vec<Self> {
        let bytes: Vec<&[u8]> = decoded.iter().map(|(_, bytes)| *bytes).collect();
        let hashes = suite.tagged_hash_many(TAG_HASH, &bytes).into_iter().map(EnvelopeHash);
        // The hash covers the body, so whoever has seen this hash knows the id: a third of the hashing saved.
        let hashes: Vec<_> = hashes.map(|hash| (hash, known(&hash))).collect();
        let unseen = hashes.iter().zip(&bytes).filter(|((_, id), _)| id.is_none());
        let unseen: Vec<&[u8]> = unseen.map(|(_, bytes)| body(bytes)).collect();
        let mut ids = suite.tagged_hash_many(TAG_ID, &unseen).into_iter().map(EnvelopeId);
        let mut prepared = Vec::with_capacity(decoded.len());
        for ((envelope, bytes), (hash, id)) in decoded.into_iter().zip(hashes) {
            // One id was computed for each envelope without one.
            let Some(id) = id.or_else(|| ids.next()) else { break };
            prepared.push(Self::with_hashes(envelope, bytes, hash, id));
        }
        prepared
    }

    /// The envelope.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// [`crate::EnvelopeBody::id`].
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// [`Envelope::hash`].
    pub fn hash(&self) -> EnvelopeHash {
        self.hash
    }

    /// Bytes of the encoded envelope.
    pub fn size_bytes(&self) -> u32 {
        self.size_bytes
    }
}

/// The body's share of an encoded envelope.
fn body(envelope: &[u8]) -> &[u8] {
    envelope.get(..envelope.len().saturating_sub(SIGNATURE_BYTES)).unwrap_or_default()
}

impl crate::Payload {
    /// Decodes a payload as [`crate::Payload::decode`] does and prepares its envelopes, each within its own limit and format.
    /// `known` may answer with the id of a hash that was seen before; it is asked once for each envelope.
    pub fn decode_prepared(
        suite: Suite,
        bytes: &[u8],
        known: impl Fn(&EnvelopeHash) -> Option<EnvelopeId>,
    ) -> Result<Vec<Prepared>, Code> {
        if bytes.len() > limits::BLOCK_BYTES_MAX {
            return Err(Code::PAYLOAD_MALFORMED);
        }
        let mut rest = bytes;
        let (version, records) =
            <(u8, u32)>::deserialize(&mut rest).map_err(|_| Code::PAYLOAD_MALFORMED)?;
        if version != PAYLOAD_VERSION || records > limits::BLOCK_RECORDS_MAX {
            return Err(Code::PAYLOAD_MALFORMED);
        }
        let mut decoded = Vec::new();
        for _ in 0..records {
            let before = rest;
            let envelope = Envelope::deserialize(&mut rest).map_err(|_| Code::PAYLOAD_MALFORMED)?;
            let taken = before.len().saturating_sub(rest.len());
            let own = before.get(..taken).ok_or(Code::PAYLOAD_MALFORMED)?;
            if own.len() > limits::ENVELOPE_BYTES_MAX || envelope.body.format != ENVELOPE_FORMAT {
                return Err(Code::PAYLOAD_MALFORMED);
            }
            decoded.push((envelope, own));
        }
        if !rest.is_empty() {
            return Err(Code::PAYLOAD_MALFORMED);
        }
        Ok(Prepared::many(suite, decoded, known))
    }

    /// Canonical bytes of the payload that holds these envelopes, without copying them first.
    pub fn encode_refs<'a>(envelopes: impl ExactSizeIterator<Item = &'a Envelope>) -> Vec<u8> {
        let records = u32::try_from(envelopes.len()).unwrap_or(u32::MAX);
        let mut bytes = codec::encode(&(PAYLOAD_VERSION, records));
        for envelope in envelopes {
            // A Vec grows or aborts; no error can come back from it.
            let _ = envelope.serialize(&mut bytes);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnvelopeBody, Name, Payload};
    use proptest::prelude::*;
    use yinglian_crypto::{Hash, Signature, SigningKey};

    fn envelope(number: u8, arguments: usize) -> Envelope {
        let key = SigningKey::from_seed(Suite::International, &[1]);
        Envelope {
            body: EnvelopeBody {
                format: ENVELOPE_FORMAT,
                contract: Name::parse("record").unwrap(),
                method: Name::parse("notarize").unwrap(),
                method_version: 1,
                arguments: alloc::vec![number; arguments],
                sender: key.public_key().address(),
                valid_until_ms: 5,
                random: [number; 16],
            },
            signature: Signature([number; 64]),
        }
    }

    #[test]
    fn prepared_envelopes_carry_the_id_and_hash_that_the_envelope_itself_computes() {
        for suite in Suite::ALL {
            let envelopes: Vec<_> = (0..5).map(|number| envelope(number, 40)).collect();
            let bytes = Payload::new(envelopes.clone()).encode();
            assert_eq!(Payload::encode_refs(envelopes.iter()), bytes);
            let prepared = Payload::decode_prepared(suite, &bytes, |_| None).unwrap();
            assert_eq!(prepared.len(), envelopes.len());
            let seen = prepared[2].hash();
            let told = EnvelopeId(Hash([9; 32]));
            let known = |hash: &EnvelopeHash| (*hash == seen).then_some(told);
            let ids = Payload::decode_prepared(suite, &bytes, known).unwrap();
            let ids: Vec<_> = ids.iter().map(Prepared::id).collect();
            let expected = |at: usize| if at == 2 { told } else { prepared[at].id() };
            assert_eq!(ids, (0..5).map(expected).collect::<Vec<_>>());
            for (prepared, envelope) in prepared.iter().zip(&envelopes) {
                assert_eq!(prepared.envelope(), envelope);
                assert_eq!(prepared.id(), envelope.body.id(suite));
                assert_eq!(prepared.hash(), envelope.hash(suite));
                assert_eq!(prepared.size_bytes() as usize, envelope.encode().len());
                assert_eq!(Prepared::decode(suite, &envelope.encode()).as_ref(), Ok(prepared));
            }
        }
    }

    #[test]
    fn a_payload_with_an_oversized_or_foreign_envelope_or_trailing_bytes_is_refused() {
        let decode = |bytes: &[u8]| Payload::decode_prepared(Suite::National, bytes, |_| None);
        let mut foreign = envelope(1, 10);
        foreign.body.format = 2;
        for bad in [envelope(1, limits::ENVELOPE_BYTES_MAX), foreign] {
            assert_eq!(
                decode(&Payload::new(alloc::vec![bad]).encode()),
                Err(Code::PAYLOAD_MALFORMED)
            );
        }
        let mut bytes = Payload::new(alloc::vec![envelope(1, 10)]).encode();
        assert!(decode(&bytes).is_ok());
        bytes.push(0);
        assert_eq!(decode(&bytes), Err(Code::PAYLOAD_MALFORMED));
    }

    proptest! {
        #[test]
        fn arbitrary_payload_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Payload::decode_prepared(Suite::National, &bytes, |_| None);
            let _ = Prepared::decode(Suite::National, &bytes);
        }

        #[test]
        fn a_damaged_payload_never_panics(at in 0usize..300, byte: u8) {
            let mut bytes = Payload::new(alloc::vec![envelope(1, 10), envelope(2, 10)]).encode();
            if let Some(place) = bytes.get_mut(at) { *place = byte; }
            if let Ok(prepared) = Payload::decode_prepared(Suite::National, &bytes, |_| None) {
                // What decodes is canonical: the same envelopes give the same bytes.
                prop_assert_eq!(Payload::encode_refs(prepared.iter().map(Prepared::envelope)), bytes);
            }
        }
    }
}
