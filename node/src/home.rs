//! The home folder of a node: where its configuration, keys, genesis and data lie.

use anyhow::Context;
use std::path::{Path, PathBuf};

/// Paths of a node's home.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// The folder must exist.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let path =
            path.canonicalize().with_context(|| format!("no home folder at {}", path.display()))?;
        Ok(Self(path))
    }

    /// `config.toml`
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// `keys/validator.pem`: the consensus key, PKCS#8.
    pub fn validator_key(&self) -> PathBuf {
        self.0.join("keys/validator.pem")
    }

    /// `keys/node.key`: the libp2p identity.
    pub fn node_key(&self) -> PathBuf {
        self.0.join("keys/node.key")
    }

    /// `genesis-document.bin`
    pub fn genesis_document(&self) -> PathBuf {
        self.0.join("genesis-document.bin")
    }

    /// `data/`: everything the node writes.
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// `data/admin.sock`: the local admin socket.
    pub fn admin_socket(&self) -> PathBuf {
        self.data().join("admin.sock")
    }
}
