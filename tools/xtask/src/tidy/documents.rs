//! Checks the documents: guides in both languages, links that lead somewhere, decisions numbered once.

use super::Violation;
use crate::Tree;
use crate::markdown::links;
use std::collections::{BTreeMap, BTreeSet};

/// The two languages of the guides.
const LANGUAGES: [&str; 2] = ["zh", "en"];
const DECISIONS: &str = "docs/decisions";

/// Every document that misses its twin, its target or its number.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = guides(tree);
    violations.extend(readmes(tree));
    violations.extend(decisions(tree));
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (line, target) in links(text) {
            if !leads_somewhere(tree, path, &target) {
                violations.push(Violation::new(
                    path,
                    line,
                    format!("the link to {target} leads nowhere"),
                ));
            }
        }
    }
    violations
}

fn guides(tree: &Tree) -> Vec<Violation> {
    let names = |language: &str| -> BTreeSet<String> {
        let folder = format!("docs/guides/{language}");
        tree.texts_under(&folder).map(|(path, _)| path[folder.len() + 1..].to_owned()).collect()
    };
    let [zh, en] = LANGUAGES.map(names);
    let missing = |there: &BTreeSet<String>, here: &BTreeSet<String>, language: &str| {
        let absent = there.difference(here);
        let path = |name: &String| format!("docs/guides/{language}/{name}");
        absent
            .map(|name| {
                Violation::new(&path(name), 0, "this guide is missing; guides are in zh and en")
            })
            .collect::<Vec<_>>()
    };
    [missing(&en, &zh, "zh"), missing(&zh, &en, "en")].concat()
}

fn readmes(tree: &Tree) -> Vec<Violation> {
    let missing = ["README.md", "README.zh.md"].into_iter().filter(|path| !tree.holds(path));
    missing.map(|path| Violation::new(path, 0, "is missing; the README is in zh and en")).collect()
}

fn decisions(tree: &Tree) -> Vec<Violation> {
    let mut by_number: BTreeMap<&str, &str> = BTreeMap::new();
    let mut violations = Vec::new();
    for (path, text) in tree.texts_under(DECISIONS).filter(|(path, _)| path.ends_with(".md")) {
        let name = &path[DECISIONS.len() + 1..];
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|b| b.is_ascii_digit()) {
            violations.push(Violation::new(
                path,
                0,
                "a decision is named NNNN-what-was-decided.md",
            ));
            continue;
        }
        if let Some(other) = by_number.insert(number, name) {
            violations.push(Violation::new(
                path,
                0,
                format!("{other} has this number; it is never reused"),
            ));
        }
        if !text.starts_with(&format!("# {number} ")) {
            violations.push(Violation::new(
                path,
                1,
                format!("must begin with \"# {number} \" and the decision"),
            ));
        }
    }
    violations
}

fn leads_somewhere(tree: &Tree, path: &str, target: &str) -> bool {
    let file = target.split(['#', '?']).next().unwrap_or_default();
    if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in file.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            part => parts.push(part),
        }
    }
    tree.holds(&parts.join("/"))
}
