//! A node process: started, ended softly or hard, asked.

use crate::{eventually, program};
use anyhow::Context;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use yinglian_client::{Client, ClientConfig};
use yinglian_protocol::{Height, TrustRoot};

/// A node gets this long to close its files after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// A node and its home. The process is killed when this is dropped.
#[derive(Debug)]
pub struct Node {
    /// `node1`, `observer1`.
    pub name: String,
    /// Id of the department that runs it.
    pub department: String,
    /// Its home folder.
    pub home: PathBuf,
    /// Base address of its API.
    pub url: String,
    log: PathBuf,
    pub(crate) root: TrustRoot,
    child: Option<Child>,
    /// Length of the log when the process was started.
    log_start: usize,
}

impl Node {
    pub(crate) fn new(
        name: &str,
        department: &str,
        home: PathBuf,
        url: String,
        log: PathBuf,
        root: TrustRoot,
    ) -> Self {
        let (name, department) = (name.to_owned(), department.to_owned());
        Self { name, department, home, url, log, root, child: None, log_start: 0 }
    }

    /// Starts the process; does not wait until it takes part.
    pub fn start(&mut self) -> anyhow::Result<()> {
        anyhow::ensure!(self.child.is_none(), "{} runs", self.name);
        self.log_start = std::fs::metadata(&self.log).map_or(0, |log| log.len() as usize);
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let child = Command::new(program("yinglian-node")?)
            .args(["run", "--home"])
            .arg(&self.home)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", self.name))?;
        self.child = Some(child);
        Ok(())
    }

    /// Ends the process at once (SIGKILL); nothing happens when it does not run.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks the process to end (SIGTERM) and waits for it; fails when it did not end well.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let pid = child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let begun = Instant::now();
        let status = loop {
            match child.try_wait()? {
                Some(status) => break status,
                None if begun.elapsed() > STOP_PATIENCE => {
                    anyhow::bail!("{} does not end after SIGTERM", self.name)
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        self.child = None;
        anyhow::ensure!(status.success(), "{} ended with {status}\n{}", self.name, self.log_end());
        Ok(())
    }

    /// True while the process runs.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Process id.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// A client of this node alone, which proves everything under the genesis and takes its first answer for the last.
    pub fn client(&self) -> anyhow::Result<Client> {
        let config = ClientConfig { rounds: 1, ..ClientConfig::new([self.url.as_str()]) };
        Ok(Client::new(config.trusting(self.root.clone(), None))?)
    }

    /// The same, but believing what the node says: for reading a whole chain quickly.
    pub fn believing_client(&self) -> anyhow::Result<Client> {
        let config = ClientConfig { rounds: 1, ..ClientConfig::new([self.url.as_str()]) };
        Ok(Client::new(config)?)
    }

    /// Height of its last committed block.
    pub async fn height(&self) -> anyhow::Result<Height> {
        Ok(Height(self.believing_client()?.node_status().await?.height))
    }

    /// Waits until it takes part: answers, has a quorum, and votes when it is a validator that may.
    pub async fn wait_ready(&mut self) -> anyhow::Result<()> {
        let client = self.believing_client()?;
        self.eventually("ready", || async { client.ready().await }).await
    }

    /// Waits until it has committed a block.
    pub async fn wait_height(&mut self, height: Height) -> anyhow::Result<Height> {
        let client = self.believing_client()?;
        self.eventually(&format!("height {height}"), || async {
            match client.node_status().await {
                Ok(status) if status.height >= height.0 => Ok(Height(status.height)),
                Ok(status) => Err(format!("height {}", status.height)),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// Waits until it has committed another so many blocks.
    pub async fn wait_blocks(&mut self, more: u64) -> anyhow::Result<Height> {
        let height = self.height().await?;
        self.wait_height(Height(height.0 + more)).await
    }

    /// Waits until its sign guard lets it vote.
    pub async fn wait_signing(&mut self) -> anyhow::Result<()> {
        let client = self.believing_client()?;
        self.eventually("signing", || async {
            match client.node_status().await {
                Ok(status) if status.signing => Ok(()),
                Ok(status) => Err(format!("height {}, does not sign", status.height)),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// [`eventually`], with the end of the log when it was in vain.
    pub async fn eventually<T, E, F>(
        &mut self,
        what: &str,
        look: impl FnMut() -> F,
    ) -> anyhow::Result<T>
    where
        E: std::fmt::Display,
        F: Future<Output = Result<T, E>>,
    {
        let found = eventually(&format!("{} {what}", self.name), look).await;
        found.map_err(|error| {
            let runs = if self.runs() { "runs" } else { "does not run" };
            anyhow::anyhow!("{error}; the process {runs}\n{}", self.log_end())
        })
    }

    /// Its whole log.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map_or_else(
            |error| error.to_string(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        format!("--- log of {}\n{}", self.name, lines[lines.len().saturating_sub(15)..].join("\n"))
    }

    /// What it logged since it was started last.
    pub fn log_since_start(&self) -> String {
        self.log()[self.log_start..].to_owned()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Changes one value of its configuration; it reads it when it starts.
    pub fn configure(
        &self,
        section: &str,
        key: &str,
        value: impl Into<toml::Value>,
    ) -> anyhow::Result<()> {
        let path = self.home.join("config.toml");
        let mut config: toml::Table = toml::from_str(&std::fs::read_to_string(&path)?)?;
        let value = value.into();
        match section {
            "" => config.insert(key.into(), value),
            _ => config
                .entry(section)
                .or_insert_with(|| toml::Table::new().into())
                .as_table_mut()
                .with_context(|| format!("{section} is no table"))?
                .insert(key.into(), value),
        };
        Ok(std::fs::write(&path, toml::to_string(&config)?)?)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
