//! Node processes: found, started detached with a log, watched, stopped. Only processes whose pid file lies in the
//! network's folder and whose command line names their home are ever signalled.

use super::state::{self, Node};
use crate::failure::Coded;
use crate::{files, tr};
use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use yinglian_protocol::Code;

const BINARY: &str = "yinglian-node";
/// A node gets this long to close its files after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
const POLL_PAUSE: Duration = Duration::from_millis(20);
const LOG_TAIL_BYTES: i64 = 4096;

/// The node's program: `YINGLIAN_NODE_BIN`, beside this one, or in PATH.
pub fn find_binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("YINGLIAN_NODE_BIN") {
        return Ok(path.into());
    }
    let own = std::env::current_exe().context("own path")?;
    // Test binaries lie in `deps`, one folder below the programs.
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(BINARY));
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path =
        std::env::split_paths(&in_path).map(|folder| folder.join(BINARY)).collect::<Vec<_>>();
    beside.chain(in_path).find(|path| path.is_file()).ok_or_else(|| {
        let detail = tr!(
            "{BINARY} is neither beside this program nor in PATH",
            "本程序所在目录和 PATH 中都没有 {BINARY}"
        );
        Coded::could_not(Code::TOOL_MISSING, detail)
            .hint(tr!(
                "`cargo build --release -p yinglian-node` builds it",
                "`cargo build --release -p yinglian-node` 可构建"
            ))
            .into()
    })
}

/// What the node's program says of its version.
pub fn version() -> anyhow::Result<String> {
    let output = Command::new(find_binary()?).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Process id of a running node.
pub fn running(folder: &Path, node: &Node) -> Option<Pid> {
    let text = std::fs::read_to_string(state::pid_file(folder, node)).ok()?;
    let pid = Pid::from_raw(text.trim().parse().ok()?)?;
    is_ours(pid, &state::node_home(folder, node)).then_some(pid)
}

/// True while the process holds anything, and was started with this home: a pid may have gone to somebody else.
///
/// A process that ends loses its command line first, then its first thread becomes a zombie, and only when its last thread is
/// gone are its locks free.
fn is_ours(pid: Pid, home: &Path) -> bool {
    let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    let status = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
    let is_zombie = status
        .rsplit(") ")
        .next()
        .is_some_and(|rest| rest.starts_with('Z') || rest.starts_with('X'));
    let command_line = std::fs::read(folder.join("cmdline")).unwrap_or_default();
    let home = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    let names_home = command_line
        .split(|byte| *byte == 0)
        .any(|word| Path::new(&*String::from_utf8_lossy(word)) == home);
    if is_zombie {
        std::fs::read_dir(folder.join("task")).is_ok_and(|threads| threads.count() > 1)
    } else {
        names_home || (command_line.is_empty() && !status.is_empty())
    }
}

/// Starts a node unless it runs. It belongs to no terminal and outlives this process.
pub fn start(binary: &Path, folder: &Path, node: &Node) -> anyhow::Result<()> {
    if running(folder, node).is_some() {
        return Ok(());
    }
    let home = state::node_home(folder, node).canonicalize().context("home of the node")?;
    let log_path = state::log_file(folder, node);
    let log = OpenOptions::new().create(true).append(true).open(&log_path);
    let log = log
        .with_context(|| Coded::could_not(Code::FILE_UNREADABLE, log_path.display().to_string()))?;
    let child = Command::new(binary)
        .args(["run", "--home"])
        .arg(&home)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .with_context(|| {
            Coded::could_not(Code::TOOL_MISSING, tr!("starting {}", "启动 {}", binary.display()))
        })?;
    files::write(&state::pid_file(folder, node), format!("{}\n", child.id()).as_bytes())
}

/// Asks nodes to end, waits, and ends by force those that do not. Returns the names of the latter.
pub fn stop(folder: &Path, nodes: &[&Node]) -> anyhow::Result<Vec<String>> {
    nodes.iter().for_each(|node| signal(folder, node, Signal::TERM));
    let deadline = Instant::now() + STOP_PATIENCE;
    wait_gone(folder, nodes, deadline);
    let stubborn: Vec<&Node> =
        nodes.iter().copied().filter(|node| running(folder, node).is_some()).collect();
    stubborn.iter().for_each(|node| signal(folder, node, Signal::KILL));
    wait_gone(folder, &stubborn, Instant::now() + STOP_PATIENCE);
    forget(folder, nodes)?;
    Ok(stubborn.iter().map(|node| node.name.clone()).collect())
}

/// Ends a node at once, as a power cut would.
pub fn kill(folder: &Path, node: &Node) -> anyhow::Result<()> {
    signal(folder, node, Signal::KILL);
    wait_gone(folder, &[node], Instant::now() + STOP_PATIENCE);
    forget(folder, &[node])
}

fn signal(folder: &Path, node: &Node, signal: Signal) {
    if let Some(pid) = running(folder, node) {
        // It may end by itself between the look and the signal; the wait that follows decides.
        let _ = kill_process(pid, signal);
    }
}

fn wait_gone(folder: &Path, nodes: &[&Node], deadline: Instant) {
    while Instant::now() < deadline && nodes.iter().any(|node| running(folder, node).is_some()) {
        std::thread::sleep(POLL_PAUSE);
    }
}

fn forget(folder: &Path, nodes: &[&Node]) -> anyhow::Result<()> {
    for node in nodes {
        if running(folder, node).is_some() {
            let detail = tr!("{} cannot be ended", "无法结束 {}", node.name);
            return Err(Coded::could_not(Code::INTERNAL, detail).into());
        }
        let _ = std::fs::remove_file(state::pid_file(folder, node));
    }
    Ok(())
}

/// Last lines of a node's log.
pub fn log_tail(folder: &Path, node: &Node, lines: usize) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = std::fs::File::open(state::log_file(folder, node))?;
        if file.metadata()?.len() > LOG_TAIL_BYTES.unsigned_abs() {
            file.seek(SeekFrom::End(-LOG_TAIL_BYTES))?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}
