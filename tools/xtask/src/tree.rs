//! The text of a source tree in memory, so that every rule is a plain function and a test can plant a violation.
//!
//! Left out: build output, dependencies of other languages, hidden folders except those that hold sources.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Folders that hold no source of ours.
const FOLDERS_LEFT_OUT: [&str; 3] = ["target", "node_modules", "__pycache__"];
/// Hidden folders that do.
const HIDDEN_FOLDERS: [&str; 3] = [".ci", ".cargo", ".config"];

/// Files by their path from the root, written with `/`. Files that are not UTF-8 have no text.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Reads everything below `root`.
    pub fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> Result<()> {
        let path = root.join(folder);
        for entry in fs::read_dir(&path).with_context(|| format!("listing {}", path.display()))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                let hidden = name.starts_with('.') && !HIDDEN_FOLDERS.contains(&name.as_str());
                if !hidden && !FOLDERS_LEFT_OUT.contains(&name.as_str()) {
                    self.read_folder(root, &below)?;
                }
            } else if entry.file_type()?.is_file() {
                let bytes = fs::read(entry.path()).with_context(|| format!("reading {below}"))?;
                self.files.insert(below, String::from_utf8(bytes).ok());
            }
        }
        Ok(())
    }

    /// The same tree with one file more, or another text in it.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), Some(text.to_owned()));
        self
    }

    /// The same tree without a file.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True for a tree without files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// True when `path` is a file, or a folder with a file in it.
    pub fn holds(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }

    /// Every file that has text, in order of path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The files with text below a folder.
    pub fn texts_under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts().filter(move |(path, _)| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}
