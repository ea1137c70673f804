//! Digest algorithms as OFD signatures name them.
//!
//! Comes in: the text of `CheckMethod`. Goes out: an algorithm, digests. Never: MD5 or SHA-1, which do not bind a file any more.
use yinglian_crypto::{Hasher, Suite};

/// A digest that can bind a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    /// GB/T 32905.
    Sm3,
    /// GB/T 32905 with the signer's Z before the file, GM/T 0006 `1.2.156.10197.1.401.2`.
    Sm3WithKey,
    /// FIPS 180-4.
    Sha256,
}

impl Algorithm {
    /// GB/T 33190 table 62 names object identifiers; vendors write names too. `None` for the unknown and the broken, and for a
    /// method that is left out: the standard's default is MD5.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "1.2.156.10197.1.401" | "1.2.156.10197.1.401.1" | "sm3" => Some(Self::Sm3),
            "1.2.156.10197.1.401.2" => Some(Self::Sm3WithKey),
            "2.16.840.1.101.3.4.2.1" | "sha256" | "sha-256" => Some(Self::Sha256),
            _ => None,
        }
    }
}

impl Algorithm {
    /// A running digest.
    pub(crate) fn hasher(self) -> Hasher {
        match self {
            Self::Sm3 | Self::Sm3WithKey => Suite::National.hasher(),
            Self::Sha256 => Suite::International.hasher(),
        }
    }
}
