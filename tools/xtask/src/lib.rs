//! What `cargo xtask` can do: `interfaces` rewrites golden interfaces; `tidy` decides whether a tree of sources keeps to the architecture, `vectors` rewrites
//! the conformance vectors. Comes in: the text of the tree. Goes out: violations, each with its place.
//! Never: a change to a source file; a rule that is not written in docs/architecture.md or docs/decisions.

pub mod interfaces;
mod manifest;
mod markdown;
mod rust_source;
pub mod tidy;
mod tree;
pub mod vectors;

pub use tidy::Violation;
pub use tree::Tree;

use std::path::PathBuf;

/// The root of the repository that this program was built from.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
