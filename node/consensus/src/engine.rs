//! Starts and stops one run of the engine with its host loop.

use crate::codec::WireCodec;
use crate::config::{Config, EngineConfig};
use crate::context::{Chain, ValidatorId};
use crate::error::{StartError, Stopped};
use crate::host::{HostLoop, HostParts, Position};
use crate::metrics::Metrics;
use crate::ports::Application;
use crate::signing::{GuardedSigner, VoteVerifier};
use crate::watch::Watch;
use libp2p::identity::Keypair;
use malachite::{
    ConsensusContext, EngineHandle, NetworkContext, NetworkIdentity, RequestContext, SyncContext,
    WalContext, start_engine,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use yinglian_protocol::{Address, Height};

/// Time for the engine's actors to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// What every run of the engine needs.
#[derive(Clone)]
pub(crate) struct EngineParts {
    pub chain: Chain,
    pub config: Config,
    pub application: Arc<dyn Application>,
    pub own: Option<Address>,
    pub identity: Keypair,
    pub verifier: VoteVerifier,
    pub watch: Arc<Watch>,
    pub metrics: Metrics,
    pub position: watch::Sender<Position>,
    pub committed: watch::Sender<Height>,
}

/// A running engine.
pub(crate) struct Run {
    engine: EngineHandle,
    stop: Option<oneshot::Sender<()>>,
    host: JoinHandle<Stopped>,
}

impl Run {
    /// Starts the engine: with a signer as validator, without one as follower. `run` numbers the starts of a process.
    pub(crate) async fn start(
        parts: &EngineParts,
        signer: Option<GuardedSigner>,
        run: u32,
    ) -> Result<Self, StartError> {
        let next = parts.application.tip().height.next();
        let set = parts.application.validators(next).ok_or(StartError::NoValidators(next))?;
        let persistent =
            crate::host::persistent(&parts.application.peers(), &parts.config.observers, parts.own);
        let addresses = persistent.values().flatten().cloned().collect();
        let mut config = parts.config.clone();
        if run > 0 {
            // The engine registers its metrics anew at every start; the name keeps the samples apart.
            config.name = format!("{}-{run}", config.name);
        }
        let engine_config =
            EngineConfig::new(&config, &parts.chain, set.len(), addresses, signer.is_some())?;
        let address = ValidatorId(parts.own.unwrap_or_else(|| observer_address(&parts.chain)));
        let verifier = Box::new(parts.verifier.clone());
        let consensus = match &signer {
            Some(signer) => {
                ConsensusContext::new_validator(address, verifier, Box::new(signer.clone()))
            }
            None => ConsensusContext::new_full_node(address, verifier),
        };
        let own = signer.as_ref().map(|_| address.to_string());
        let identity = NetworkIdentity::new(config.name.clone(), parts.identity.clone(), own);
        let (channels, engine) = start_engine(
            parts.chain,
            engine_config,
            WalContext::new(config.log_path(), WireCodec),
            NetworkContext::new(identity, WireCodec),
            consensus,
            SyncContext::new(WireCodec),
            RequestContext::new(64),
        )
        .await
        .map_err(|error| StartError::Engine(format!("{error:#}")))?;
        let host = HostLoop::new(
            HostParts {
                chain: parts.chain,
                config: parts.config.clone(),
                application: parts.application.clone(),
                own: signer.as_ref().and(parts.own),
                signer,
                verifier: parts.verifier.clone(),
                watch: parts.watch.clone(),
                metrics: parts.metrics.clone(),
                channels,
                position: parts.position.clone(),
                committed: parts.committed.clone(),
            },
            persistent,
        );
        let (stop, stopped) = oneshot::channel();
        Ok(Self { engine, stop: Some(stop), host: tokio::spawn(host.run(stopped)) })
    }

    /// Waits for the end, by itself, of host loop or engine.
    pub(crate) async fn ended(&mut self) -> Stopped {
        tokio::select! {
            stopped = &mut self.host => stopped.unwrap_or(Stopped::Engine),
            _ = &mut self.engine.handle => Stopped::Engine,
        }
    }

    /// Ends both and waits until ports and files are free again.
    pub(crate) async fn stop(mut self) {
        let node = self.engine.actor.get_cell();
        // In reverse order of their start: an engine whose log ends first takes that for a failure and hangs on purpose.
        let mut actors = node.get_children();
        actors.sort_by_key(|actor| core::cmp::Reverse(actor.get_id().pid()));
        for actor in actors {
            // The supervisor would end the others as soon as it hears of the first.
            actor.unlink(node.clone());
            if actor.stop_and_wait(None, Some(STOP_TIMEOUT)).await.is_err() {
                let _ = actor.kill_and_wait(Some(STOP_TIMEOUT)).await;
            }
        }
        let _ = self.engine.actor.stop_and_wait(None, Some(STOP_TIMEOUT)).await;
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if !self.host.is_finished() {
            let _ = (&mut self.host).await;
        }
    }
}

// The engine wants an address of every node; this one belongs to no key.
fn observer_address(chain: &Chain) -> Address {
    let digest = chain.suite.tagged_hash("yinglian/observer/v1", &[chain.genesis.0.as_bytes()]);
    let mut bytes = [chain.suite.id(); 21];
    bytes[1..].copy_from_slice(&digest.as_bytes()[..20]);
    // The first byte is the suite's own id, which is all that is checked.
    Address::from_bytes(&bytes).unwrap_or_else(|_| unreachable!("the suite's id is a suite"))
}
