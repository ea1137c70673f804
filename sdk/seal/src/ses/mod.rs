//! The structures of seals and seal signatures: GM/T 0031-2014, GB/T 38540-2020, GM/T 0031-2025.
//!
//! Comes in: received bytes. Goes out: fields as slices of them, the inputs of both signatures, and every leniency. Never: a check of a
//! signature.
mod extensions;
mod seal;
mod value;

pub(crate) use seal::{Seal, SignerList};
pub(crate) use value::{ClaimedTime, Value};

use crate::Reason;

/// Which structure a header's version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// GM/T 0031-2014, header 1; software in the field writes 2 and 3 as well.
    V1,
    /// GB/T 38540-2020, header 4.
    V4,
    /// GM/T 0031-2025, header 5.
    V5,
}

impl Family {
    /// The family of a version.
    pub fn of(version: u64) -> Result<Self, Reason> {
        match version {
            1..=3 => Ok(Self::V1),
            4 => Ok(Self::V4),
            5 => Ok(Self::V5),
            _ => Err(Reason::VersionUnknown),
        }
    }

    /// The standard that defines it.
    pub const fn standard(self) -> &'static str {
        match self {
            Self::V1 => "GM/T 0031-2014",
            Self::V4 => "GB/T 38540-2020",
            Self::V5 => "GM/T 0031-2025",
        }
    }
}
