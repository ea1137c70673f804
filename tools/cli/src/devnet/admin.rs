//! `yinglian devnet clock`: moves the test clock of every node through its local admin socket.

use super::state::{self, Devnet};
use super::{Folder, probe};
use crate::failure::{Coded, Exit};
use crate::{clock, output, tr};
use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use yinglian_protocol::Code;

/// Longer than the longest time between two headers.
const BLOCK_PATIENCE: Duration = Duration::from_secs(15);
const POLL_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
#[group(id = "change", required = true, multiple = false, args = ["advance_ms", "set_ms", "speed"])]
pub struct Clock {
    /// Move forward by so many milliseconds
    #[arg(long, value_name = "MS")]
    advance_ms: Option<u64>,
    /// Move forward to this time, milliseconds since 1970-01-01 UTC
    #[arg(long, value_name = "MS")]
    set_ms: Option<u64>,
    /// Run at this many times the speed of the machine's clock
    #[arg(long, value_name = "FACTOR")]
    speed: Option<f64>,
    #[command(flatten)]
    folder: Folder,
}

/// Runs `devnet clock`.
pub fn run(arguments: &Clock) -> anyhow::Result<Exit> {
    let folder = &arguments.folder.dir;
    let devnet = Devnet::expect(folder)?;
    if !devnet.test_clock {
        let detail = tr!("this network runs real time", "该网络使用真实时间");
        let hint = tr!(
            "`yinglian devnet up --test-clock --dir DIR` makes one that does not",
            "`yinglian devnet up --test-clock --dir DIR` 可新建测试时钟网络"
        );
        return Err(Coded::could_not(Code::USAGE, detail).hint(hint).into());
    }
    let change = json!({ "set_ms": arguments.set_ms, "advance_ms": arguments.advance_ms, "speed": arguments.speed });
    let change: serde_json::Map<String, Value> = change
        .as_object()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    let mut now_ms = 0;
    for node in &devnet.nodes {
        let socket = state::node_home(folder, node).join("data/admin.sock");
        let answer = ask(&socket, &json!({ "clock": change })).with_context(|| {
            Coded::could_not(
                Code::NODE_UNREACHABLE,
                tr!("admin socket of {}", "{} 的管理套接字", node.name),
            )
        })?;
        now_ms = answer.get("now_ms").and_then(Value::as_u64).unwrap_or(now_ms);
    }
    wait_for_block(&devnet, now_ms);
    output::data(&json!({ "now_ms": now_ms }), &clock::in_words(now_ms));
    Ok(Exit::Ok)
}

/// Waits for a block of the new time on every node: until then they judge envelopes by a time that is no longer theirs.
fn wait_for_block(devnet: &Devnet, now_ms: u64) {
    let deadline = Instant::now() + BLOCK_PATIENCE;
    let late = |node: &state::Node| probe::health(node.api_port).time_ms.unwrap_or(0) < now_ms;
    while devnet.nodes.iter().any(late) {
        if Instant::now() > deadline {
            output::warn(&tr!(
                "no block of the new time yet; see `yinglian why`",
                "尚无新时间的区块；见 `yinglian why`"
            ));
            return;
        }
        std::thread::sleep(POLL_PAUSE);
    }
}

fn ask(socket: &Path, request: &Value) -> anyhow::Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    writeln!(stream, "{request}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let answer: Value = serde_json::from_str(&line)?;
    let is_ok = answer.get("ok").and_then(Value::as_bool) == Some(true);
    anyhow::ensure!(is_ok, "{}", answer.get("error").and_then(Value::as_str).unwrap_or("refused"));
    Ok(answer)
}
