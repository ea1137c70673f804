//! Compares every Cargo.toml with the import table: own crates, claimed outside crates, versions in one place.

use super::table::{Architecture, Row, matches};
use super::{ARCHITECTURE, EXPORTS_FILE, UNSAFE_FOLDER, Violation};
use crate::manifest::{Dependency, Member, Target, Workspace};
use toml::Value;

/// Every import that the table does not grant.
pub(super) fn check(workspace: &Workspace, architecture: &Architecture) -> Vec<Violation> {
    let mut violations = Vec::new();
    for row in &architecture.rows {
        if !workspace.members.iter().any(|member| member.folder == row.folder) {
            let message =
                format!("the import table has a row for {}, which is no crate", row.folder);
            violations.push(Violation::new(ARCHITECTURE, 0, message));
        }
    }
    for member in &workspace.members {
        let path = member.manifest_path();
        match architecture.row(&member.folder) {
            None => violations.push(Violation::new(&path, 0, "no row in the import table")),
            Some(row) => {
                for dependency in &member.dependencies {
                    let refusals = refusals(dependency, row, architecture);
                    violations.extend(refusals.into_iter().map(|m| Violation::new(&path, 0, m)));
                }
            }
        }
        violations.extend(lints_refusal(member).map(|message| Violation::new(&path, 0, message)));
    }
    if !forbids_unsafe(workspace) {
        let message = "[workspace.lints.rust] unsafe_code = \"forbid\" is missing";
        violations.push(Violation::new("Cargo.toml", 0, message));
    }
    violations
}

fn refusals(dependency: &Dependency, row: &Row, architecture: &Architecture) -> Vec<String> {
    let mut refusals = Vec::new();
    let key = &dependency.key;
    let folder = &row.folder;
    if !dependency.from_workspace {
        refusals
            .push(format!("{key} has a version of its own; versions stand in the root Cargo.toml"));
    }
    let (granted, name) = match &dependency.target {
        Target::Own(name) => (matches(&row.own, name), name),
        Target::Outside(name) => {
            (!architecture.is_claimed(name) || matches(&row.outside, name), name)
        }
    };
    let granted_to_tests = dependency.tests_only && matches(&row.tests, name);
    if !granted && !granted_to_tests {
        let whose = if dependency.tests_only { "tests of " } else { "" };
        refusals.push(format!(
            "{whose}{folder} may not import {name}; see the table in {ARCHITECTURE}"
        ));
    }
    let refused_word = |word: &&String| **word == key.replace('-', "_") || **word == *name;
    if let Some(word) = row.never.iter().find(refused_word).filter(|_| !dependency.tests_only) {
        refusals.push(format!("{folder} never contains {word}; see the table in {ARCHITECTURE}"));
    }
    refusals
}

/// What is wrong with a crate's lints. All inherit those of the workspace, which forbid unsafe code; the crate with the vector
/// instructions denies it instead, and allows it in one folder.
fn lints_refusal(member: &Member) -> Option<&'static str> {
    let lints = member.manifest.get("lints");
    let excepted =
        [UNSAFE_FOLDER.strip_suffix("/src/simd/"), EXPORTS_FILE.strip_suffix("/src/exports.rs")];
    if excepted.contains(&Some(&*member.folder)) {
        let rule = lints.and_then(|lints| lints.get("rust")?.get("unsafe_code"));
        let denied = rule.and_then(Value::as_str) == Some("deny");
        return (!denied).then_some("[lints.rust] unsafe_code = \"deny\" is missing");
    }
    let inherited = lints.and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
    let message = "[lints] workspace = true is missing: unsafe code would not be forbidden";
    (inherited != Some(true)).then_some(message)
}

fn forbids_unsafe(workspace: &Workspace) -> bool {
    let lints = workspace.root.get("workspace").and_then(|table| table.get("lints"));
    let rule = lints.and_then(|lints| lints.get("rust")).and_then(|rust| rust.get("unsafe_code"));
    rule.and_then(Value::as_str) == Some("forbid")
}
