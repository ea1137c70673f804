//! Watches over the runs of the engine: with its signer only after the guard's peers have spoken.
//!
//! Until then, or when they saw more than this disk remembers, a validator waits or follows.

use crate::engine::{EngineParts, Run};
use crate::error::{StartError, Stopped};
use crate::gossip::Gossip;
use crate::guard::Guard;
use crate::policy::{self, GuardStart, StartInput};
use crate::signing::GuardedSigner;
use crate::status::GuardState;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use yinglian_protocol::{Address, ValidatorSet};

/// Time between two rounds of questions to the peers.
const ASK_INTERVAL: Duration = Duration::from_millis(250);

/// What decides over starts and ends of the engine.
pub(crate) struct Supervisor {
    pub engine: EngineParts,
    pub gossip: Gossip,
    pub guard: Option<Arc<Guard>>,
    pub signer: Option<GuardedSigner>,
    pub guard_state: watch::Sender<GuardState>,
    pub signs: watch::Sender<bool>,
    pub stopped: mpsc::UnboundedReceiver<Stopped>,
    pub current: Option<Run>,
    pub runs: u32,
}

impl Supervisor {
    pub(crate) async fn run(
        mut self,
        stop: oneshot::Receiver<()>,
        ended: watch::Sender<Option<Stopped>>,
    ) {
        let reason = tokio::select! {
            reason = self.lead() => reason,
            // Dropped without a word means the same.
            _ = stop => Stopped::Asked,
        };
        if self.guard.as_ref().is_some_and(|guard| guard.closed()) {
            self.say(GuardState::Closed);
        }
        tracing::info!(%reason, "consensus ends");
        if let Some(run) = self.current.take() {
            run.stop().await;
        }
        self.gossip.stop().await;
        if let Some(guard) = &self.guard {
            guard.release();
        }
        ended.send_replace(Some(reason));
    }

    fn say(&self, state: GuardState) {
        let figure = match state {
            GuardState::Observer => 0,
            GuardState::WaitingForReports { .. } => 1,
            GuardState::TwinHeard | GuardState::Following { .. } => 2,
            GuardState::Signing => 3,
            GuardState::Closed => 4,
        };
        self.engine.metrics.guard_state.set(figure);
        self.guard_state.send_replace(state);
    }

    // Until consensus ends by itself.
    async fn lead(&mut self) -> Stopped {
        let Some((guard, signer)) = self.guard.clone().zip(self.signer.clone()) else {
            self.say(GuardState::Observer);
            return self.until_end(None).await;
        };
        loop {
            match self.ask(&guard).await {
                GuardStart::Wait => {}
                GuardStart::Twin => self.say(GuardState::TwinHeard),
                GuardStart::Sign => {
                    self.say(GuardState::Signing);
                    self.signs.send_replace(true);
                    self.engine.watch.arm(self.engine.application.tip().height.next());
                    return self.until_end(Some(signer)).await;
                }
                GuardStart::Follow { through } => {
                    tracing::warn!(%through, "peers or sign-state tell of signatures this log does not hold; following");
                    self.say(GuardState::Following { through });
                    if let Err(error) = guard.follow_through(through) {
                        return Stopped::Guard(error.to_string());
                    }
                    if let Some(stopped) = self.follow(&guard).await {
                        return stopped;
                    }
                }
            }
            tokio::time::sleep(ASK_INTERVAL).await;
        }
    }

    // Follows until the guard may open; some when consensus ended meanwhile.
    async fn follow(&mut self, guard: &Guard) -> Option<Stopped> {
        if let Err(error) = self.start_run(None).await {
            return Some(Stopped::Start(error.to_string()));
        }
        loop {
            tokio::select! {
                stopped = ended(&mut self.current, &mut self.stopped) => return Some(stopped),
                () = tokio::time::sleep(ASK_INTERVAL) => {}
            }
            match self.ask(guard).await {
                GuardStart::Wait | GuardStart::Twin => {}
                GuardStart::Sign => break,
                GuardStart::Follow { through } => {
                    self.say(GuardState::Following { through });
                    if let Err(error) = guard.follow_through(through) {
                        return Some(Stopped::Guard(error.to_string()));
                    }
                }
            }
        }
        if let Some(run) = self.current.take() {
            run.stop().await;
        }
        None
    }

    async fn until_end(&mut self, signer: Option<GuardedSigner>) -> Stopped {
        if let Err(error) = self.start_run(signer).await {
            return Stopped::Start(error.to_string());
        }
        ended(&mut self.current, &mut self.stopped).await
    }

    async fn start_run(&mut self, signer: Option<GuardedSigner>) -> Result<(), StartError> {
        let run = Run::start(&self.engine, signer, self.runs).await?;
        self.runs += 1;
        self.current = Some(run);
        Ok(())
    }

    // One round of questions, and what follows from the answers.
    async fn ask(&self, guard: &Guard) -> GuardStart {
        let application = &self.engine.application;
        let next = application.tip().height.next();
        let own = self.engine.own;
        let (Some(own), Some(set)) = (own, application.validators(next)) else {
            return GuardStart::Wait;
        };
        let state = guard.state();
        let needed = reports_needed(&set, &own);
        let reports = self.gossip.reports(own).await;
        let decision = policy::start(&StartInput {
            signed: state.signed,
            next,
            wal_is_of_next: crate::log::height(&self.engine.config.log_path()) == Some(next),
            reports: &reports,
            reports_needed: needed,
            follow_through: state.follow_through,
        });
        if decision == GuardStart::Wait && self.current.is_none() {
            self.say(GuardState::WaitingForReports { received: reports.len(), needed });
        }
        decision
    }
}

// Of f + 1 validators one is honest; a set too small to have so many others asks them all.
fn reports_needed(set: &ValidatorSet, own: &Address) -> usize {
    let others = set.iter().filter(|validator| validator.address() != *own).count();
    (set.len().saturating_sub(1) / 3 + 1).min(others)
}

async fn ended(
    current: &mut Option<Run>,
    stopped: &mut mpsc::UnboundedReceiver<Stopped>,
) -> Stopped {
    let run = async {
        match current {
            Some(run) => run.ended().await,
            None => Stopped::Engine,
        }
    };
    tokio::select! {
        // What the guard says is the reason; the engine's end is its consequence.
        biased;
        Some(stopped) = stopped.recv() => stopped,
        stopped = run => stopped,
    }
}
