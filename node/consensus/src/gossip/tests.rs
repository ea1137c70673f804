//! Tests of the envelope network.

use super::message::{
    BATCH_BYTES, BATCH_ENVELOPES_MAX, Hello, MESSAGE_BYTES_MAX, ReportBody, Request, Response,
};
use super::peers::Peers;
use super::queue::Queue;
use crate::ports::Peer;
use bytes::Bytes;
use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use proptest::prelude::*;
use yinglian_protocol::{Address, EnvelopeId, Hash, Height, Signature, Suite, limits};

fn address(name: &str) -> Address {
    let key = yinglian_crypto::SigningKey::from_seed(Suite::International, name.as_bytes());
    key.public_key().address()
}

fn envelopes() -> impl Strategy<Value = Vec<Bytes>> {
    let envelope = prop::collection::vec(any::<u8>(), 1..200).prop_map(Bytes::from);
    prop::collection::vec(envelope, 0..10)
}

proptest! {
    #[test]
    fn messages_round_trip(
        envelopes in envelopes(), ids in prop::collection::vec(any::<[u8; 32]>(), 0..10),
        instance in any::<[u8; 16]>(), nonce in any::<[u8; 16]>(), height in any::<u64>(),
        highest in any::<Option<(u64, u32)>>(), flag in any::<bool>(), signature in any::<[u8; 64]>(),
    ) {
        let hello = Hello { instance, height: Height(height), signs: flag };
        let validator = address("v");
        let ids = ids.into_iter().map(|id| EnvelopeId(Hash(id))).collect();
        let requests = [
            Request::Hello(hello),
            Request::Push(envelopes.clone()),
            Request::Fetch(ids),
            Request::Report { nonce, instance, validator },
        ];
        for request in requests {
            prop_assert_eq!(Request::decode(&request.encode().into()), Some(request));
        }
        let highest = highest.map(|(height, round)| (Height(height), round));
        let body = ReportBody { nonce, validator, highest, other_process: flag };
        let responses = [
            Response::Hello(hello),
            Response::Taken,
            Response::Busy,
            Response::Envelopes(envelopes),
            Response::Report { body, signature: Signature(signature) },
            Response::NoReport,
        ];
        for response in responses {
            prop_assert_eq!(Response::decode(&response.encode().into()), Some(response));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        let bytes = Bytes::from(bytes);
        if let Some(request) = Request::decode(&bytes) {
            prop_assert_eq!(&request.encode(), &bytes);
        }
        if let Some(response) = Response::decode(&bytes) {
            prop_assert_eq!(&response.encode(), &bytes);
        }
    }
}

#[test]
fn envelopes_are_laid_out_as_borsh_has_them_and_share_the_memory_of_their_frame() {
    let envelopes = vec![Bytes::from_static(b"one"), Bytes::from_static(b"three")];
    let borsh = |tag: u8| borsh::to_vec(&(1_u8, tag, vec![b"one".to_vec(), b"three".to_vec()]));
    assert_eq!(Request::Push(envelopes.clone()).encode(), borsh(1).unwrap());
    assert_eq!(Response::Envelopes(envelopes.clone()).encode(), borsh(3).unwrap());
    let frame = Bytes::from(Request::Push(envelopes).encode());
    let Some(Request::Push(taken)) = Request::decode(&frame) else { panic!("no push") };
    assert!(frame.as_ptr_range().contains(&taken[1].as_ptr()));
    // A count or a length that promises more than there is.
    let mut short = frame.to_vec();
    short[2] = 3;
    assert_eq!(Request::decode(&short.into()), None);
    assert_eq!(Request::decode(&frame.slice(..frame.len() - 1)), None);
}

#[tokio::test]
async fn a_frame_that_announces_more_than_it_brings_costs_no_more_than_it_brings() {
    use libp2p::StreamProtocol;
    use libp2p::request_response::Codec;
    let mut io = futures::io::Cursor::new([&[0, 0, 0x40, 0][..], &[1; 10]].concat());
    let protocol = StreamProtocol::new("/test");
    let read = super::codec::EnvelopeCodec.read_request(&protocol, &mut io).await;
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn messages_beyond_the_limits_are_refused() {
    let push = |envelopes: Vec<Bytes>| Request::decode(&Request::Push(envelopes).encode().into());
    let envelope = |length| Bytes::from(vec![1; length]);
    assert!(push(vec![envelope(limits::ENVELOPE_BYTES_MAX)]).is_some());
    assert!(push(vec![envelope(limits::ENVELOPE_BYTES_MAX + 1)]).is_none());
    assert!(push(vec![envelope(0)]).is_none());
    assert!(push(vec![envelope(1); BATCH_ENVELOPES_MAX]).is_some());
    assert!(push(vec![envelope(1); BATCH_ENVELOPES_MAX + 1]).is_none());
    let large = limits::ENVELOPE_BYTES_MAX;
    assert!(push(vec![envelope(large); MESSAGE_BYTES_MAX / large]).is_none());
    let fetch = |count| {
        let ids = vec![EnvelopeId(Hash::ZERO); count];
        Request::decode(&Request::Fetch(ids).encode().into())
    };
    assert!(fetch(super::FETCH_IDS_MAX).is_some());
    assert!(fetch(super::FETCH_IDS_MAX + 1).is_none());
}

#[test]
fn a_queue_sends_two_batches_at_a_time_and_in_order() {
    let mut queue = Queue::default();
    let envelope = |i: u8| Bytes::from(vec![i; 60_000]);
    for i in 0..30 {
        assert!(queue.put(envelope(i)));
    }
    let first = queue.next_batch(0).unwrap();
    // A batch is closed by the envelope that fills it, and still fits a message.
    assert_eq!(first.len(), BATCH_BYTES / 60_000 + 1);
    let second = queue.next_batch(0).unwrap();
    assert_eq!(second[0], envelope(first.len() as u8));
    assert!(queue.next_batch(0).is_none());
    queue.taken();
    // What came back goes first, after a pause.
    queue.returned(second.clone(), 1_000);
    assert!(queue.next_batch(1_100).is_none());
    assert_eq!(queue.next_batch(1_200), Some(second));
}

#[test]
fn a_full_queue_refuses() {
    let mut queue = Queue::default();
    let envelope = Bytes::from(vec![1; limits::ENVELOPE_BYTES_MAX]);
    let taken = (0..600).filter(|_| queue.put(envelope.clone())).count();
    assert_eq!(taken, 32 * 1024 * 1024 / limits::ENVELOPE_BYTES_MAX);
    queue.next_batch(0).unwrap();
    assert!(queue.put(envelope));
}

#[test]
fn another_process_is_heard_while_its_connection_is_open_and_it_signs() {
    let id = PeerId::random();
    let mut peers = Peers::new(None, &[]);
    peers.follow(&[Peer {
        address: address("v"),
        peer_id: id.to_string(),
        addresses: vec!["/ip4/127.0.0.1/tcp/1".into()],
    }]);
    let hello = |instance, signs| Hello { instance: [instance; 16], height: Height(1), signs };
    let connection = ConnectionId::new_unchecked;
    let heard = |peers: &Peers, now_ms| peers.other_process(id, [1; 16], now_ms, 1_000);
    peers.opened(id);
    peers.opened(id);
    peers.hello(id, connection(1), hello(1, true), 0);
    assert!(!heard(&peers, 0), "a process is no twin of itself");
    peers.hello(id, connection(2), hello(2, false), 0);
    assert!(!heard(&peers, 0), "it does not sign");
    peers.hello(id, connection(2), hello(2, true), 0);
    assert!(heard(&peers, 999));
    assert!(!heard(&peers, 1_000), "silent for too long");
    peers.hello(id, connection(2), hello(2, true), 1_000);
    assert!(!peers.closed(id, connection(2), 1));
    assert!(!heard(&peers, 1_000), "its connection is closed");
}

#[test]
fn registered_validators_are_dialled_at_the_port_after_the_engines() {
    let (own, other, id) = (address("own"), address("other"), PeerId::random());
    let mut peers = Peers::new(Some(own), &[PeerId::random().to_string()]);
    let peer = |address, addresses: &[&str]| Peer {
        address,
        peer_id: id.to_string(),
        addresses: addresses.iter().map(|text| (*text).to_string()).collect(),
    };
    let allowed = peers
        .follow(&[peer(own, &["/ip4/127.0.0.1/tcp/9"]), peer(other, &["/ip4/127.0.0.1/tcp/10"])]);
    assert_eq!(allowed.len(), 2, "the other validator and the observer");
    let dialled = peers.to_dial();
    assert_eq!(dialled, [(id, vec!["/ip4/127.0.0.1/tcp/11".parse().unwrap()])]);
    peers.follow(&[peer(other, &["/ip4/127.0.0.1/tcp/10", "/ip4/127.0.0.1/tcp/77"])]);
    assert_eq!(peers.to_dial()[0].1, ["/ip4/127.0.0.1/tcp/77".parse().unwrap()]);
    peers.opened(id);
    assert!(peers.to_dial().is_empty());
    assert_eq!(peers.states().len(), 1);
}
