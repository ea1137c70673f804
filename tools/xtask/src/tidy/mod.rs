//! Decides whether a tree keeps to docs/architecture.md. Comes in: the tree. Goes out: every violation, in order of place.
//!
//! The import table and the table of words in docs/architecture.md are the truth; the rules here only read them.

mod documents;
mod imports;
mod leftovers;
mod sources;
mod table;

use crate::Tree;
use crate::manifest::Workspace;
use anyhow::Result;
use std::fmt;

/// The document that holds the tables.
pub const ARCHITECTURE: &str = "docs/architecture.md";
/// The one folder that may hold unsafe code: vector instructions, each beside a portable twin.
const UNSAFE_FOLDER: &str = "sdk/gm/src/simd/";
/// The one file that may give functions plain names for WebAssembly, which takes an attribute that counts as unsafe.
const EXPORTS_FILE: &str = "sdk/verifier/src/exports.rs";

/// A place where the tree breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// File, from the root.
    pub path: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong, and where the rule stands.
    pub message: String,
}

impl Violation {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.path, self.message)
        } else {
            write!(f, "{}:{}: {}", self.path, self.line, self.message)
        }
    }
}

/// Checks everything.
pub fn check(tree: &Tree) -> Result<Vec<Violation>> {
    let workspace = Workspace::read(tree)?;
    let architecture = table::Architecture::read(tree)?;
    let mut violations = imports::check(&workspace, &architecture);
    violations.extend(sources::check(tree, &workspace, &architecture)?);
    violations.extend(leftovers::check(tree));
    violations.extend(documents::check(tree));
    violations.sort();
    Ok(violations)
}
