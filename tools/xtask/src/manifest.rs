//! The workspace as its Cargo.toml files state it: members, what each imports, and from where.

use crate::Tree;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// One crate of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its folder, which is its name in the import table.
    pub folder: String,
    pub manifest: Table,
    pub dependencies: Vec<Dependency>,
}

/// One line of a crate's dependency tables.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The name it is written under, which is the name that the code uses.
    pub key: String,
    /// What it resolves to through the workspace table.
    pub target: Target,
    /// True for a dependency of tests only.
    pub tests_only: bool,
    /// True when the version comes from the workspace table.
    pub from_workspace: bool,
}

/// A crate of ours by its folder, or one from outside by its package name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Own(String),
    Outside(String),
}

/// The root manifest and its members.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub root: Table,
    pub members: Vec<Member>,
}

impl Workspace {
    /// Reads the root manifest and every member's.
    pub fn read(tree: &Tree) -> Result<Self> {
        let root = parse(tree, "Cargo.toml")?;
        let workspace = table(&root, "workspace").context("Cargo.toml has no [workspace]")?;
        let shared = targets(table(workspace, "dependencies"));
        let listed = workspace.get("members").and_then(Value::as_array).into_iter().flatten();
        let members = listed
            .filter_map(Value::as_str)
            .map(|folder| Member::read(tree, folder, &shared))
            .collect::<Result<_>>()?;
        Ok(Self { root, members })
    }
}

impl Member {
    fn read(tree: &Tree, folder: &str, shared: &BTreeMap<String, Target>) -> Result<Self> {
        let manifest = parse(tree, &format!("{folder}/Cargo.toml"))?;
        let mut dependencies = Vec::new();
        let mut places = vec![&manifest];
        let by_platform = table(&manifest, "target").into_iter().flatten();
        places.extend(by_platform.filter_map(|(_, place)| place.as_table()));
        for place in places {
            for name in ["dependencies", "build-dependencies", "dev-dependencies"] {
                for (key, value) in table(place, name).into_iter().flatten() {
                    dependencies.push(Dependency {
                        key: key.clone(),
                        target: shared.get(key).cloned().unwrap_or_else(|| target(key, value)),
                        tests_only: name == "dev-dependencies",
                        from_workspace: value.get("workspace").and_then(Value::as_bool)
                            == Some(true),
                    });
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), manifest, dependencies })
    }

    /// Path of the manifest from the root.
    pub fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

fn parse(tree: &Tree, path: &str) -> Result<Table> {
    let text = tree.text(path).with_context(|| format!("{path} is missing"))?;
    text.parse().with_context(|| format!("{path} is not TOML"))
}

fn table<'a>(parent: &'a Table, key: &str) -> Option<&'a Table> {
    parent.get(key)?.as_table()
}

fn targets(dependencies: Option<&Table>) -> BTreeMap<String, Target> {
    let listed = dependencies.into_iter().flatten();
    listed.map(|(key, value)| (key.clone(), target(key, value))).collect()
}

fn target(key: &str, value: &Value) -> Target {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("path") {
        Some(folder) => Target::Own(folder),
        None => Target::Outside(text("package").unwrap_or_else(|| key.to_owned())),
    }
}
