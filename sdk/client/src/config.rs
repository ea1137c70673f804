//! What a client is told before it asks anything.

use std::time::Duration;
use yinglian_protocol::{TrustChain, TrustRoot};

/// Where trust begins, and the chain of validator sets as far as it is known.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The root, from somebody other than the nodes.
    pub root: TrustRoot,
    /// A `.trust` file kept from earlier, newer than the root; nodes are asked for what is newer still.
    pub chain: Option<TrustChain>,
}

/// Settings of a [`crate::Client`].
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Base addresses of nodes, `http://127.0.0.1:8080`, the preferred first. `https` is refused: a node behind TLS is reached
    /// through a tunnel that ends on this machine.
    pub nodes: Vec<String>,
    /// Trust root. Without one nothing is proven.
    pub trust: Option<Trust>,
    /// Language that nodes are asked for, as in `Accept-Language`: `en` or `zh`.
    pub language: String,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest time for an answer, waiting for a commit aside.
    pub answer_timeout: Duration,
    /// How often all nodes are asked before a request is given up.
    pub rounds: u32,
    /// Pause after the first round in vain; each further one doubles it. A node's `Retry-After` makes it longer.
    pub pause: Duration,
    /// Longest pause between two rounds.
    pub pause_max: Duration,
    /// How long an envelope is valid after the newest block, milliseconds.
    pub valid_ms: u64,
}

impl ClientConfig {
    /// Usual settings for these nodes.
    pub fn new<S: Into<String>>(nodes: impl IntoIterator<Item = S>) -> Self {
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            trust: None,
            language: "en".into(),
            connect_timeout: Duration::from_secs(3),
            answer_timeout: Duration::from_secs(30),
            rounds: 4,
            pause: Duration::from_millis(250),
            pause_max: Duration::from_secs(10),
            valid_ms: 600_000,
        }
    }

    /// The same, proving everything under a root.
    #[must_use]
    pub fn trusting(mut self, root: TrustRoot, chain: Option<TrustChain>) -> Self {
        self.trust = Some(Trust { root, chain });
        self
    }
}
