//! Puts consensus together and starts it: envelope network, sign guard, supervisor of the engine.
//!
//! Comes in: what the node is made of. Goes out: a handle to push envelopes, look at the state, and stop. Decides nothing.

use crate::config::Config;
use crate::context::Chain;
use crate::engine::EngineParts;
use crate::error::{StartError, Stopped};
use crate::gossip::{self, EnvelopeSink, Gossip, GossipParts};
use crate::guard::Guard;
use crate::host::Position;
use crate::metrics::Metrics;
use crate::ports::Application;
use crate::signing::{GuardedSigner, VoteVerifier};
use crate::status::{GuardState, Status, ValidatorStatus};
use crate::supervisor::Supervisor;
use crate::watch::Watch;
use libp2p::identity::Keypair;
use prometheus_client::registry::Registry;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use yinglian_protocol::{Address, ValidatorSet};

/// What consensus is started with.
pub struct Start {
    /// The chain.
    pub chain: Chain,
    /// Settings.
    pub config: Config,
    /// The chain behind consensus.
    pub application: Arc<dyn Application>,
    /// The validator's key; none for an observer.
    pub signer: Option<Arc<dyn yinglian_crypto::Signer>>,
    /// Key of the node's peer id.
    pub identity: Keypair,
    /// The mempool.
    pub sink: Arc<dyn EnvelopeSink>,
}

/// Running consensus.
pub struct Handle {
    gossip: Gossip,
    own: Option<Address>,
    application: Arc<dyn Application>,
    position: watch::Receiver<Position>,
    guard: watch::Receiver<GuardState>,
    stopped: watch::Receiver<Option<Stopped>>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

/// Starts consensus. Files of the data folder are opened, ports bound; the engine may start later.
pub async fn start(start: Start, registry: &mut Registry) -> Result<Handle, StartError> {
    let metrics = Metrics::new(registry);
    std::fs::create_dir_all(&start.config.data_dir)?;
    let cut_bytes = crate::log::repair(&start.config.log_path())?;
    if cut_bytes > 0 {
        tracing::warn!(cut_bytes, "the write-ahead log had an end that was never synced");
    }
    let (stopped, stopped_events) = mpsc::unbounded_channel();
    let own = start.signer.as_ref().map(|signer| signer.address());
    let guard = match own {
        Some(address) => {
            let path = start.config.sign_state_path();
            Some(Arc::new(Guard::open(&path, &start.chain.genesis, &address)?))
        }
        None => None,
    };
    let watched = own.zip(guard.clone());
    let watch = Arc::new(Watch::new(watched, stopped.clone()));
    note_tip(&watch, &*start.application).await;
    let (signs, signs_view) = watch::channel(false);
    let gossip = gossip::spawn(GossipParts {
        chain: start.chain,
        config: start.config.clone(),
        application: start.application.clone(),
        own,
        signer: start.signer.clone(),
        identity: start.identity.clone(),
        sink: start.sink,
        watch: watch.clone(),
        signs: signs_view,
        instance: yinglian_crypto::random::<16>().map_err(|e| StartError::Gossip(e.to_string()))?,
        metrics: metrics.clone(),
    })?;
    let signer = start.signer.zip(guard.clone()).map(|(signer, guard)| {
        let log = Some(start.config.log_path());
        GuardedSigner::new(start.chain, signer, guard, log, metrics.clone(), stopped)
    });
    let (position, position_view) = watch::channel(Position::default());
    let (committed, _) = watch::channel(start.application.tip().height);
    let (guard_state, guard_view) = watch::channel(GuardState::Observer);
    let (ended, ended_view) = watch::channel(None);
    let (stop, stop_asked) = oneshot::channel();
    let supervisor = Supervisor {
        engine: EngineParts {
            chain: start.chain,
            config: start.config,
            application: start.application.clone(),
            own,
            identity: start.identity,
            verifier: VoteVerifier::new(start.chain, watch.clone(), metrics.clone()),
            watch,
            metrics,
            position,
            committed,
        },
        gossip: gossip.clone(),
        guard,
        signer,
        guard_state,
        signs,
        stopped: stopped_events,
        current: None,
        runs: 0,
    };
    tokio::spawn(supervisor.run(stop_asked, ended));
    Ok(Handle {
        gossip,
        own,
        application: start.application,
        position: position_view,
        guard: guard_view,
        stopped: ended_view,
        stop: Mutex::new(Some(stop)),
    })
}

// After a restart the tip's quorum is what this node still knows of its peers' votes.
async fn note_tip(watch: &Watch, application: &dyn Application) {
    let tip = application.tip().height;
    let (Some(decided), Some(set)) = (application.decided(tip).await, application.validators(tip))
    else {
        return;
    };
    watch.quorum(tip, &decided.quorum, &set);
}

impl Handle {
    /// The network of envelopes.
    pub fn gossip(&self) -> &Gossip {
        &self.gossip
    }

    /// State at this moment.
    pub fn status(&self) -> Status {
        let position = *self.position.borrow();
        let next = self.application.tip().height.next();
        Status {
            height: position.height,
            round: position.round,
            proposer: position.proposer,
            idle: position.idle,
            since_decision_ms: position
                .decided
                .map(|decided| u64::try_from(decided.elapsed().as_millis()).unwrap_or(u64::MAX)),
            guard: *self.guard.borrow(),
            validators: self
                .application
                .validators(next)
                .map_or_else(Vec::new, |set| self.validators(&set)),
        }
    }

    fn validators(&self, set: &ValidatorSet) -> Vec<ValidatorStatus> {
        let connected = self.gossip.connected();
        let state = |address: Address| {
            let peer = connected.get(&address);
            let own = self.own == Some(address);
            ValidatorStatus {
                address,
                own,
                connected: own || peer.is_some(),
                height: if own {
                    Some(self.application.tip().height)
                } else {
                    peer.and_then(|peer| peer.height)
                },
            }
        };
        set.iter().map(|validator| state(validator.address())).collect()
    }

    /// Waits until consensus has ended, by itself or when asked.
    pub async fn stopped(&self) -> Stopped {
        let mut stopped = self.stopped.clone();
        let ended = stopped.wait_for(Option::is_some).await;
        ended.ok().and_then(|stopped| stopped.clone()).unwrap_or(Stopped::Asked)
    }

    /// Ends consensus and waits until ports and files are free.
    pub async fn stop(&self) -> Stopped {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            let _ = stop.send(());
        }
        self.stopped().await
    }
}
