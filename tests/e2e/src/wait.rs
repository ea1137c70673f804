//! Waiting for a condition.

use std::future::Future;
use std::time::{Duration, Instant};

/// Long enough for anything that happens at all, on a machine that does other work besides.
pub const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Looks until there is something to see; fails with `what` and the last thing seen after [`PATIENCE`].
///
/// The look gives `Ok` when the wait is over, else what it saw.
pub async fn eventually<T, E, F>(what: &str, mut look: impl FnMut() -> F) -> anyhow::Result<T>
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(value) => return Ok(value),
            Err(seen) if begun.elapsed() > PATIENCE => {
                anyhow::bail!("not within {} s: {what}; last seen: {seen}", PATIENCE.as_secs())
            }
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}
