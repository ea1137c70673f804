//! How the node is that answers. To ask a certain node, make a client of that node alone.

use crate::{
    answers::{NodeStatus, Why},
    client::Client,
    error::ClientError,
    transport::Ask,
};
use yinglian_protocol::Name;

impl Client {
    /// Succeeds when a node's process is up.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn health(&self) -> Result<(), ClientError> {
        self.ask(Ask::get("/v1/health"), |_| async { Ok(()) }).await
    }

    /// Succeeds when a node takes envelopes.
    ///
    /// # Errors
    /// The reason why it does not.
    pub async fn ready(&self) -> Result<(), ClientError> {
        self.ask(Ask::get("/v1/ready"), |_| async { Ok(()) }).await
    }

    /// The node in figures.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn node_status(&self) -> Result<NodeStatus, ClientError> {
        self.ask(Ask::get("/v1/node/status"), |answer| answer.json()).await
    }

    /// Why blocks are made, or why not, in the language of the settings.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn why(&self) -> Result<Why, ClientError> {
        self.ask(Ask::get("/v1/node/why"), |answer| answer.json()).await
    }

    /// The contracts of the chain: name, version, hash of the shape, and where the rules come from. The word of the node that answers.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn interfaces(&self) -> Result<serde_json::Value, ClientError> {
        self.ask(Ask::get("/v1/interfaces"), |answer| answer.json()).await
    }

    /// What a contract declares: `{contract, version, shape_hash, origin, interface}`. The word of the node that answers; for a declared
    /// module, compare the hash with the registry's.
    ///
    /// # Errors
    /// When no node answers, or none knows the contract.
    pub async fn interface(&self, contract: &Name) -> Result<serde_json::Value, ClientError> {
        self.ask(Ask::get(format!("/v1/interfaces/{contract}")), |answer| answer.json()).await
    }

    /// The text of `/metrics`.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn metrics(&self) -> Result<String, ClientError> {
        self.ask(Ask::get("/metrics"), |answer| async {
            let (node, bytes) = answer.bytes(crate::transport::JSON_BYTES_MAX).await?;
            String::from_utf8(bytes).map_err(|_| ClientError::answer(&node, "UTF-8"))
        })
        .await
    }
}
