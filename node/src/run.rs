//! Composition: opens the parts in their order, joins them, runs until asked to stop or until a part says the node must end.

use crate::adapters::admission::Admission;
use crate::adapters::api::NodeApi;
use crate::adapters::application::Node;
use crate::adapters::rules::{MembershipRules, contracts};
use crate::clock::{Clock, SystemClock, TestClock};
use crate::config::{Config, Role, StorageSection};
use crate::health::Health;
use crate::home::Home;
use crate::ledger::Ledger;
use crate::{admin, evidence, genesis, gossip, metrics};
use anyhow::Context;
use prometheus_client::registry::Registry;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use yinglian_consensus as consensus;
use yinglian_crypto::{Signer, SigningKey};
use yinglian_execution::Chain;
use yinglian_mempool::Mempool;
use yinglian_protocol::Address;
use yinglian_store::Store;

const MIB: usize = 1024 * 1024;
/// The folder of the write-ahead log and the sign-state, in the data folder.
const CONSENSUS_FOLDER: &str = "consensus";
/// Longest wait for waiting envelopes to be committed when the node drains.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two looks at whether any still wait.
const DRAIN_LOOK: Duration = Duration::from_millis(50);
/// Longest wait for open answers when the node stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// Runs a node. Returns after SIGTERM or SIGINT; an error is a reason to look at the log before starting again.
pub async fn run(home: &Path) -> anyhow::Result<()> {
    let home = Home::open(home)?;
    let config = Config::load(&home.config())?;
    crate::logging::start(&config.log.level);
    let mut registry = Registry::default();
    let metrics = metrics::Metrics::default();
    metrics.register(&mut registry);
    let (ledger, test_clock) = open_ledger(&home, &config, metrics.clone())?;
    ledger.store.metrics().register(&mut registry);
    let mempool = start_mempool(&config, &ledger, &mut registry)?;
    ledger.attach(Arc::clone(&mempool));
    let key = load_key(&home, &config)?;
    let parts = Parts { home, config, ledger, mempool, metrics };
    let address = key.as_ref().map(|key| key.address());
    tokio::spawn(complete_indexes(Arc::clone(&parts.ledger)));
    let consensus = parts.start_consensus(key, &mut registry).await?;
    let (stop, stopped) = watch::channel(false);
    let (drain, draining) = watch::channel(false);
    let mut api = parts.serve_api(address, &consensus, registry, stopped, draining.clone()).await?;
    admin::listen(&parts.home.admin_socket(), test_clock, drain)?;
    tracing::info!(
        moniker = %parts.config.node.moniker, role = ?parts.config.role,
        genesis = %parts.ledger.genesis_hash(), height = %parts.ledger.tip().parent.height,
        api = %parts.config.api.listen, "node started"
    );
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let outcome = tokio::select! {
        stopped = consensus.stopped() => Err(anyhow::Error::new(stopped)),
        () = parts.mempool.broken() => Err(anyhow::anyhow!("a check of signatures panicked")),
        ended = &mut api => Err(anyhow::anyhow!("the HTTP interface ended: {ended:?}")),
        () = drained(draining, &parts.mempool) => Ok(()),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    tracing::info!("stopping");
    stop.send_replace(true);
    consensus.stop().await;
    if !api.is_finished() {
        let _ = tokio::time::timeout(STOP_TIMEOUT, api).await;
    }
    outcome
}

/// Asks the node in a home to drain.
pub fn drain(home: &Path) -> anyhow::Result<()> {
    let socket = Home::open(home)?.admin_socket();
    admin::ask_to_drain(&socket)
        .with_context(|| format!("cannot ask the node at {}", socket.display()))
}

/// Returns once the node was asked to drain and nothing waits any more, or what does has waited long enough: peers have it.
async fn drained(mut draining: watch::Receiver<bool>, mempool: &Mempool) {
    // The sender lives with the admin socket; without it nobody can ask.
    if draining.wait_for(|asked| *asked).await.is_err() {
        return std::future::pending().await;
    }
    tracing::info!(waiting = mempool.load().records, "draining");
    let empty = async {
        while mempool.pending() || mempool.load().verifying > 0 {
            tokio::time::sleep(DRAIN_LOOK).await;
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, empty).await;
}

/// Makes the indexes that a block newly declares, beside the blocks that follow.
async fn complete_indexes(ledger: Arc<Ledger>) {
    let mut heights = ledger.heights();
    while heights.changed().await.is_ok() {
        let ledger = Arc::clone(&ledger);
        let complete = move || match ledger.objects.is_complete(&ledger.store)? {
            true => Ok(()),
            false => ledger.objects.complete(&ledger.store),
        };
        let done: Result<anyhow::Result<()>, _> = tokio::task::spawn_blocking(complete).await;
        if let Ok(Err(error)) = done {
            tracing::error!(error = format!("{error:#}"), "an index of objects cannot be made");
        }
    }
}

/// The parts that everything else is joined from.
struct Parts {
    home: Home,
    config: Config,
    ledger: Arc<Ledger>,
    mempool: Arc<Mempool>,
    metrics: metrics::Metrics,
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
    let options = store_options(&config.storage, document.test_clock)?;
    let store = Store::open(&home.data().join("store"), &options)?;
    let test_clock =
        document.test_clock.then(|| Arc::new(TestClock::starting_at(document.time_ms)));
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

fn store_options(
    storage: &StorageSection,
    is_test_chain: bool,
) -> anyhow::Result<yinglian_store::Options> {
    anyhow::ensure!(
        storage.sync || is_test_chain,
        "storage.sync = false loses acknowledged records in a power cut: only a chain flagged as test may run so"
    );
    if !storage.sync {
        tracing::warn!("storage.sync is off: acknowledged records are lost in a power cut");
    }
    Ok(yinglian_store::Options {
        cache_bytes: usize::try_from(storage.cache_mib)?.saturating_mul(MIB),
        head_room_bytes: storage.headroom_mib.saturating_mul(MIB as u64),
        sync: storage.sync,
        ..yinglian_store::Options::default()
    })
}

fn start_mempool(
    config: &Config,
    ledger: &Arc<Ledger>,
    registry: &mut Registry,
) -> anyhow::Result<Arc<Mempool>> {
    let metrics = yinglian_mempool::Metrics::default();
    metrics.register(registry);
    let settings = yinglian_mempool::Config {
        records_max: config.mempool.envelopes_max,
        bytes_max: config.mempool.mib_max.saturating_mul(MIB),
        verify_threads: config.mempool.verification_threads.max(1),
        key_tables_bytes_max: config.mempool.key_tables_mib_max.saturating_mul(MIB),
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

impl Parts {
    async fn start_consensus(
        &self,
        key: Option<Arc<SigningKey>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Arc<consensus::Handle>> {
        let Self { home, config, ledger, mempool, .. } = self;
        let folder = home.data().join(CONSENSUS_FOLDER);
        let settings = consensus::Config {
            name: config.node.moniker.clone(),
            gossip_listen: Some(config.gossip.listen.clone()),
            observers: config.gossip.observers.clone(),
            heartbeat_ms: config.consensus.heartbeat_ms,
            ..consensus::Config::new(folder, &config.consensus.listen)
        };
        let (evidence, pieces) = tokio::sync::mpsc::channel(evidence::WAITING_MAX);
        evidence::keep(Arc::clone(ledger), Arc::clone(mempool), key.clone(), pieces);
        let start = consensus::Start {
            chain: consensus::context::Chain {
                suite: ledger.suite(),
                genesis: ledger.genesis_hash(),
            },
            config: settings,
            application: Arc::new(Node::new(Arc::clone(ledger), Arc::clone(mempool), evidence)),
            signer: key.map(|key| key as Arc<dyn Signer>),
            identity: node_identity(&home.node_key())?,
            sink: Arc::new(gossip::Sink(Arc::clone(mempool))),
        };
        let handle = Arc::new(consensus::start(start, registry).await?);
        gossip::push(Arc::clone(mempool), handle.gossip().clone());
        Ok(handle)
    }

    async fn serve_api(
        &self,
        address: Option<Address>,
        consensus: &Arc<consensus::Handle>,
        mut registry: Registry,
        mut stopped: watch::Receiver<bool>,
        draining: watch::Receiver<bool>,
    ) -> anyhow::Result<tokio::task::JoinHandle<()>> {
        let Self { config, ledger, mempool, metrics, .. } = self;
        let api_metrics = yinglian_node_api::Metrics::register(&mut registry);
        let health = Health {
            ledger: Arc::clone(ledger),
            mempool: Arc::clone(mempool),
            consensus: Arc::clone(consensus),
            role: config.role,
            address,
            draining,
        };
        let node = NodeApi::new(Arc::clone(ledger), Arc::clone(mempool), health);
        let (metrics, ledger) = (metrics.clone(), Arc::clone(ledger));
        let text = move || {
            metrics.refresh();
            ledger.store.refresh_metrics();
            // The engine keeps a registry of its own; the closing line comes with ours.
            let mut text = consensus::engine_metrics();
            prometheus_client::encoding::text::encode(&mut text, &registry)?;
            Ok(text)
        };
        let settings = config.api.limits.apply(yinglian_node_api::Config::default());
        let api =
            yinglian_node_api::Api::new(Arc::new(node), settings, api_metrics, Arc::new(text));
        let listener = TcpListener::bind(config.api.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.api.listen))?;
        let stopped = async move {
            // The sender gone means the same.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        Ok(tokio::spawn(yinglian_node_api::serve(api, listener, stopped)))
    }
}

/// The libp2p identity: 64 hex digits of an Ed25519 secret.
fn node_identity(path: &Path) -> anyhow::Result<consensus::Keypair> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the node key {}", path.display()))?;
    let mut bytes = hex::decode(text.trim()).context("the node key is not hex")?;
    consensus::Keypair::ed25519_from_bytes(&mut bytes).context("the node key is no Ed25519 secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chain_flagged_as_test_runs_without_sync() {
        let unsynced = StorageSection { sync: false, ..StorageSection::default() };
        assert!(store_options(&unsynced, false).is_err());
        assert!(!store_options(&unsynced, true).unwrap().sync);
        assert!(store_options(&StorageSection::default(), false).unwrap().sync);
    }
}
