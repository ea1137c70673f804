//! Real engines in one process: agreement, and a node that was away.

mod support;

use bytes::Bytes;
use std::time::Duration;
use support::{Network, logs, same_blocks};
use yinglian_consensus::{Application, GuardState, Spread, Stopped};
use yinglian_protocol::EnvelopeId;

const WAIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_validators_agree_and_one_that_was_away_catches_up() {
    logs();
    let network = Network::new(4, 0);
    let (a, b, c) = (network.start(0).await, network.start(1).await, network.start(2).await);
    let d = network.start(3).await;
    network.reach(&[&a, &b, &c, &d], 20, WAIT).await;
    same_blocks(&[&a, &b, &c, &d], 20);

    let tip = d.application.tip().height.0;
    assert_eq!(d.handle.stop().await, Stopped::Asked);
    network.reach(&[&a, &b, &c], tip + 10, WAIT).await;
    let address = network.keys[3].public_key().address();
    assert_eq!(a.handle.status().missing().collect::<Vec<_>>(), [&address]);

    let d = network.start(3).await;
    let target = a.application.tip().height.0 + 10;
    network.reach(&[&a, &b, &c, &d], target, WAIT).await;
    same_blocks(&[&a, &b, &c, &d], target);
    assert_eq!(d.handle.status().guard, GuardState::Signing);
    network.connected(&[&a, &b, &c, &d], WAIT).await;
    for node in [a, b, c, d] {
        assert_eq!(node.handle.stop().await, Stopped::Asked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_stopped_at_once_go_on_where_they_were() {
    logs();
    let network = Network::new(4, 0);
    let mut tip = 0;
    for _ in 0..3 {
        let nodes = network.start_all().await;
        let nodes: Vec<_> = nodes.iter().collect();
        network.reach(&nodes, tip + 5, WAIT).await;
        for node in &nodes {
            node.handle.stop().await;
            tip = tip.max(node.application.tip().height.0);
        }
        same_blocks(&nodes, tip - 1);
        assert!(network.evidence().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn validators_that_relay_agree_too() {
    logs();
    let mut network = Network::new(4, 0);
    network.spread = Spread::GossipSub;
    *network.payload.lock().unwrap() = vec![7; 300_000].into();
    let nodes = network.start_all().await;
    let nodes: Vec<_> = nodes.iter().collect();
    network.reach(&nodes, 5, WAIT).await;
    same_blocks(&nodes, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_idle_chain_waits_and_one_pending_envelope_wakes_all() {
    logs();
    let mut network = Network::new(4, 0);
    network.heartbeat_ms = 600_000;
    let nodes = network.start_all().await;
    let nodes: Vec<_> = nodes.iter().collect();
    network.reach(&nodes, 1, WAIT).await;
    // Heights are decided only while somebody wants them; first all come to rest.
    network.rest(&nodes, WAIT).await;
    let tip = nodes[0].application.tip().height.0;
    nodes[2].application.set_pending(true);
    network.reach(&nodes, tip + 5, WAIT).await;
    nodes[2].application.set_pending(false);
    network.rest(&nodes, WAIT).await;
    same_blocks(&nodes, tip + 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_heartbeat_makes_an_idle_chain_go_on() {
    logs();
    let mut network = Network::new(4, 0);
    network.heartbeat_ms = 300;
    let nodes = network.start_all().await;
    let nodes: Vec<_> = nodes.iter().collect();
    network.reach(&nodes, 4, WAIT).await;
    let times: Vec<_> = (1..=4).map(|h| nodes[0].application.header(h).unwrap().time_ms).collect();
    // The first block comes at once; the others are a heartbeat apart.
    for pair in times.windows(2).skip(1) {
        assert!(pair[1] - pair[0] >= 250, "{times:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_configured_to_wait_longer_keeps_to_the_chains_heartbeat() {
    logs();
    let mut network = Network::new(4, 0);
    network.heartbeat_ms = 600_000;
    network.heartbeat_ms_max = Some(300);
    let nodes = network.start_all().await;
    let nodes: Vec<_> = nodes.iter().collect();
    network.reach(&nodes, 4, WAIT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_observer_follows_and_gives_its_envelopes_to_two_validators() {
    logs();
    let network = Network::new(4, 1);
    let nodes = network.start_all().await;
    let nodes: Vec<_> = nodes.iter().collect();
    network.reach(&nodes, 10, WAIT).await;
    same_blocks(&nodes, 10);
    let observer = nodes[4];
    assert_eq!(observer.handle.status().guard, GuardState::Observer);
    network.connected(&nodes, WAIT).await;
    assert!(observer.handle.gossip().push(vec![Bytes::from_static(b"from an observer")]));
    let received = |validator: Option<_>| {
        let sent = |node: &&&support::TestNode| {
            let received = node.sink.received.lock().unwrap();
            received.iter().any(|(from, _)| from.validator == validator)
        };
        nodes.iter().filter(sent).count()
    };
    network.until(WAIT, || received(None) == 2).await;
    let address = network.keys[1].public_key().address();
    assert!(nodes[1].handle.gossip().push(vec![Bytes::from_static(b"from a validator")]));
    network.until(WAIT, || received(Some(address)) == 3).await;
    assert_eq!(received(None), 2);

    let id = EnvelopeId(support::SUITE.hash(&[b"wanted"]));
    let found = observer.handle.gossip().fetch(vec![id]).await;
    assert_eq!(found, [Bytes::copy_from_slice(id.0.as_bytes())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_validator_with_a_restored_older_disk_follows_before_it_signs() {
    logs();
    let network = Network::new(4, 0);
    let nodes = network.start_all().await;
    let all: Vec<_> = nodes.iter().collect();
    network.reach(&all, 5, WAIT).await;
    nodes[3].handle.stop().await;
    let older = network.copy(3);
    let again = network.start(3).await;
    let restored = again.application.tip().height.0;
    network.reach(&[&again], restored + 20, WAIT).await;
    again.handle.stop().await;
    let signed = again.application.tip().height.0;

    network.restore(3, older);
    let restored = network.start(3).await;
    let mut followed = false;
    network
        .until(WAIT, || {
            let guard = restored.handle.status().guard;
            followed |= matches!(guard, GuardState::Following { through } if through.0 >= signed);
            guard == GuardState::Signing
        })
        .await;
    assert!(followed, "it signed without following first");
    let tip = restored.application.tip().height.0;
    assert!(tip >= signed);
    network.reach(&[&nodes[0], &nodes[1], &nodes[2], &restored], tip + 10, WAIT).await;
    assert!(network.evidence().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cloned_validator_does_not_sign_while_the_original_is_heard() {
    logs();
    let network = Network::new(4, 1);
    let nodes: Vec<_> = futures::future::join_all((0..4).map(|i| network.start(i))).await;
    let all: Vec<_> = nodes.iter().collect();
    network.reach(&all, 3, WAIT).await;
    network.connected(&all, WAIT).await;
    // The clone has the original's keys and a folder, disk and address of its own.
    let mut clone = network.config(4);
    clone.twin_quiet_ms = 2_000;
    let clone = network.start_clone(3, 4, clone).await;
    network.until(WAIT, || clone.handle.status().guard == GuardState::TwinHeard).await;
    let tip = nodes[0].application.tip().height.0;
    network.reach(&all, tip + 20, WAIT).await;
    assert_eq!(clone.handle.status().guard, GuardState::TwinHeard);
    // Once the original is gone, the clone may take its place.
    nodes[3].handle.stop().await;
    network.until(WAIT, || clone.handle.status().guard == GuardState::Signing).await;
    let tip = nodes[0].application.tip().height.0;
    network.reach(&[&nodes[0], &nodes[1], &nodes[2], &clone], tip + 10, WAIT).await;
    assert!(network.evidence().is_empty());
}
