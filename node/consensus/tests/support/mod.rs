//! A chain in memory behind real consensus: four validators, blocks without content rules, a "disk" that outlives nodes.
#![allow(dead_code)]

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use yinglian_consensus::context::Chain;
use yinglian_consensus::{
    AppError, Application, Config, Decided, DoubleVote, EnvelopeSink, Handle, Keypair, Origin,
    Peer, Proposal, Reception, Sender, Spread, Start, Tip, Verdict, start,
};
use yinglian_crypto::SigningKey;
use yinglian_protocol::{
    Address, CreditCode, EnvelopeId, GenesisHash, Hash, Header, HeaderFlags, Height, Payload,
    Quorum, Suite, Validator, ValidatorSet,
};

pub const SUITE: Suite = Suite::International;

pub fn chain() -> Chain {
    Chain { genesis: GenesisHash(SUITE.hash(&[b"agreement"])), suite: SUITE }
}

/// What survives a node.
#[derive(Clone, Default)]
pub struct Disk {
    blocks: Vec<(Header, Bytes, Quorum)>,
    values: BTreeMap<Hash, Arc<Proposal>>,
    built: BTreeMap<(Height, u32), Hash>,
    pub evidence: Vec<DoubleVote>,
}

pub struct MemoryChain {
    disk: Arc<Mutex<Disk>>,
    set: ValidatorSet,
    peers: Vec<Peer>,
    payload: Arc<Mutex<Bytes>>,
    heartbeat_ms_max: Option<u64>,
    waiting: Mutex<bool>,
    wake: Notify,
}

impl MemoryChain {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    pub fn set_pending(&self, pending: bool) {
        *self.waiting.lock().unwrap() = pending;
        self.wake.notify_waiters();
    }

    pub fn header(&self, height: u64) -> Option<Header> {
        self.disk().blocks.get(height as usize - 1).map(|(header, _, _)| header.clone())
    }
}

#[async_trait]
impl Application for MemoryChain {
    fn tip(&self) -> Tip {
        match self.disk().blocks.last() {
            Some((header, _, _)) => Tip {
                height: header.height,
                hash: header.hash(),
                time_ms: header.time_ms,
                log_size: header.log_size,
            },
            None => Tip { height: Height(0), hash: chain().genesis.0, time_ms: 0, log_size: 0 },
        }
    }

    fn heartbeat_ms_max(&self) -> Option<u64> {
        self.heartbeat_ms_max
    }

    fn validators(&self, height: Height) -> Option<ValidatorSet> {
        (height <= self.tip().height.next()).then(|| self.set.clone())
    }

    fn peers(&self) -> Vec<Peer> {
        self.peers.clone()
    }

    async fn build(
        &self,
        height: Height,
        round: u32,
        proposer: Address,
        _: Duration,
    ) -> Result<Arc<Proposal>, AppError> {
        let tip = self.tip();
        let mut disk = self.disk.lock().unwrap();
        if let Some(id) = disk.built.get(&(height, round)) {
            return Ok(disk.values[id].clone());
        }
        let payload = self.payload.lock().unwrap().clone();
        let set = self.set.hash(SUITE);
        let now_ms =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
                as u64;
        let header = Header {
            version: yinglian_protocol_header_version(),
            suite: SUITE,
            flags: HeaderFlags::default(),
            height,
            round,
            time_ms: now_ms.max(tip.time_ms + 1),
            previous: tip.hash,
            payload_hash: Payload::hash(SUITE, &payload),
            log_size: 0,
            log_root: Hash::ZERO,
            registry_root: Hash::ZERO,
            validators_hash: set,
            next_validators_hash: set,
            protocol_version: 1,
            proposer,
        };
        let proposal = Arc::new(Proposal { header, payload });
        disk.built.insert((height, round), proposal.value_id());
        disk.values.insert(proposal.value_id(), proposal.clone());
        Ok(proposal)
    }

    async fn check(&self, proposal: Arc<Proposal>, _: Origin) -> Result<Verdict, AppError> {
        let tip = self.tip();
        let header = &proposal.header;
        if header.previous != tip.hash || header.height != tip.height.next() {
            return Ok(Verdict::Invalid(format!("does not follow {}", tip.height)));
        }
        if Payload::hash(header.suite, &proposal.payload) != header.payload_hash {
            return Err(AppError::Transient("another payload".into()));
        }
        self.disk().values.insert(proposal.value_id(), proposal.clone());
        Ok(Verdict::Valid)
    }

    async fn load(&self, value_id: Hash) -> Option<Arc<Proposal>> {
        self.disk().values.get(&value_id).cloned()
    }

    async fn undecided(&self, height: Height) -> Vec<Arc<Proposal>> {
        self.disk().values.values().filter(|p| p.header.height == height).cloned().collect()
    }

    async fn commit(&self, value_id: Hash, quorum: Quorum) -> Result<(), AppError> {
        let tip = self.tip();
        let mut disk = self.disk.lock().unwrap();
        let proposal = disk.values.get(&value_id).cloned();
        let proposal = proposal.ok_or_else(|| AppError::Fatal("no payload".into()))?;
        quorum
            .verify(&chain().genesis, proposal.header.height, value_id, &self.set)
            .map_err(|error| AppError::Fatal(error.to_string()))?;
        if proposal.header.previous != tip.hash {
            return Err(AppError::Fatal("does not follow".into()));
        }
        disk.blocks.push((proposal.header.clone(), proposal.payload.clone(), quorum));
        disk.values.retain(|_, value| value.header.height > proposal.header.height);
        Ok(())
    }

    async fn decided(&self, height: Height) -> Option<Decided> {
        let disk = self.disk();
        let (header, payload, quorum) =
            disk.blocks.get(usize::try_from(height.0).ok()?.checked_sub(1)?)?;
        Some(Decided {
            header_bytes: header.encode().into(),
            payload: payload.clone(),
            quorum: quorum.clone(),
        })
    }

    fn pending(&self) -> bool {
        *self.waiting.lock().unwrap()
    }

    async fn wait_pending(&self) {
        loop {
            let woken = self.wake.notified();
            if self.pending() {
                return;
            }
            woken.await;
        }
    }

    async fn evidence(&self, evidence: DoubleVote) {
        self.disk().evidence.push(evidence);
    }
}

fn yinglian_protocol_header_version() -> u8 {
    1
}

/// Remembers what peers pushed.
#[derive(Default)]
pub struct MemorySink {
    pub received: Mutex<Vec<(Sender, Bytes)>>,
}

#[async_trait]
impl EnvelopeSink for MemorySink {
    async fn received(&self, from: Sender, envelopes: Vec<Bytes>) -> Reception {
        self.received
            .lock()
            .unwrap()
            .extend(envelopes.into_iter().map(|envelope| (from, envelope)));
        Reception::Taken
    }

    async fn find(&self, ids: Vec<EnvelopeId>) -> Vec<Bytes> {
        ids.iter().map(|id| Bytes::copy_from_slice(id.0.as_bytes())).collect()
    }
}

/// One node of the test network.
pub struct TestNode {
    pub application: Arc<MemoryChain>,
    pub sink: Arc<MemorySink>,
    pub handle: Handle,
}

/// A network whose nodes can be stopped and started.
pub struct Network {
    pub keys: Vec<SigningKey>,
    pub identities: Vec<Keypair>,
    pub disks: Vec<Arc<Mutex<Disk>>>,
    pub folders: Vec<PathBuf>,
    pub ports: Vec<u16>,
    pub set: ValidatorSet,
    pub peers: Vec<Peer>,
    pub observers: Vec<String>,
    pub heartbeat_ms: u64,
    /// What the chain allows at most.
    pub heartbeat_ms_max: Option<u64>,
    pub spread: Spread,
    /// Payload of every block.
    pub payload: Arc<Mutex<Bytes>>,
    _root: tempfile::TempDir,
}

impl Network {
    /// Validators only; `observers` further nodes follow in `folders`, `disks` and `ports`.
    pub fn new(validators: usize, observers: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        let total = validators + observers;
        let keys: Vec<_> = (0..validators)
            .map(|i| SigningKey::from_seed(SUITE, format!("validator {i}").as_bytes()))
            .collect();
        let identities: Vec<_> = (0..total).map(|_| Keypair::generate_ed25519()).collect();
        let ports: Vec<_> = (0..total).map(|_| free_port_pair()).collect();
        let folders = (0..total).map(|i| root.path().join(i.to_string())).collect();
        let set = ValidatorSet::new(
            keys.iter()
                .map(|key| Validator {
                    organization: CreditCode::parse("91350100M000100Y43").unwrap(),
                    public_key: key.public_key().clone(),
                    weight: 1,
                })
                .collect(),
        )
        .unwrap();
        let peers = (0..validators)
            .map(|i| Peer {
                address: keys[i].public_key().address(),
                peer_id: identities[i].public().to_peer_id().to_string(),
                addresses: vec![format!("/ip4/127.0.0.1/tcp/{}", ports[i])],
            })
            .collect();
        let observers = identities[validators..]
            .iter()
            .map(|id| id.public().to_peer_id().to_string())
            .collect();
        Self {
            keys,
            identities,
            disks: (0..total).map(|_| Arc::default()).collect(),
            folders,
            ports,
            set,
            peers,
            observers,
            heartbeat_ms: 0,
            heartbeat_ms_max: None,
            spread: Spread::Auto,
            payload: Arc::default(),
            _root: root,
        }
    }

    pub fn config(&self, index: usize) -> Config {
        let listen = format!("/ip4/127.0.0.1/tcp/{}", self.ports[index]);
        let mut config = Config::new(self.folders[index].clone(), &listen);
        config.name = format!("node{index}");
        config.heartbeat_ms = self.heartbeat_ms;
        config.spread = self.spread;
        config.observers = self.observers.clone();
        config
    }

    pub async fn start(&self, index: usize) -> TestNode {
        self.start_as(
            index,
            self.config(index),
            self.keys.get(index).cloned(),
            &self.identities[index],
        )
        .await
    }

    pub async fn start_all(&self) -> Vec<TestNode> {
        futures::future::join_all((0..self.disks.len()).map(|index| self.start(index))).await
    }

    /// A second process of validator `of`, in the place of node `index`.
    pub async fn start_clone(&self, of: usize, index: usize, config: Config) -> TestNode {
        self.start_as(index, config, self.keys.get(of).cloned(), &self.identities[of]).await
    }

    async fn start_as(
        &self,
        index: usize,
        config: Config,
        key: Option<SigningKey>,
        identity: &Keypair,
    ) -> TestNode {
        let application = Arc::new(MemoryChain {
            disk: self.disks[index].clone(),
            set: self.set.clone(),
            peers: self.peers.clone(),
            payload: self.payload.clone(),
            heartbeat_ms_max: self.heartbeat_ms_max,
            waiting: Mutex::new(false),
            wake: Notify::new(),
        });
        let sink = Arc::new(MemorySink::default());
        let signer = key.map(|key| Arc::new(key) as Arc<dyn yinglian_crypto::Signer>);
        let handle = start(
            Start {
                chain: chain(),
                config,
                application: application.clone(),
                signer,
                identity: identity.clone(),
                sink: sink.clone(),
            },
            &mut prometheus_client::registry::Registry::default(),
        )
        .await
        .unwrap();
        TestNode { application, sink, handle }
    }

    /// Everything a node keeps: its folder and its blocks.
    pub fn copy(&self, index: usize) -> (Vec<(String, Vec<u8>)>, Disk) {
        let files = std::fs::read_dir(&self.folders[index]).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        });
        (files.collect(), self.disks[index].lock().unwrap().clone())
    }

    /// Puts a copy back in place of what is there.
    pub fn restore(&self, index: usize, (files, disk): (Vec<(String, Vec<u8>)>, Disk)) {
        let folder = &self.folders[index];
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::create_dir(folder).unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        *self.disks[index].lock().unwrap() = disk;
    }

    /// Proofs of double signing that any node was given.
    pub fn evidence(&self) -> Vec<DoubleVote> {
        self.disks.iter().flat_map(|disk| disk.lock().unwrap().evidence.clone()).collect()
    }

    /// Waits for a condition.
    pub async fn until(&self, within: Duration, mut holds: impl FnMut() -> bool) {
        let held = async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(within, held).await.expect("the condition did not come to hold");
    }

    /// Waits until every node is connected with every validator.
    pub async fn connected(&self, nodes: &[&TestNode], within: Duration) {
        self.until(within, || nodes.iter().all(|node| node.handle.status().missing().count() == 0))
            .await;
    }

    /// Waits until all nodes have the same tip and wait for the heartbeat.
    pub async fn rest(&self, nodes: &[&TestNode], within: Duration) {
        let tip = || nodes[0].application.tip();
        self.until(within, || {
            nodes.iter().all(|node| node.handle.status().idle && node.application.tip() == tip())
        })
        .await;
    }

    /// Waits until every node's tip is at least this height.
    pub async fn reach(&self, nodes: &[&TestNode], height: u64, within: Duration) {
        let reached = async {
            while nodes.iter().any(|node| node.application.tip().height.0 < height) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(within, reached).await.is_err() {
            let tips: Vec<_> = nodes.iter().map(|node| node.application.tip().height.0).collect();
            let states: Vec<_> = nodes.iter().map(|node| node.handle.status()).collect();
            panic!("tips {tips:?} instead of {height} within {within:?}: {states:#?}");
        }
    }
}

// A port whose successor is free too. Another process may take one before the node binds it; then the test fails.
fn free_port_pair() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

pub fn same_blocks(nodes: &[&TestNode], height: u64) {
    for height in 1..=height {
        let first = nodes[0].application.header(height).unwrap();
        for node in &nodes[1..] {
            assert_eq!(node.application.header(height).unwrap(), first, "fork at {height}");
        }
    }
}

pub fn logs() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
}
