//! Where the programs under test lie: beside the test's own, which is `target/release/deps/NAME`.

use anyhow::Context;
use std::path::PathBuf;

/// Path of a program of this build.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("own path")?;
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    beside.clone().find(|path| path.is_file()).with_context(|| {
        let folders: Vec<_> = beside.map(|path| path.display().to_string()).collect();
        format!(
            "{name} is missing ({}): run `cargo build --release --workspace --bins` first",
            folders.join(", ")
        )
    })
}
