//! The network under measurement: its processes' CPU time and memory, its metrics, its size on the disk.

use crate::devnet::state::{self, Devnet, Node};
use crate::devnet::{self, Wish};
use crate::session::{self, Session};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yinglian_crypto::Suite;

/// Clock ticks a second of `/proc/*/stat` on Linux.
const TICKS_PER_SECOND: f64 = 100.0;
const POLL_PAUSE: Duration = Duration::from_millis(5);

/// Four validators on this machine.
pub struct Network {
    /// Its folder.
    pub folder: PathBuf,
    /// What is known of it.
    pub devnet: Devnet,
}

impl Network {
    /// Makes and starts it; `heartbeat_ms` is the time between two blocks with nothing to do, where it is not the usual one.
    pub fn start(folder: &Path, heartbeat_ms: Option<u64>) -> anyhow::Result<Self> {
        let wish = Wish {
            validators: 4,
            observers: 0,
            suite: Suite::National,
            test_clock: false,
            base_port: 0,
            heartbeat_ms,
        };
        let devnet = devnet::bring_up(folder, wish)?;
        Ok(Self { folder: folder.to_owned(), devnet })
    }

    /// A conversation with one node, with a key of a department.
    pub async fn session(
        &self,
        node: usize,
        department: &str,
        role: &str,
    ) -> anyhow::Result<Session> {
        let key = state::key_file(&self.folder, department, role);
        session::connect_devnet(&self.folder, &self.devnet, self.node(node)?, &key).await
    }

    /// Conversations with every node, as the recorder of the department that runs it.
    pub async fn recorders(&self) -> anyhow::Result<Vec<Session>> {
        let mut sessions = Vec::new();
        for (index, node) in self.devnet.nodes.iter().enumerate() {
            sessions.push(self.session(index, &node.department, "recorder").await?);
        }
        Ok(sessions)
    }

    /// A node by its index.
    pub fn node(&self, index: usize) -> anyhow::Result<&Node> {
        self.devnet.nodes.get(index).context("node")
    }

    /// All nodes.
    pub fn nodes(&self) -> Vec<&Node> {
        self.devnet.nodes.iter().collect()
    }

    /// CPU time of all processes, seconds.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        self.devnet.nodes.iter().map(|node| self.cpu_of(node)).sum()
    }

    /// CPU time of one process since it started, seconds.
    pub fn cpu_of(&self, node: &Node) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(self.proc(node, "stat")?)?;
        let after_name = stat.rsplit(") ").next().context("stat")?;
        let fields: Vec<&str> = after_name.split(' ').collect();
        // utime and stime are the 14th and 15th field of the line, the 12th and 13th after the name.
        let ticks =
            |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).context("stat");
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    /// Greatest resident memory of a process so far, MiB, the largest of the four.
    pub fn memory_mib(&self) -> anyhow::Result<f64> {
        let of = |node: &Node| -> anyhow::Result<f64> {
            let status = std::fs::read_to_string(self.proc(node, "status")?)?;
            let line =
                status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
            Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
        };
        self.devnet.nodes.iter().map(of).try_fold(0.0, |most, mib| Ok(f64::max(most, mib?)))
    }

    fn proc(&self, node: &Node, file: &str) -> anyhow::Result<PathBuf> {
        let pid = devnet::running(&self.folder, node)
            .with_context(|| format!("{} does not run", node.name))?;
        Ok(PathBuf::from(format!("/proc/{}/{file}", pid.as_raw_nonzero())))
    }

    /// Sum over all nodes of the samples of a metric whose line begins with `prefix`.
    pub async fn metric(&self, prefix: &str) -> anyhow::Result<f64> {
        let mut sum = 0.0;
        for index in 0..self.devnet.nodes.len() {
            let text = self
                .session(index, &self.node(index)?.department, "recorder")
                .await?
                .metrics()
                .await?;
            let lines = text.lines().filter(|line| line.starts_with(prefix));
            sum +=
                lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>();
        }
        Ok(sum)
    }

    /// Newest height of a node; 0 before its first block and while it does not answer.
    pub fn height(&self, index: usize) -> anyhow::Result<u64> {
        Ok(devnet::health(self.node(index)?.api_port).height.unwrap_or(0))
    }

    /// Bytes allocated by the data of one node, the mean of all.
    pub fn disk_bytes(&self) -> anyhow::Result<f64> {
        let homes =
            self.devnet.nodes.iter().map(|node| state::node_home(&self.folder, node).join("data"));
        let bytes = homes.map(|home| allocated(&home)).sum::<anyhow::Result<u64>>()?;
        Ok(bytes as f64 / self.devnet.nodes.len() as f64)
    }

    /// Stops it.
    pub fn stop(&self) -> anyhow::Result<()> {
        devnet::bring_down(&self.folder, &self.devnet)
    }

    /// Starts it again.
    pub fn restart(&self) -> anyhow::Result<()> {
        devnet::start_nodes(&self.folder, &self.devnet, &self.nodes())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Also when a measurement failed: no process is left behind.
        let _ = self.stop();
    }
}

fn allocated(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in folder.read_dir()? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            allocated(&entry.path())?
        } else {
            std::os::unix::fs::MetadataExt::blocks(&metadata) * 512
        };
    }
    Ok(bytes)
}

/// Waits until a condition holds.
pub async fn until(
    what: &str,
    patience: Duration,
    mut holds: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + patience;
    while !holds().await? {
        anyhow::ensure!(Instant::now() < deadline, "{what}: not within {} s", patience.as_secs());
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(())
}
