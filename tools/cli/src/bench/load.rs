//! Work for the network: signed records of a chosen size, as fast as it takes them, or at a steady rate.

use super::network::{Network, until};
use crate::notarize::Common;
use crate::session::Session;
use anyhow::Context;
use futures::StreamExt;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use yinglian_client::Wait;
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::{Envelope, EnvelopeId, Name, Suite};

/// Envelopes of one request.
const BATCH: usize = 500;
/// What a gateway gathers before it submits, at a steady load, seconds.
const GATHERED_SECONDS: f64 = 0.02;
/// Requests in flight at saturation.
const IN_FLIGHT: usize = 8;
const PATIENCE: Duration = Duration::from_secs(600);

/// What saturation measured.
#[derive(Debug, Clone, Copy)]
pub struct Saturated {
    /// Records.
    pub records: f64,
    /// From the first request to the last commit.
    pub seconds: f64,
    /// Of all nodes.
    pub cpu_seconds: f64,
    /// Of which in signature checks.
    pub verify_cpu_seconds: f64,
    /// Blocks that held them.
    pub blocks: f64,
}

/// Signs records of about `size_bytes` each, encoded and signed, on all cores.
pub async fn sign(
    session: &Session,
    count: usize,
    size_bytes: usize,
) -> anyhow::Result<Vec<Envelope>> {
    let padding = size_bytes
        .saturating_sub(session.sign(&call(session, 0, 0)?).await?.envelope.encode().len());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tasks = JoinSet::new();
    for thread in 0..threads {
        let (session, runtime) = (session.clone(), tokio::runtime::Handle::current());
        tasks.spawn_blocking(move || -> anyhow::Result<Vec<Envelope>> {
            let numbers = (thread..count).step_by(threads);
            numbers
                .map(|number| {
                    Ok(runtime.block_on(session.sign(&call(&session, number, padding)?))?.envelope)
                })
                .collect()
        });
    }
    let mut envelopes = Vec::with_capacity(count);
    while let Some(signed) = tasks.join_next().await {
        envelopes.extend(signed??);
    }
    Ok(envelopes)
}

fn call(session: &Session, number: usize, padding: usize) -> anyhow::Result<Arguments> {
    let suite = session.suite();
    let digest = suite.hash(&[&number.to_le_bytes()]);
    let padding = letters(suite, number, padding);
    let (title, rest) = padding.split_at(padding.len().min(512));
    let (operator, rest) = rest.split_at(rest.len().min(128));
    let common = Common {
        suite,
        kind: Name::parse("bench")?,
        method: Name::parse("api")?,
        operator: operator.to_owned(),
    };
    let key = format!("b/{number:08}{}", rest.get(..rest.len().min(100)).unwrap_or_default());
    common.call(key, title.to_owned(), (digest, 8), crate::clock::now_ms())
}

/// Letters that no compression shortens by much, so that sizes on the disk are honest, and that look like no one's number.
fn letters(suite: Suite, number: usize, count: usize) -> String {
    let hashes = (0_u64..)
        .flat_map(|round| suite.hash(&[b"letters", &number.to_le_bytes(), &round.to_le_bytes()]).0);
    hashes.take(count).map(|byte| char::from(b'a' + byte % 26)).collect()
}

/// Submits everything as fast as the nodes take it, spread over them, and waits until all are committed.
pub async fn saturate(
    network: &Network,
    sessions: &[Session],
    envelopes: Vec<Envelope>,
) -> anyhow::Result<Saturated> {
    let first = sessions.first().context("session")?;
    let (before, _) = first.newest_header().await?;
    let records = envelopes.len();
    let (cpu, verify) = (network.cpu_seconds()?, verify_cpu(network).await?);
    let started = Instant::now();
    let batches: Vec<Vec<Envelope>> = envelopes.chunks(BATCH).map(<[Envelope]>::to_vec).collect();
    let work = batches
        .into_iter()
        .zip(sessions.iter().cycle())
        .map(|(batch, session)| async move { session.accept(&batch).await });
    let mut stream = futures::stream::iter(work).buffer_unordered(IN_FLIGHT);
    while let Some(accepted) = stream.next().await {
        accepted?;
    }
    let target = before.log_size + records as u64;
    until("all records committed", PATIENCE, async || {
        Ok(first.newest_header().await?.0.log_size >= target)
    })
    .await?;
    let seconds = started.elapsed().as_secs_f64();
    let (after, _) = first.newest_header().await?;
    anyhow::ensure!(
        after.log_size == target,
        "{} records committed, {records} submitted",
        after.log_size - before.log_size
    );
    // Every node is through with the last block before its CPU time is read.
    for session in sessions {
        until("all nodes at the tip", PATIENCE, async || {
            Ok(session.newest_header().await?.0.height >= after.height)
        })
        .await?;
    }
    Ok(Saturated {
        records: records as f64,
        seconds,
        cpu_seconds: network.cpu_seconds()? - cpu,
        verify_cpu_seconds: verify_cpu(network).await? - verify,
        blocks: (after.height.0 - before.height.0) as f64,
    })
}

async fn verify_cpu(network: &Network) -> anyhow::Result<f64> {
    network.metric("yinglian_mempool_verify_cpu_seconds").await
}

/// Submits at a steady rate, in requests of what a gateway gathers in 20 ms, and measures for each record the time from its
/// submission to the answer that it is committed, milliseconds, ascending.
pub async fn steady(
    sessions: &[Session],
    envelopes: Vec<Envelope>,
    rate: f64,
) -> anyhow::Result<Vec<f64>> {
    let started = tokio::time::Instant::now();
    let records = (rate * GATHERED_SECONDS).ceil().max(1.0) as usize;
    let mut tasks = JoinSet::new();
    for (number, gathered) in envelopes.chunks(records).enumerate() {
        let due = Duration::from_secs_f64((number * records) as f64 / rate);
        tokio::time::sleep_until(started + due).await;
        let session = sessions.get(number % sessions.len()).context("session")?.clone();
        let gathered = gathered.to_vec();
        tasks.spawn(async move {
            let begun = Instant::now();
            let wait = Wait::Committed(Duration::from_secs(30));
            let answers = session.client().submit_batch(&gathered, wait).await?;
            for answer in &answers {
                let height = answer.as_ref().map(|status| status.height);
                anyhow::ensure!(matches!(height, Ok(Some(_))), "not committed: {answer:?}");
            }
            Ok(vec![begun.elapsed().as_secs_f64() * 1_000.0; answers.len()])
        });
    }
    let mut times = Vec::new();
    while let Some(answered) = tasks.join_next().await {
        times.extend(answered??);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Id of an envelope.
pub fn id(session: &Session, envelope: &Envelope) -> EnvelopeId {
    envelope.body.id(session.suite())
}

/// Submits everything to one node as fast as it takes it, and waits until the last is committed.
pub async fn fill(session: &Session, envelopes: &[Envelope]) -> anyhow::Result<()> {
    let last = id(session, envelopes.last().context("envelope")?);
    for batch in envelopes.chunks(BATCH) {
        session.accept(batch).await?;
    }
    session.client().wait_end(last, PATIENCE).await?;
    Ok(())
}

/// The value below which so many of a hundred lie.
pub fn percentile(ascending: &[f64], of_hundred: usize) -> f64 {
    let at = (ascending.len() * of_hundred / 100).min(ascending.len().saturating_sub(1));
    ascending.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&times, 50), 51.0);
        assert_eq!(percentile(&times, 99), 100.0);
        assert_eq!(percentile(&[7.0], 99), 7.0);
    }
}
