//! The local admin socket: one JSON object a line. Moves the test clock, and only on a chain whose genesis carries the test flag.

use crate::clock::TestClock;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

const REQUEST_BYTES_MAX: u64 = 4096;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Request {
    /// Moves or paces the test clock.
    Clock(ClockRequest),
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
pub fn listen(path: &Path, clock: Option<Arc<TestClock>>) -> std::io::Result<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let clock = clock.clone();
            tokio::spawn(async move {
                if let Err(error) = serve(stream, clock.as_deref()).await {
                    tracing::debug!(%error, "admin connection ended");
                }
            });
        }
    });
    Ok(())
}

async fn serve(stream: UnixStream, clock: Option<&TestClock>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(REQUEST_BYTES_MAX)).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => act(request, clock),
            Err(error) => Answer { ok: false, now_ms: None, error: Some(error.to_string()) },
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

fn act(request: Request, clock: Option<&TestClock>) -> Answer {
    use crate::clock::Clock;
    let Some(clock) = clock else {
        let error = "this chain runs real time: its genesis carries no test flag".to_owned();
        return Answer { ok: false, now_ms: None, error: Some(error) };
    };
    let Request::Clock(change) = request;
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
