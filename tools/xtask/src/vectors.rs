//! Rewrites the conformance vectors: runs every crate's `conformance` test with the switch that makes it write what
//! the code encodes today. What changes must be read in the diff: other implementations follow these files.

use crate::Tree;
use crate::manifest::Workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The switch that a `conformance` test reads.
const SWITCH: &str = "UPDATE_VECTORS";

/// True when every crate wrote its vectors and then agreed with them.
pub fn rewrite(root: &Path) -> Result<bool> {
    let tree = Tree::read(root)?;
    let packages = packages(&tree)?;
    if packages.is_empty() {
        bail!("no crate has a test named conformance");
    }
    let written = run(root, &packages, true)?;
    let agreed = written && run(root, &packages, false)?;
    if agreed {
        eprintln!("vectors rewritten; read `git diff tests/conformance` before you commit");
    }
    Ok(agreed)
}

/// Packages with a test target named `conformance`.
fn packages(tree: &Tree) -> Result<Vec<String>> {
    let workspace = Workspace::read(tree)?;
    let with_test = workspace
        .members
        .iter()
        .filter(|member| tree.holds(&format!("{}/tests/conformance.rs", member.folder)));
    Ok(with_test
        .filter_map(|member| {
            Some(member.manifest.get("package")?.get("name")?.as_str()?.to_owned())
        })
        .collect())
}

fn run(root: &Path, packages: &[String], write: bool) -> Result<bool> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["test", "--release", "--test", "conformance"]);
    for package in packages {
        cargo.args(["-p", package]);
    }
    if write {
        cargo.env(SWITCH, "1");
    } else {
        cargo.env_remove(SWITCH);
    }
    Ok(cargo.status().context("running cargo test")?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crates_with_a_conformance_test_are_run() {
        let tree = Tree::default()
            .with("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]")
            .with("a/Cargo.toml", "[package]\nname = \"one\"")
            .with("b/Cargo.toml", "[package]\nname = \"two\"")
            .with("b/tests/conformance.rs", "//! Vectors.");
        assert_eq!(packages(&tree).unwrap(), ["two"]);
    }
}
