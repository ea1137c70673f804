//! Finds what must not be left behind: unfinished code, switched-off tests, unsafe code, paths of one machine.

use super::{EXPORTS_FILE, UNSAFE_FOLDER, Violation};
use crate::Tree;
use crate::rust_source::{RustSource, lines_with};

/// Unfinished code and switched-off tests, refused in Rust everywhere, tests included.
const CODE: [&str; 5] = ["todo!", "unimplemented!", "dbg!", "unsafe", "#[ignore"];
/// All that the file of exports may hold of it.
const EXPORTS: [&str; 2] = ["#[unsafe(no_mangle)]", "#![allow(unsafe_code)]"];
/// Marks of work put off, refused in every text. Written in two halves so that this file holds none.
const MARKS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
/// Folders that exist on one machine only, refused in every text; written in two halves likewise.
const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
/// The folder for scratch files, refused in Rust outside tests: a program asks the system for it.
const SCRATCH_FOLDER: &str = concat!("/t", "mp/");
/// A folder that no user of the repository has.
const OUTSIDE: [&str; 3] =
    [concat!("../sh", "ared"), concat!("sh", "ared/design.md"), concat!("sh", "ared/spec.md")];
/// Texts that others wrote.
const FOREIGN: [&str; 3] = ["Cargo.lock", "LICENSE", "node/api/src/swagger/swagger-ui-bundle.js"];

/// Every leftover of the tree.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| !FOREIGN.contains(path)) {
        let mut refuse = |lines: Vec<usize>, message: String| {
            violations.extend(lines.into_iter().map(|line| Violation::new(path, line, &*message)));
        };
        for mark in MARKS {
            refuse(
                lines_with(text, mark),
                format!("{mark}: a decision record or an issue holds what is put off"),
            );
        }
        for folder in MACHINE_FOLDERS {
            refuse(lines_with_path(text, folder), format!("{folder} is a folder of one machine"));
        }
        for outside in OUTSIDE {
            refuse(lines_with(text, outside), format!("{outside} is not part of the repository"));
        }
        if path.ends_with(".rs") {
            let source = RustSource::parse(text);
            let vector_code = path.starts_with(UNSAFE_FOLDER);
            for word in CODE.iter().filter(|word| **word != "unsafe" || !vector_code) {
                let mut lines = lines_with(&source.bare, word);
                if path == EXPORTS_FILE {
                    let bare: Vec<&str> = source.bare.lines().collect();
                    let named = |line: &str| EXPORTS.contains(&line.trim());
                    lines.retain(|line| !bare.get(line - 1).is_some_and(|text| named(text)));
                }
                refuse(lines, format!("{word} is left behind"));
            }
            if !path.contains("/tests/") && !path.starts_with("tests/") {
                let code = source.without_tests().code;
                let message = format!("{SCRATCH_FOLDER} is not a path to write into a program");
                refuse(lines_with_path(&code, SCRATCH_FOLDER), message);
            }
        }
    }
    violations
}

/// Lines on which `folder` begins an absolute path, as against being a part of a longer one.
fn lines_with_path(text: &str, folder: &str) -> Vec<usize> {
    let begins = |before: Option<char>| {
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.~/*}".contains(c))
    };
    let numbered = text.lines().enumerate();
    numbered
        .filter(|(_, line)| {
            line.match_indices(folder).any(|(at, _)| begins(line[..at].chars().next_back()))
        })
        .map(|(index, _)| index + 1)
        .collect()
}
