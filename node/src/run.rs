//! Composition: opens the parts in their order, joins them, runs until asked to stop or until a part says the node must end.

use crate::adapters::admission::Admission;
use crate::adapters::api::NodeApi;
use crate::adapters::application::Node;
use crate::adapters::rules::{MembershipRules, contracts};
use crate::clock::{Clock, SystemClock, TestClock};
use crate::config::{Config, Role};
use crate::health::Health;
use crate::home::Home;
use crate::ledger::Ledger;
use crate::{admin, evidence, genesis, gossip, metrics};
use anyhow::Context;
use prometheus_client::registry::Registry;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use yinglian_consensus as consensus;
use yinglian_crypto::{Signer, SigningKey};
use yinglian_execution::Chain;
use yinglian_mempool::Mempool;
use yinglian_store::Store;

const MIB: usize = 1024 * 1024;
/// The folder of the write-ahead log and the sign-state, in the data folder.
const CONSENSUS_FOLDER: &str = "consensus";

/// Runs a node. Returns after SIGTERM or SIGINT; an error is a reason to look at the log before starting again.
pub async fn run(home: &Path) -> anyhow::Result<()> {
    let home = Home::open(home)?;
    let config = Config::load(&home.config())?;
    crate::logging::start(&config.log.level);
    let registry = Arc::new(Mutex::new(Registry::default()));
    let metrics = metrics::Metrics::default();
    let (ledger, test_clock) = open_ledger(&home, &config, metrics.clone())?;
    let mempool = start_mempool(&config, &ledger, &registry)?;
    ledger.attach(Arc::clone(&mempool));
    let key = load_key(&home, &config)?;
    let address = key.as_ref().map(|key| key.address());
    let health = Arc::new(Health::new(Arc::clone(&ledger), Arc::clone(&mempool), config.role, address));
    with(&registry, |registry| {
        metrics.register(registry);
        ledger.store.metrics().register(registry);
    });
    let stop = Arc::new(tokio::sync::Notify::new());
    let api = serve_api(&config, &ledger, &mempool, &health, &registry, metrics, Arc::clone(&stop)).await?;
    admin::listen(&home.admin_socket(), test_clock)?;
    tracing::info!(
        moniker = %config.node.moniker, role = ?config.role, genesis = %ledger.genesis_hash(),
        height = %ledger.tip().parent.height, api = %config.api.listen, "node started"
    );
    let mut running = start_consensus(&home, &config, &ledger, &mempool, key, &health, &registry).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let outcome = tokio::select! {
        stopped = running.stopped() => Err(anyhow::Error::new(stopped)),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    tracing::info!("stopping");
    stop.notify_waiters();
    running.stop().await;
    let _ = tokio::time::timeout(std::time::Duration::from_secs(3), api).await;
    outcome
}

fn with<T>(registry: &Mutex<Registry>, work: impl FnOnce(&mut Registry) -> T) -> T {
    work(&mut registry.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Opens store and chain; the clock of a test chain comes back for the admin socket.
pub fn open_ledger(
    home: &Home,
    config: &Config,
    metrics: metrics::Metrics,
) -> anyhow::Result<(Arc<Ledger>, Option<Arc<TestClock>>)> {
    let path = home.genesis_document();
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let document = genesis::decode_document(&bytes)?;
    let genesis = genesis::derive(&document)?;
    std::fs::create_dir_all(home.data())?;
    let options = yinglian_store::Options {
        cache_bytes: usize::try_from(config.storage.cache_mib)?.saturating_mul(MIB),
        head_room_bytes: config.storage.headroom_mib.saturating_mul(MIB as u64),
        ..yinglian_store::Options::default()
    };
    let store = Store::open(&home.data().join("store"), &options)?;
    let test_clock = document.test_clock.then(|| Arc::new(TestClock::starting_at(document.time_ms)));
    let clock: Arc<dyn Clock> = match &test_clock {
        Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        None => Arc::new(SystemClock),
    };
    let chain = Chain::new(&genesis.genesis, contracts()?, Box::new(MembershipRules));
    let ledger = Ledger::open(chain, genesis, &bytes, store, clock, metrics)?;
    if let Some(clock) = &test_clock {
        // A restart must not take the clock behind the chain.
        clock.set(ledger.tip().parent.time_ms);
    }
    Ok((Arc::new(ledger), test_clock))
}

fn start_mempool(
    config: &Config,
    ledger: &Arc<Ledger>,
    registry: &Mutex<Registry>,
) -> anyhow::Result<Arc<Mempool>> {
    let metrics = yinglian_mempool::Metrics::default();
    with(registry, |registry| metrics.register(registry));
    let settings = yinglian_mempool::Config {
        records_max: config.mempool.envelopes_max,
        bytes_max: config.mempool.mib_max.saturating_mul(MIB),
        verify_threads: config.mempool.verification_threads.max(1),
        ..yinglian_mempool::Config::default()
    };
    let admission = Arc::new(Admission::new(ledger));
    let mempool =
        Mempool::start(ledger.suite(), ledger.genesis_hash(), settings, admission, metrics)?;
    Ok(Arc::new(mempool))
}

fn load_key(home: &Home, config: &Config) -> anyhow::Result<Option<Arc<SigningKey>>> {
    if config.role == Role::Observer {
        return Ok(None);
    }
    let path = home.validator_key();
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the validator key {}", path.display()))?;
    let key = if text.contains("ENCRYPTED") {
        let passphrase = std::env::var("YINGLIAN_PASSPHRASE")
            .context("the validator key is encrypted: set YINGLIAN_PASSPHRASE")?;
        yinglian_crypto::keystore::load(&path, &passphrase)?
    } else {
        SigningKey::from_pem(&text)?
    };
    Ok(Some(Arc::new(key)))
}

async fn serve_api(
    config: &Config,
    ledger: &Arc<Ledger>,
    mempool: &Arc<Mempool>,
    health: &Arc<Health>,
    registry: &Arc<Mutex<Registry>>,
    metrics: metrics::Metrics,
    stop: Arc<tokio::sync::Notify>,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let node = NodeApi::new(Arc::clone(ledger), Arc::clone(mempool), Arc::clone(health));
    let api_metrics = with(registry, yinglian_node_api::Metrics::register);
    let registry = Arc::clone(registry);
    let ledger = Arc::clone(ledger);
    let text = move || {
        metrics.refresh();
        ledger.store.refresh_metrics();
        let mut text = String::new();
        with(&registry, |registry| prometheus_client::encoding::text::encode(&mut text, registry))?;
        Ok(text)
    };
    let settings = yinglian_node_api::Config::default();
    let api = yinglian_node_api::Api::new(Arc::new(node), settings, api_metrics, Arc::new(text));
    let listener = TcpListener::bind(config.api.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.api.listen))?;
    let stopped = async move { stop.notified().await };
    Ok(tokio::spawn(yinglian_node_api::serve(api, listener, stopped)))
}

async fn start_consensus(
    home: &Home,
    config: &Config,
    ledger: &Arc<Ledger>,
    mempool: &Arc<Mempool>,
    key: Option<Arc<SigningKey>>,
    health: &Arc<Health>,
    registry: &Mutex<Registry>,
) -> anyhow::Result<consensus::Running> {
    let folder = home.data().join(CONSENSUS_FOLDER);
    std::fs::create_dir_all(&folder)?;
    let settings = consensus::Config {
        name: config.node.moniker.clone(),
        gossip_listen: config.gossip.listen.clone(),
        observers: config.gossip.observers.clone(),
        heartbeat_ms: config.consensus.heartbeat_ms,
        ..consensus::Config::new(folder, &config.consensus.listen)
    };
    let (evidence_sender, evidence_receiver) = tokio::sync::mpsc::unbounded_channel();
    let application = Arc::new(Node::new(Arc::clone(ledger), Arc::clone(mempool), evidence_sender));
    evidence::keep(Arc::clone(ledger), Arc::clone(mempool), key.clone(), evidence_receiver);
    let sink = Arc::new(gossip::Sink::new(Arc::clone(mempool), Arc::clone(ledger)));
    let identity = std::fs::read_to_string(home.node_key()).context("cannot read keys/node.key")?;
    let running = consensus::start(consensus::Start {
        config: settings,
        suite: ledger.suite(),
        genesis: ledger.genesis_hash(),
        application,
        sink,
        signer: key.map(|key| key as Arc<dyn Signer>),
        identity: identity.trim().to_owned(),
        registry: &mut registry.lock().unwrap_or_else(PoisonError::into_inner),
    })
    .await?;
    gossip::push(Arc::clone(mempool), running.handle());
    health.attach(running.handle());
    Ok(running)
}
