//! Reads every Rust file: how it opens, how long it is, and whether it holds what its crate never contains.

use super::table::{Architecture, Row};
use super::{ARCHITECTURE, Violation};
use crate::Tree;
use crate::manifest::Workspace;
use crate::rust_source::{RustSource, lines_with};
use anyhow::Result;

/// Above this many lines a hand-written file asks for a split.
const FILE_LINES_MAX: usize = 800;
/// Files by hand, by the end of their names.
const HAND_WRITTEN: [&str; 5] = [".rs", ".py", ".sh", ".ts", ".tsx"];

/// Every file that breaks a rule of sources.
pub(super) fn check(
    tree: &Tree,
    workspace: &Workspace,
    architecture: &Architecture,
) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (path, text) in tree.texts() {
        let lines = text.lines().count();
        if HAND_WRITTEN.iter().any(|end| path.ends_with(end)) && lines > FILE_LINES_MAX {
            let message =
                format!("{lines} lines; a hand-written file has at most {FILE_LINES_MAX}");
            violations.push(Violation::new(path, 0, message));
        }
        if path.ends_with(".rs") && !text.starts_with("//!") {
            let message = "must begin with //!: what it decides, what comes in, what goes out";
            violations.push(Violation::new(path, 1, message));
        }
    }
    for member in &workspace.members {
        if let Some(row) = architecture.row(&member.folder) {
            violations.extend(never_contained(tree, row));
            violations.extend(lints_not_denied(tree, row));
        }
    }
    Ok(violations)
}

fn never_contained(tree: &Tree, row: &Row) -> Vec<Violation> {
    let folder = format!("{}/src", row.folder);
    let sources: Vec<(&str, RustSource)> = tree
        .texts_under(&folder)
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, text)| (path, RustSource::parse(text)))
        .collect();
    let test_modules: Vec<String> =
        sources.iter().flat_map(|(_, source)| source.test_modules()).collect();
    let mut violations = Vec::new();
    for (path, source) in sources.iter().filter(|(path, _)| !is_test(path, &test_modules)) {
        let source = source.without_tests();
        for word in &row.never {
            // A word in quotes is looked for in strings, any other in code.
            let text = if word.starts_with('"') { &source.code } else { &source.bare };
            for line in lines_with(text, word) {
                let message = format!(
                    "{} never contains {word} outside tests; see the table in {ARCHITECTURE}",
                    row.folder
                );
                violations.push(Violation::new(path, line, message));
            }
        }
    }
    violations
}

fn is_test(path: &str, test_modules: &[String]) -> bool {
    path.split('/').any(|part| {
        let stem = part.strip_suffix(".rs").unwrap_or(part);
        test_modules.iter().any(|module| module == stem)
    })
}

fn lints_not_denied(tree: &Tree, row: &Row) -> Option<Violation> {
    let path = format!("{}/src/lib.rs", row.folder);
    let code = tree.text(&path).map(|text| RustSource::parse(text).bare).unwrap_or_default();
    let denied: String =
        code.split("deny(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let missing = |lint: &&String| lines_with(&denied, lint).is_empty();
    let missing: Vec<&str> = row.denied_lints.iter().filter(missing).map(String::as_str).collect();
    let message = format!("must deny {} outside tests; see {ARCHITECTURE}", missing.join(", "));
    (!missing.is_empty()).then(|| Violation::new(&path, 0, message))
}
