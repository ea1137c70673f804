//! What a call that was applied did.

use yinglian_protocol::{Event, Outcome, RegistryValue, RegistryWrite, Suite};

/// Events and registry writes of one call, each key at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Events in the order of emission.
    pub events: Vec<Event>,
    /// Keys and their new values, in the order of first writing.
    pub writes: Vec<(Vec<u8>, RegistryValue)>,
}

impl Effects {
    /// The outcome that the leaf commits to.
    pub fn outcome(&self, suite: Suite) -> Outcome {
        let write = |(key, value): &(Vec<u8>, RegistryValue)| RegistryWrite {
            key: key.clone(),
            version: value.version,
            value_hash: value.hash(suite),
        };
        Outcome::applied(self.events.clone(), self.writes.iter().map(write).collect())
    }
}
