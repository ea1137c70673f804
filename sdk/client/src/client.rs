//! The client: what all its requests share.

use crate::{
    config::ClientConfig,
    error::ClientError,
    transport::{Answer, Ask, Transport},
    trusted::Trusted,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, OnceCell},
    time::Instant,
};
use yinglian_protocol::Genesis;

/// A client of one chain. Cheap to clone; clones share connections and what was proven.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub transport: Transport,
    pub trusted: Option<Trusted>,
    pub genesis: OnceCell<Genesis>,
    /// Newest block time seen and when it was asked for.
    pub tip: Mutex<Option<(Instant, u64)>>,
}

/// How long a block time is good enough to set an envelope's end from.
pub(crate) const TIP_FRESH: Duration = Duration::from_secs(5);

impl Client {
    /// A client with these settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`ClientError::Config`] when no node is named, [`ClientError::Address`] when a name is no address of a node, and
    /// [`ClientError::Unproven`] when the given chain of sets is not proven under the given root.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let trusted = config.trust.clone().map(Trusted::new).transpose()?;
        let shared = Shared {
            trusted,
            transport: Transport::new(config)?,
            genesis: OnceCell::new(),
            tip: Mutex::new(None),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Settings.
    pub fn config(&self) -> &ClientConfig {
        self.shared.transport.config()
    }

    /// Asks for something open.
    pub(crate) async fn ask<T, F>(
        &self,
        ask: Ask<'_>,
        accept: impl Fn(Answer) -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        self.shared.transport.ask(&ask, None, accept).await
    }

    /// Asks for something that needs a signature; the chain is named in what is signed.
    pub(crate) async fn ask_signed<T, F>(
        &self,
        ask: Ask<'_>,
        accept: impl Fn(Answer) -> F,
    ) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let genesis = self.genesis().await?;
        let chain = Some((genesis.suite, genesis.hash()));
        self.shared.transport.ask(&ask, chain, accept).await
    }
}
