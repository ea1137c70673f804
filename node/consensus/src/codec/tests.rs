//! Tests of the codec: what encodes decodes to the same, and no bytes panic.

use super::*;
use crate::context::{
    BlockHeight, BlockId, BlockProposal, BlockVote, Chain, Part, ValidatorId, VoteSignature,
};
use crate::proposal::Proposal;
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite::app::types::codec::{Codec, HasEncodedLen};
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature,
    Round, RoundCertificate, RoundCertificateType, RoundSignature, SignedMessage, ValidatorProof,
    Validity, VoteType,
};
use malachite::app::types::{PeerId, ProposedValue};
use malachite_sync::{RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse};
use proptest::prelude::*;
use yinglian_protocol::{
    Address, Hash, Header, HeaderFlags, Height, PartsHeader, Payload, Suite, VoteKind,
};

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 4]>().prop_map(|seed| {
        yinglian_crypto::SigningKey::from_seed(Suite::International, &seed).public_key().address()
    })
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn signature() -> impl Strategy<Value = VoteSignature> {
    any::<[u8; 64]>().prop_map(VoteSignature)
}

fn lock() -> impl Strategy<Value = Round> {
    any::<Option<u32>>().prop_map(Round::from)
}

fn nil_or() -> impl Strategy<Value = NilOrVal<BlockId>> {
    prop::option::of(hash())
        .prop_map(|hash| hash.map_or(NilOrVal::Nil, |hash| NilOrVal::Val(BlockId(hash))))
}

fn vote() -> impl Strategy<Value = malachite::app::types::core::SignedVote<Chain>> {
    (any::<bool>(), any::<u64>(), any::<u32>(), nil_or(), address(), signature()).prop_map(
        |(pre, height, round, value, validator, signature)| {
            let vote = BlockVote {
                kind: if pre { VoteKind::Prevote } else { VoteKind::Precommit },
                height: BlockHeight(height),
                round: Round::new(round),
                value,
                validator: ValidatorId(validator),
            };
            SignedMessage::new(vote, signature)
        },
    )
}

fn proposal() -> impl Strategy<Value = malachite::app::types::core::SignedProposal<Chain>> {
    (any::<u64>(), any::<u32>(), lock(), hash(), address(), signature()).prop_map(
        |(height, round, lock_round, value, proposer, signature)| {
            let proposal = BlockProposal {
                height: BlockHeight(height),
                round: Round::new(round),
                value: BlockId(value),
                lock_round,
                proposer: ValidatorId(proposer),
            };
            SignedMessage::new(proposal, signature)
        },
    )
}

fn part() -> impl Strategy<Value = Part> {
    let first =
        (any::<u64>(), any::<u32>(), any::<Option<u32>>(), hash(), any::<u32>(), signature())
            .prop_map(|(height, round, lock_round, value_id, parts, signature)| Part::First {
                header: PartsHeader {
                    height: Height(height),
                    round,
                    lock_round,
                    value_id,
                    size_bytes: parts,
                    parts,
                },
                signature,
            });
    let piece = prop::collection::vec(any::<u8>(), 0..300).prop_map(|b| Part::Piece(b.into()));
    prop_oneof![first, piece]
}

fn stream() -> impl Strategy<Value = StreamMessage<Part>> {
    let content = prop_oneof![Just(StreamContent::Fin), part().prop_map(StreamContent::Data)];
    (prop::collection::vec(any::<u8>(), 0..=32), any::<u64>(), content).prop_map(
        |(id, sequence, content)| StreamMessage::new(StreamId::new(id.into()), sequence, content),
    )
}

fn liveness() -> impl Strategy<Value = LivenessMsg<Chain>> {
    let polka =
        (any::<u64>(), any::<u32>(), hash(), prop::collection::vec((address(), signature()), 0..5))
            .prop_map(|(height, round, value, signatures)| {
                LivenessMsg::PolkaCertificate(PolkaCertificate {
                    height: BlockHeight(height),
                    round: Round::new(round),
                    value_id: BlockId(value),
                    polka_signatures: signatures
                        .into_iter()
                        .map(|(a, s)| PolkaSignature::new(ValidatorId(a), s))
                        .collect(),
                })
            });
    let vote_of = |pre: bool| if pre { VoteType::Prevote } else { VoteType::Precommit };
    let signatures = prop::collection::vec((any::<bool>(), nil_or(), address(), signature()), 0..5);
    let skip = (any::<u64>(), any::<u32>(), any::<bool>(), signatures).prop_map(
        move |(height, round, skip, signatures)| {
            LivenessMsg::SkipRoundCertificate(RoundCertificate {
                height: BlockHeight(height),
                round: Round::new(round),
                cert_type: if skip {
                    RoundCertificateType::Skip
                } else {
                    RoundCertificateType::Precommit
                },
                round_signatures: signatures
                    .into_iter()
                    .map(|(pre, value, a, s)| {
                        RoundSignature::new(vote_of(pre), value, ValidatorId(a), s)
                    })
                    .collect(),
            })
        },
    );
    prop_oneof![vote().prop_map(LivenessMsg::Vote), polka, skip]
}

fn decided_value(
    height: u64,
    payload: &[u8],
    signatures: Vec<(Address, VoteSignature)>,
) -> RawDecidedValue<Chain> {
    let suite = Suite::International;
    let header = Header {
        version: 1,
        suite,
        flags: HeaderFlags::default(),
        height: Height(height),
        round: 0,
        time_ms: 5,
        previous: Hash::ZERO,
        payload_hash: Payload::hash(suite, payload),
        log_size: 1,
        log_root: Hash::ZERO,
        registry_root: Hash::ZERO,
        validators_hash: Hash::ZERO,
        next_validators_hash: Hash::ZERO,
        protocol_version: 1,
        proposer: yinglian_crypto::SigningKey::from_seed(suite, b"p").public_key().address(),
    };
    let certificate = ExtendedCommitCertificate {
        height: BlockHeight(height),
        round: Round::new(3),
        value_id: BlockId(header.hash()),
        commit_signatures: signatures
            .into_iter()
            .map(|(a, s)| ExtendedCommitSignature::new(ValidatorId(a), s, None))
            .collect(),
    };
    let payload = Bytes::copy_from_slice(payload);
    RawDecidedValue::new(Proposal { header, payload }.encode(), certificate)
}

fn response() -> impl Strategy<Value = Response<Chain>> {
    let value = (
        any::<u64>(),
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec((address(), signature()), 0..5),
    )
        .prop_map(|(height, payload, signatures)| decided_value(height, &payload, signatures));
    (any::<u64>(), prop::collection::vec(value, 0..4)).prop_map(|(first, values)| {
        Response::ValueResponse(ValueResponse::new(BlockHeight(first), values))
    })
}

fn round_trips<T: PartialEq + std::fmt::Debug>(value: T)
where
    WireCodec: Codec<T, Error = WireError>,
{
    let bytes = WireCodec.encode(&value).unwrap();
    assert_eq!(WireCodec.decode(bytes).unwrap(), value);
}

proptest! {
    #[test]
    fn votes_and_proposals_round_trip(vote in vote(), proposal in proposal()) {
        round_trips(SignedConsensusMsg::Vote(vote));
        round_trips(SignedConsensusMsg::Proposal(proposal));
    }

    #[test]
    fn parts_round_trip(part in part(), stream in stream()) {
        round_trips(part);
        round_trips(stream);
    }

    #[test]
    fn liveness_messages_round_trip(message in liveness()) {
        round_trips(message);
    }

    #[test]
    fn values_of_the_log_round_trip(
        height in any::<u64>(), round in any::<u32>(), valid_round in lock(),
        proposer in address(), value in hash(), valid in any::<bool>(),
    ) {
        round_trips(ProposedValue::<Chain> {
            height: BlockHeight(height),
            round: Round::new(round),
            valid_round,
            proposer: ValidatorId(proposer),
            value: BlockId(value),
            validity: Validity::from_bool(valid),
        });
    }

    #[test]
    fn sync_messages_round_trip(first in any::<u64>(), last in any::<u64>(), response in response()) {
        round_trips(Request::<Chain>::ValueRequest(ValueRequest::new(BlockHeight(first)..=BlockHeight(last))));
        let peer_id = libp2p::PeerId::random().to_bytes();
        round_trips(Status::<Chain> {
            peer_id: PeerId::from_bytes(&peer_id).unwrap(),
            tip_height: BlockHeight(last),
            history_min_height: BlockHeight(first),
        });
        let length = WireCodec.encoded_len(&response).unwrap();
        prop_assert_eq!(length, WireCodec.encode(&response).unwrap().len());
        round_trips(response);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2_000), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = WIRE_VERSION;
        }
        let bytes = Bytes::from(bytes);
        macro_rules! all {
            ($($type:ty),*) => {$(
                let decoded: Result<$type, WireError> = WireCodec.decode(bytes.clone());
                if let Ok(value) = decoded {
                    // What is accepted has one encoding.
                    prop_assert_eq!(WireCodec.encode(&value).unwrap(), bytes.clone());
                }
            )*};
        }
        all!(
            Part, StreamMessage<Part>, SignedConsensusMsg<Chain>, LivenessMsg<Chain>,
            ValidatorProof<Chain>, ProposedValue<Chain>, PolkaCertificate<Chain>, Status<Chain>,
            Request<Chain>, Response<Chain>
        );
    }
}

#[test]
fn a_synced_value_that_is_not_its_certificates_is_refused() {
    let honest = decided_value(4, b"payload", Vec::new());
    let encode = |value: RawDecidedValue<Chain>| {
        let response = Response::ValueResponse(ValueResponse::new(BlockHeight(4), vec![value]));
        WireCodec.encode(&response).unwrap()
    };
    let decode = |bytes| -> Result<Response<Chain>, WireError> { WireCodec.decode(bytes) };
    assert!(decode(encode(honest.clone())).is_ok());
    let other = decided_value(4, b"other", Vec::new());
    let mixed = RawDecidedValue::new(other.value_bytes, honest.certificate.clone());
    assert_eq!(decode(encode(mixed)), Err(WireError::Unbound));
    let mut wrong_height = honest;
    wrong_height.certificate.height = BlockHeight(5);
    assert_eq!(decode(encode(wrong_height)), Err(WireError::Unbound));
}

#[test]
fn limits_hold_before_anything_is_built() {
    let long = Bytes::from(vec![WIRE_VERSION; MESSAGE_BYTES_MAX + 1]);
    let decoded: Result<SignedConsensusMsg<Chain>, _> = WireCodec.decode(long);
    assert_eq!(decoded, Err(WireError::TooLong));

    let mut piece = vec![WIRE_VERSION, 2];
    piece.resize(2 + crate::policy::PART_BYTES_MAX + 1, 0);
    let decoded: Result<Part, _> = WireCodec.decode(piece.into());
    assert_eq!(decoded, Err(WireError::TooLong));

    let other_version: Result<Part, _> = WireCodec.decode(Bytes::from_static(&[9, 2, 0]));
    assert_eq!(other_version, Err(WireError::Version));

    let address =
        yinglian_crypto::SigningKey::from_seed(Suite::International, b"p").public_key().address();
    let many = PolkaCertificate::<Chain> {
        height: BlockHeight(1),
        round: Round::new(0),
        value_id: BlockId(Hash::ZERO),
        polka_signatures: vec![
            PolkaSignature::new(ValidatorId(address), VoteSignature([0; 64]));
            257
        ],
    };
    let bytes = WireCodec.encode(&many).unwrap();
    let decoded: Result<PolkaCertificate<Chain>, _> = WireCodec.decode(bytes);
    assert_eq!(decoded, Err(WireError::TooLong));
}
