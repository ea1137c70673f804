//! The task that owns the swarm.

use super::codec::EnvelopeCodec;
use super::message::{BATCH_BYTES, Hello, ReportBody, Request, Response};
use super::peers::Peers;
use super::queue::Queue;
use super::{Command, EnvelopeSink, Gossip, PeerState, Reception, Sender};
use crate::config::{Config, short};
use crate::context::Chain;
use crate::error::StartError;
use crate::metrics::Metrics;
use crate::policy::PeerReport;
use crate::ports::Application;
use crate::watch::Watch;
use bytes::Bytes;
use futures::StreamExt;
use libp2p::allow_block_list::{self, AllowedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::request_response::{
    self, Event, Message, OutboundRequestId, ProtocolSupport, ResponseChannel,
};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use libp2p::{PeerId, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use yinglian_protocol::{Address, Signature, report_bytes};

/// Time between two hellos, and between two looks at the registry.
const HELLO_INTERVAL: Duration = Duration::from_millis(500);
/// Time for an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests of one peer that are being worked on.
const INBOUND_PER_PEER_MAX: usize = 4;
/// Streams of one connection at a time, in both directions.
const STREAMS_MAX: usize = 32;
/// Connections of one peer: both sides may dial at once, and so may another process with the same key, which must be heard.
const CONNECTIONS_PER_PEER_MAX: u32 = 8;
/// Connections whose other side has not yet shown who it is.
const CONNECTIONS_PENDING_MAX: u32 = 128;
/// Commands that wait for the task.
const COMMANDS_MAX: usize = 1_024;
/// An observer gives its envelopes to this many validators.
const OBSERVER_VALIDATORS: usize = 2;

#[derive(NetworkBehaviour)]
struct Behaviour {
    limits: connection_limits::Behaviour,
    messages: request_response::Behaviour<EnvelopeCodec>,
    allowed: allow_block_list::Behaviour<AllowedPeers>,
}

/// What the network needs.
pub(crate) struct GossipParts {
    pub chain: Chain,
    pub config: Config,
    pub application: Arc<dyn Application>,
    pub own: Option<Address>,
    pub signer: Option<Arc<dyn yinglian_crypto::Signer>>,
    pub identity: Keypair,
    pub sink: Arc<dyn EnvelopeSink>,
    pub watch: Arc<Watch>,
    pub instance: [u8; 16],
    /// Whether this process signs in consensus.
    pub signs: watch::Receiver<bool>,
    pub metrics: Metrics,
}

enum Open {
    Hello,
    Push(PeerId, Vec<Bytes>),
    Fetch(oneshot::Sender<Vec<Bytes>>),
    Report { nonce: [u8; 16], validator: Address, reply: mpsc::UnboundedSender<PeerReport> },
}

type Channel = ResponseChannel<Response>;

struct Task {
    parts: GossipParts,
    swarm: Swarm<Behaviour>,
    peers: Peers,
    queues: BTreeMap<PeerId, Queue>,
    open: HashMap<OutboundRequestId, Open>,
    working: BTreeMap<PeerId, usize>,
    answers: mpsc::UnboundedSender<(PeerId, Channel, Response)>,
    connected: watch::Sender<BTreeMap<Address, PeerState>>,
    begun: Instant,
    turn: usize,
}

/// Starts the network.
pub(crate) fn spawn(parts: GossipParts) -> Result<Gossip, StartError> {
    let listen = parts.config.gossip_listen_address()?;
    let mut swarm = build(&parts).map_err(|error| StartError::Gossip(error.to_string()))?;
    swarm.listen_on(listen).map_err(|error| StartError::Gossip(error.to_string()))?;
    let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
    let (answers, answered) = mpsc::unbounded_channel();
    let (connected, connected_view) = watch::channel(BTreeMap::new());
    let metrics = parts.metrics.clone();
    let task = Task {
        peers: Peers::new(parts.own, &parts.config.observers),
        parts,
        swarm,
        queues: BTreeMap::new(),
        open: HashMap::new(),
        working: BTreeMap::new(),
        answers,
        connected,
        begun: Instant::now(),
        turn: 0,
    };
    tokio::spawn(task.run(inbox, answered));
    Ok(Gossip { commands, connected: connected_view, metrics })
}

fn build(parts: &GossipParts) -> Result<Swarm<Behaviour>, Box<dyn std::error::Error>> {
    let protocol = format!("/yinglian/{}/envelopes/1", short(&parts.chain));
    let protocol = StreamProtocol::try_from_owned(protocol)?;
    let config = request_response::Config::default()
        .with_request_timeout(REQUEST_TIMEOUT)
        .with_max_concurrent_streams(STREAMS_MAX);
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(CONNECTIONS_PENDING_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX));
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        messages: request_response::Behaviour::new([(protocol, ProtocolSupport::Full)], config),
        allowed: allow_block_list::Behaviour::default(),
    };
    let swarm = SwarmBuilder::with_existing_identity(parts.identity.clone())
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_dns()?
        .with_behaviour(|_| Ok(behaviour))?
        // Hellos keep a connection busy; what is silent for a minute is dead.
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build();
    Ok(swarm)
}

impl Task {
    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut answered: mpsc::UnboundedReceiver<(PeerId, Channel, Response)>,
    ) {
        let mut tick = tokio::time::interval(HELLO_INTERVAL);
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.event(event),
                // Peers know at once: another process may be about to ask them.
                Ok(()) = self.parts.signs.changed() => self.tick(),
                command = commands.recv() => match command {
                    Some(Command::Stop(reply)) => {
                        drop(self.swarm);
                        let _ = reply.send(());
                        return;
                    }
                    Some(command) => self.command(command),
                    None => return,
                },
                Some((peer, channel, response)) = answered.recv() => {
                    if let Some(working) = self.working.get_mut(&peer) {
                        *working = working.saturating_sub(1);
                    }
                    self.answer(channel, response);
                }
                _ = tick.tick() => self.tick(),
            }
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn hello(&self) -> Hello {
        Hello {
            instance: self.parts.instance,
            height: self.parts.application.tip().height,
            signs: *self.parts.signs.borrow(),
        }
    }

    fn send(&mut self, peer: &PeerId, request: Request, open: Open) {
        let id = self.swarm.behaviour_mut().messages.send_request(peer, request);
        self.open.insert(id, open);
    }

    fn answer(&mut self, channel: Channel, response: Response) {
        // The peer may be gone by now.
        let _ = self.swarm.behaviour_mut().messages.send_response(channel, response);
    }

    fn tick(&mut self) {
        self.follow_registry();
        let hello = Request::Hello(self.hello());
        for peer in self.peers.connected() {
            self.send(&peer, hello.clone(), Open::Hello);
        }
        for (peer, addresses) in self.peers.to_dial() {
            let dial = DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses)
                .build();
            let _ = self.swarm.dial(dial);
        }
        let now_ms = self.now_ms();
        for peer in self.queues.keys().copied().collect::<Vec<_>>() {
            self.flush(peer, now_ms);
        }
        self.publish_state();
    }

    fn follow_registry(&mut self) {
        let allowed = self.peers.follow(&self.parts.application.peers());
        let list = &mut self.swarm.behaviour_mut().allowed;
        let gone: Vec<_> =
            list.allowed_peers().iter().filter(|id| !allowed.contains(id)).copied().collect();
        for id in gone {
            list.disallow_peer(id);
        }
        for id in allowed {
            list.allow_peer(id);
        }
    }

    fn publish_state(&self) {
        let states = self.peers.states();
        self.parts.metrics.gossip_peers.set(i64::try_from(states.len()).unwrap_or(i64::MAX));
        self.connected.send_if_modified(|known| {
            let changed = *known != states;
            *known = states;
            changed
        });
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Push(envelopes) => self.push(envelopes),
            Command::Fetch(ids, reply) => {
                let validators = self.peers.connected_validators();
                self.turn = self.turn.wrapping_add(1);
                match validators.get(self.turn % validators.len().max(1)) {
                    Some(peer) => self.send(&peer.clone(), Request::Fetch(ids), Open::Fetch(reply)),
                    None => drop(reply),
                }
            }
            Command::Reports(validator, reply) => {
                for peer in self.peers.connected_validators() {
                    let nonce = yinglian_crypto::random::<16>().unwrap_or_default();
                    let instance = self.parts.instance;
                    let request = Request::Report { nonce, instance, validator };
                    let reply = reply.clone();
                    self.send(&peer, request, Open::Report { nonce, validator, reply });
                }
            }
            Command::Stop(_) => {}
        }
    }

    // A validator gives to all validators; an observer to two, in turn, which push on.
    fn push(&mut self, envelopes: Vec<Bytes>) {
        let mut validators = self.peers.connected_validators();
        if self.parts.own.is_none() && !validators.is_empty() {
            self.turn = self.turn.wrapping_add(1);
            let from = self.turn % validators.len();
            validators.rotate_left(from);
            validators.truncate(OBSERVER_VALIDATORS);
        }
        let now_ms = self.now_ms();
        for peer in validators {
            let queue = self.queues.entry(peer).or_default();
            let put = envelopes.iter().filter(|envelope| queue.put((*envelope).clone())).count();
            self.parts.metrics.gossip_dropped.inc_by((envelopes.len() - put) as u64);
            self.flush(peer, now_ms);
        }
    }

    fn flush(&mut self, peer: PeerId, now_ms: u64) {
        while let Some(batch) =
            self.queues.get_mut(&peer).and_then(|queue| queue.next_batch(now_ms))
        {
            self.parts.metrics.gossip_sent.inc_by(batch.len() as u64);
            self.send(&peer, Request::Push(batch.clone()), Open::Push(peer, batch));
        }
    }

    fn event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                self.peers.opened(peer_id);
                let hello = Request::Hello(self.hello());
                self.send(&peer_id, hello, Open::Hello);
                self.publish_state();
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, num_established, .. } => {
                if self.peers.closed(peer_id, connection_id, num_established) {
                    self.working.remove(&peer_id);
                    if let Some(queue) = self.queues.get_mut(&peer_id) {
                        tracing::debug!(%peer_id, dropped = queue.len(), "peer is gone");
                        queue.clear();
                    }
                }
                self.publish_state();
            }
            SwarmEvent::Behaviour(BehaviourEvent::Messages(event)) => self.message(event),
            _ => {}
        }
    }

    fn message(&mut self, event: Event<Request, Response>) {
        match event {
            Event::Message { peer, connection_id, message } => match message {
                Message::Request { request, channel, .. } => {
                    self.request(peer, connection_id, request, channel);
                }
                Message::Response { request_id, response } => {
                    if let Some(open) = self.open.remove(&request_id) {
                        self.response(peer, connection_id, open, response);
                    }
                }
            },
            Event::OutboundFailure { request_id, .. } => {
                if let Some(Open::Push(peer, batch)) = self.open.remove(&request_id) {
                    let now_ms = self.now_ms();
                    if self.peers.connected().contains(&peer) {
                        self.queues.entry(peer).or_default().returned(batch, now_ms);
                    }
                }
            }
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
        }
    }

    fn request(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        request: Request,
        channel: Channel,
    ) {
        let now_ms = self.now_ms();
        match request {
            Request::Hello(hello) => {
                self.peers.hello(peer, connection, hello, now_ms);
                let own = self.hello();
                self.answer(channel, Response::Hello(own));
            }
            Request::Push(envelopes) => {
                self.parts.metrics.gossip_received.inc_by(envelopes.len() as u64);
                let from = Sender { peer, validator: self.peers.validator(&peer) };
                self.work(peer, channel, move |sink| async move {
                    match sink.received(from, envelopes).await {
                        Reception::Taken => Response::Taken,
                        Reception::Busy => Response::Busy,
                    }
                });
            }
            Request::Fetch(ids) => {
                self.work(peer, channel, move |sink| async move { found(sink.find(ids).await) });
            }
            Request::Report { nonce, instance, validator } => {
                self.report(peer, channel, (nonce, instance, validator), now_ms);
            }
        }
    }

    // Runs a request in a task, or says that there is no room.
    fn work<F>(
        &mut self,
        peer: PeerId,
        channel: Channel,
        work: impl FnOnce(Arc<dyn EnvelopeSink>) -> F,
    ) where
        F: Future<Output = Response> + Send + 'static,
    {
        let working = self.working.entry(peer).or_default();
        if *working >= INBOUND_PER_PEER_MAX {
            return self.answer(channel, Response::Busy);
        }
        *working += 1;
        let (answers, work) = (self.answers.clone(), work(self.parts.sink.clone()));
        tokio::spawn(async move {
            let _ = answers.send((peer, channel, work.await));
        });
    }

    fn report(
        &mut self,
        peer: PeerId,
        channel: Channel,
        (nonce, instance, validator): ([u8; 16], [u8; 16], Address),
        now_ms: u64,
    ) {
        let asks_for_itself = self.peers.validator(&peer) == Some(validator);
        let (Some(signer), true) = (self.parts.signer.clone(), asks_for_itself) else {
            return self.answer(channel, Response::NoReport);
        };
        let quiet_ms = self.parts.config.twin_quiet_ms;
        let body = ReportBody {
            nonce,
            validator,
            highest: self.parts.watch.highest(&validator),
            other_process: self.peers.other_process(peer, instance, now_ms, quiet_ms),
        };
        let genesis = self.parts.chain.genesis;
        self.work(peer, channel, move |_| async move {
            match signer.sign(&report_bytes(&genesis, &body.encode())).await {
                Ok(signature) => Response::Report { body, signature },
                Err(_) => Response::NoReport,
            }
        });
    }

    fn response(&mut self, peer: PeerId, connection: ConnectionId, open: Open, response: Response) {
        let now_ms = self.now_ms();
        match (open, response) {
            (Open::Hello, Response::Hello(hello)) => {
                self.peers.hello(peer, connection, hello, now_ms)
            }
            (Open::Push(peer, batch), Response::Busy) => {
                self.queues.entry(peer).or_default().returned(batch, now_ms);
            }
            (Open::Push(peer, _), _) => {
                self.queues.entry(peer).or_default().taken();
                self.flush(peer, now_ms);
            }
            (Open::Fetch(reply), Response::Envelopes(envelopes)) => {
                let _ = reply.send(envelopes);
            }
            (Open::Report { nonce, validator, reply }, Response::Report { body, signature }) => {
                let fits = body.nonce == nonce && body.validator == validator;
                if fits && self.signed_by(&peer, &body, &signature) {
                    let report =
                        PeerReport { highest: body.highest, other_process: body.other_process };
                    let _ = reply.send(report);
                }
            }
            _ => {}
        }
    }

    fn signed_by(&self, peer: &PeerId, body: &ReportBody, signature: &Signature) -> bool {
        let next = self.parts.application.tip().height.next();
        let Some(set) = self.parts.application.validators(next) else { return false };
        let Some(address) = self.peers.validator(peer) else { return false };
        let Some((_, validator)) = set.find(&address) else { return false };
        let message = report_bytes(&self.parts.chain.genesis, &body.encode());
        yinglian_crypto::VerifyingKey::new(&validator.public_key)
            .is_ok_and(|key| key.verify(&message, signature).is_ok())
    }
}

// As many as fit an answer.
fn found(envelopes: Vec<Bytes>) -> Response {
    let mut bytes = 0;
    let fitting = envelopes.into_iter().take_while(|envelope| {
        bytes += envelope.len();
        bytes <= 4 * BATCH_BYTES
    });
    Response::Envelopes(fitting.collect())
}
