//! The disk guard: refuses writes while there is still enough space for the engine to stay whole (head-room).

use crate::StoreError;
use std::io;
use std::path::{Path, PathBuf};

/// How the data disk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskStatus {
    /// Bytes free to this process.
    pub free_bytes: u64,
    /// Bytes that must stay free.
    pub head_room_bytes: u64,
    /// True when new payloads, and so new envelopes, are refused.
    pub full: bool,
}

/// What a write is for: a decided block may use half of the head-room, because the chain has already moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Payload,
    Commit,
}

type Probe = Box<dyn Fn() -> io::Result<u64> + Send + Sync>;

pub(crate) struct DiskGuard {
    probe: Probe,
    head_room_bytes: u64,
}

impl DiskGuard {
    pub(crate) fn new(path: &Path, head_room_bytes: u64) -> Self {
        let path: PathBuf = path.into();
        Self::with_probe(Box::new(move || free_bytes(&path)), head_room_bytes)
    }

    pub(crate) fn with_probe(probe: Probe, head_room_bytes: u64) -> Self {
        Self { probe, head_room_bytes }
    }

    pub(crate) fn status(&self) -> Result<DiskStatus, StoreError> {
        let free_bytes = (self.probe)().map_err(|error| StoreError::Read {
            attempted: "the free space of the data disk",
            source: Box::new(error),
        })?;
        Ok(DiskStatus {
            free_bytes,
            head_room_bytes: self.head_room_bytes,
            full: free_bytes < self.head_room_bytes,
        })
    }

    /// Refuses a write that would go below the head-room.
    pub(crate) fn admit(&self, write: Write, bytes: usize) -> Result<(), StoreError> {
        let free_bytes = self.status()?.free_bytes;
        let head_room_bytes = match write {
            Write::Payload => self.head_room_bytes,
            Write::Commit => self.head_room_bytes / 2,
        };
        if free_bytes < head_room_bytes.saturating_add(bytes as u64) {
            return Err(StoreError::DiskFull { free_bytes, head_room_bytes });
        }
        Ok(())
    }
}

fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
