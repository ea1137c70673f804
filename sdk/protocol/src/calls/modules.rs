//! What the registry says of a declared module: which document a decision admitted under its name.

use crate::{Height, Name};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use yinglian_crypto::Hash;

/// A module that a decision admitted: the body of the registry value under [`module_key`]. Written by `membership`.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ModuleEntry {
    /// Name by which envelopes call it.
    pub contract: Name,
    /// Version of its interface.
    pub version: u16,
    /// Hash of the whole document, under which its parts are stored.
    pub digest: Hash,
    /// Hash of its shape.
    pub shape_hash: Hash,
    /// Block that admitted this version.
    pub admitted_at: Height,
    /// Block that retired it: from the next call on nothing calls it, and its objects stay.
    pub retired_at: Option<Height>,
}

impl ModuleEntry {
    /// Number of the layout in the registry value.
    pub const SCHEMA: u16 = 11;

    /// True while envelopes may call it.
    pub fn is_in_force(&self) -> bool {
        self.retired_at.is_none()
    }
}

/// Registry key of a module's entry, `module/<name>`.
pub fn module_key(contract: &str) -> Vec<u8> {
    alloc::format!("module/{contract}").into_bytes()
}
