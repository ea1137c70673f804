//! A node's disk: what was written, and what of it survives a crash.

use malachite::app::consensus::Input;
use malachite::app::types::core::CommitCertificate;
use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_consensus::Proposal;
use yinglian_consensus::context::Chain;
use yinglian_protocol::{Hash, Height};

/// A committed block with the certificate that decided it.
#[derive(Clone)]
pub struct Block {
    /// Header and payload.
    pub proposal: Arc<Proposal>,
    /// Signatures of the quorum.
    pub certificate: CommitCertificate<Chain>,
}

/// Everything a node keeps but the sign-state, which is a real file.
#[derive(Clone, Default)]
pub struct Files {
    /// Entries of the write-ahead log, and the height they belong to.
    pub log: Vec<Input<Chain>>,
    /// Height of the log.
    pub log_height: Height,
    /// Values stored before a vote, by value id.
    pub payloads: BTreeMap<Hash, Arc<Proposal>>,
    /// Decided blocks from height 1 on.
    pub blocks: Vec<Block>,
}

/// The files as the process sees them, and as a crash would leave them.
#[derive(Clone, Default)]
pub struct Disk {
    /// As written.
    pub files: Files,
    /// As synced.
    pub synced: Files,
}

impl Disk {
    /// Syncs the write-ahead log.
    pub fn sync_log(&mut self) {
        self.synced.log.clone_from(&self.files.log);
        self.synced.log_height = self.files.log_height;
    }

    /// Syncs payloads.
    pub fn sync_payloads(&mut self) {
        self.synced.payloads.clone_from(&self.files.payloads);
    }

    /// Syncs blocks.
    pub fn sync_blocks(&mut self) {
        self.synced.blocks.clone_from(&self.files.blocks);
    }

    /// What a crash leaves.
    pub fn crash(&mut self) {
        self.files.clone_from(&self.synced);
    }

    /// Height of the last block.
    pub fn tip(&self) -> Height {
        Height(self.files.blocks.len() as u64)
    }
}
