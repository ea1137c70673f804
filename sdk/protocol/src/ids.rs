//! Newtypes of ids and quantities, so that a height is never taken for a position.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};
use yinglian_crypto::Hash;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            BorshSerialize, BorshDeserialize, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The next one; saturates at the end of the range, which no chain reaches.
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
            /// The previous one, or zero.
            pub fn previous(self) -> Self {
                Self(self.0.saturating_sub(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            BorshSerialize, BorshDeserialize, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Hash);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

quantity! {
    /// Number of a block; the first block after genesis is 1.
    Height
}
quantity! {
    /// Index of a leaf in the log, from 0.
    LogPosition
}
digest_id! {
    /// Hash of an envelope's body: the key of deduplication.
    EnvelopeId
}
digest_id! {
    /// Hash of an envelope's body and signature: what leaves and caches name.
    EnvelopeHash
}
digest_id! {
    /// Hash of the genesis: names the chain in everything that is signed.
    GenesisHash
}
