//! What a verifier remembers: for each chain that he added, the newest chain of validator sets he has proven (spec 7).
//!
//! A folder of `<genesis hash>.trust` files. Nothing is trusted because it lies here: each use proves it again from the root.

use crate::files;
use std::path::{Path, PathBuf};
use yinglian_protocol::{GenesisHash, TrustChain, limits};

/// Folder of the store: `YINGLIAN_TRUST_STORE`, or `yinglian/trust` in the user's data folder.
pub fn folder() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("YINGLIAN_TRUST_STORE") {
        return Some(path.into());
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    data.or(home).map(|folder| folder.join("yinglian/trust"))
}

fn path(genesis: &GenesisHash) -> Option<PathBuf> {
    folder().map(|folder| folder.join(format!("{genesis}.trust")))
}

/// The chain of sets kept for a genesis.
pub fn load(genesis: &GenesisHash) -> Option<TrustChain> {
    let bytes = files::read(&path(genesis)?, limits::TRUST_BYTES_MAX as u64).ok()?;
    TrustChain::decode(&bytes).ok()
}

/// Keeps a chain of sets that the caller has just proven, if it is longer than what is kept.
pub fn keep(genesis: &GenesisHash, chain: &TrustChain) -> anyhow::Result<bool> {
    let kept = load(genesis).map_or(0, |kept| kept.links.len() + 1);
    let Some(path) = path(genesis).filter(|_| chain.links.len() + 1 > kept) else {
        return Ok(false);
    };
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    files::write(&path, &chain.encode())?;
    Ok(true)
}

/// True when the user added this chain.
pub fn knows(genesis: &GenesisHash) -> bool {
    path(genesis).is_some_and(|path| path.exists())
}
