//! The local admin socket: one JSON object a line. Asks the node to finish and end; moves the test clock, and that only on a
//! chain whose genesis carries the test flag.

use crate::clock::TestClock;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

const REQUEST_BYTES_MAX: u64 = 4096;
/// Pause after the system refused to accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Request {
    /// Moves or paces the test clock.
    Clock(ClockRequest),
    /// Takes no more envelopes, finishes those that wait, and ends the node.
    Drain {},
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum ClockRequest {
    SetMs(u64),
    AdvanceMs(u64),
    Speed(f64),
}

#[derive(Debug, Serialize)]
struct Answer {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    now_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Listens until the process ends. The socket is readable and writable for the owner alone.
pub fn listen(
    path: &Path,
    clock: Option<Arc<TestClock>>,
    drain: watch::Sender<bool>,
) -> std::io::Result<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Too many open files, say: passes.
                    tracing::warn!(%error, "no admin connection accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (clock, drain) = (clock.clone(), drain.clone());
            tokio::spawn(async move {
                if let Err(error) = serve(stream, clock.as_deref(), &drain).await {
                    tracing::debug!(%error, "admin connection ended");
                }
            });
        }
    });
    Ok(())
}

async fn serve(
    stream: UnixStream,
    clock: Option<&TestClock>,
    drain: &watch::Sender<bool>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(REQUEST_BYTES_MAX)).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(Request::Clock(change)) => move_clock(change, clock),
            Ok(Request::Drain {}) => {
                drain.send_replace(true);
                Answer { ok: true, now_ms: None, error: None }
            }
            Err(error) => Answer { ok: false, now_ms: None, error: Some(error.to_string()) },
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

fn move_clock(change: ClockRequest, clock: Option<&TestClock>) -> Answer {
    use crate::clock::Clock;
    let Some(clock) = clock else {
        let error = "this chain runs real time: its genesis carries no test flag".to_owned();
        return Answer { ok: false, now_ms: None, error: Some(error) };
    };
    match change {
        ClockRequest::SetMs(to_ms) => {
            clock.set(to_ms);
        }
        ClockRequest::AdvanceMs(by_ms) => {
            clock.advance(by_ms);
        }
        ClockRequest::Speed(speed) => clock.set_speed(speed),
    }
    Answer { ok: true, now_ms: Some(clock.now_ms()), error: None }
}

/// Asks the node behind an admin socket to drain, from another process.
pub fn ask_to_drain(path: &Path) -> anyhow::Result<()> {
    use std::io::{BufRead, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.write_all(b"{\"drain\":{}}\n")?;
    let mut line = String::new();
    std::io::BufReader::new(stream).read_line(&mut line)?;
    let answer: serde_json::Value = serde_json::from_str(&line)?;
    anyhow::ensure!(answer["ok"] == true, "the node refused: {line}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_drains_and_moves_no_clock_of_a_real_chain() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let (drain, mut drained) = watch::channel(false);
        listen(&path, None, drain).unwrap();
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(b"{\"clock\":{\"set_ms\":5}}\nnonsense\n").await.unwrap();
        let mut lines = BufReader::new(&mut stream).lines();
        for _ in 0..2 {
            let line = lines.next_line().await.unwrap().unwrap();
            assert!(line.starts_with("{\"ok\":false"), "{line}");
        }
        assert!(!*drained.borrow());
        let asked = tokio::task::spawn_blocking(move || ask_to_drain(&path));
        asked.await.unwrap().unwrap();
        assert!(*drained.borrow_and_update());
    }
}
