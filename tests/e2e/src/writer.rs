//! Records submitted without pause, and which of them were acknowledged.

use crate::{Network, eventually, record};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use yinglian_client::{Client, EnvelopeState, Wait};
use yinglian_crypto::SigningKey;
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::{EnvelopeId, Height};

/// A node that is down is asked again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A record that a node said is committed.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged {
    /// Its id.
    pub id: EnvelopeId,
    /// Its block.
    pub height: Height,
    /// Index of the node that said so.
    pub node: usize,
}

/// Writes one record after another to each of some nodes, from when it is made until it is dropped. Each waits until the one
/// before is committed.
pub struct Writer {
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Writer {
    /// Begins to write to these nodes, down or up.
    pub fn start(network: &Network, nodes: &[usize]) -> anyhow::Result<Self> {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for node in nodes.iter().copied() {
            let key = network.key("pds-001", "recorder")?;
            let client = network.nodes[node].believing_client()?;
            tasks.push(tokio::spawn(write(client, key, node, Arc::clone(&acknowledged))));
        }
        Ok(Self { acknowledged, tasks })
    }

    /// What was acknowledged so far.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `more` records beyond `since` are acknowledged.
    pub async fn wait_more(&self, since: usize, more: usize) -> anyhow::Result<()> {
        let what = format!("{more} records acknowledged after {since}");
        eventually(&what, || async {
            let now = self.acknowledged().len();
            if now >= since + more { Ok(()) } else { Err(now) }
        })
        .await
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn write(
    client: Client,
    key: SigningKey,
    node: usize,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
) {
    loop {
        match write_one(&client, &key).await {
            Some((id, height)) => acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Acknowledged { id, height, node }),
            None => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

/// None when it was not acknowledged, whatever the reason: the node may be dying.
async fn write_one(client: &Client, key: &SigningKey) -> Option<(EnvelopeId, Height)> {
    let arguments = Arguments::from(record("written while nodes come and go"));
    let envelope = client.sign(key, &arguments).await.ok()?;
    let status = client.submit(&envelope, Wait::Committed(Duration::from_secs(30))).await.ok()?;
    let applied = status.code.is_some_and(|code| code.is_applied());
    let committed = status.state == EnvelopeState::Committed && applied;
    committed.then_some((status.id?, status.height?))
}
