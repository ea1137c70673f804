//! Which files of a package a reader may show: from OFD.xml through documents, pages, templates, resources, annotations,
//! attachments, custom tags, extensions and versions, GB/T 33190-2016 clauses 7 to 20.
//!
//! Comes in: an opened package. Goes out: for each document its files, pages and list of signatures. Never: too few files: beside
//! the places that the standard names, every attribute and text that is the path of a file counts.
use super::fault::OfdFault;
use super::limits;
use super::package::{Index, Package};
use super::path;
use super::xml::{self, Element, Keep};
use std::collections::{BTreeMap, BTreeSet};

/// The one fixed name of a package.
pub(crate) const ROOT: &str = "OFD.xml";

/// One `DocBody`.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Files that a reader of this document may show.
    pub files: BTreeSet<Index>,
    /// Named by the document, not in the package.
    pub missing: BTreeSet<String>,
    /// `ID` of each page → its number from 1.
    pub pages: BTreeMap<String, u32>,
    /// Path of Signatures.xml.
    pub signatures: Option<Result<String, OfdFault>>,
}

/// All documents of the package, and whether OFD.xml was found under another case.
pub(crate) struct Reach {
    pub root: Index,
    pub bodies: Vec<Body>,
    pub foreign: bool,
}

impl Reach {
    pub(crate) fn walk(package: &Package) -> Result<Self, OfdFault> {
        let root = package.find(ROOT).ok_or(OfdFault::NotOfd)?;
        let bytes = package.read(root.index, limits::LIST_BYTES_MAX)?;
        let document = xml::parse(&bytes, Keep::All)?;
        if document.root.name != "OFD" {
            return Err(OfdFault::NotOfd);
        }
        let mut bodies = Vec::new();
        for element in document.root.all("DocBody") {
            if u64::try_from(bodies.len()).map_or(true, |n| n >= limits::DOCUMENTS_MAX) {
                return Err(OfdFault::TooLarge);
            }
            bodies.push(body(package, element)?);
        }
        if bodies.is_empty() {
            return Err(OfdFault::NotOfd);
        }
        Ok(Self { root: root.index, bodies, foreign: document.foreign })
    }
}

fn body(package: &Package, element: &Element) -> Result<Body, OfdFault> {
    let signatures = element.optional("Signatures")?;
    let doc_root = element.one("DocRoot")?.trimmed();
    let mut walk =
        Walk { package, body: Body::default(), queue: Vec::new(), document_folder: String::new() };
    walk.body.signatures = signatures.map(|s| path::resolve("", s.trimmed()));
    let root_path = path::resolve("", doc_root)?;
    let root = package.find(&root_path).ok_or(OfdFault::NotOfd)?;
    walk.document_folder = path::folder(package.name(root.index)).to_owned();
    walk.push(root.index, Role::Document);
    // Whatever else the DocBody names: cover picture, versions.
    for child in &element.children {
        if !matches!(child.name.as_str(), "DocRoot" | "Signatures") {
            walk.element(child, &[""])?;
        }
    }
    while let Some((index, role)) = walk.queue.pop() {
        walk.file(index, role)?;
    }
    Ok(walk.body)
}

/// How a file was found, and so how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The root of a document, which gives the numbers of pages.
    Document,
    /// A file of the standard: it must be readable.
    Standard,
    /// Any other file: read if it is XML, taken as it is otherwise.
    Other,
}

struct Walk<'p, 'f> {
    package: &'p Package<'f>,
    body: Body,
    queue: Vec<(Index, Role)>,
    document_folder: String,
}

impl Walk<'_, '_> {
    fn push(&mut self, index: Index, role: Role) {
        if self.body.files.insert(index) {
            self.queue.push((index, role));
        }
    }

    fn file(&mut self, index: Index, role: Role) -> Result<(), OfdFault> {
        let name = self.package.name(index).to_owned();
        if role == Role::Other && !name.to_ascii_lowercase().ends_with(".xml") {
            return Ok(());
        }
        let parsed = self
            .package
            .read(index, limits::XML_BYTES_MAX)
            .and_then(|bytes| xml::parse(&bytes, Keep::NoGraphics));
        let document = match parsed {
            Ok(document) => document,
            // An attachment may be any XML, or none; whether it was altered is decided by its digest.
            Err(_) if role == Role::Other => return Ok(()),
            Err(fault) => return Err(fault),
        };
        if role == Role::Document {
            self.pages(&document.root)?;
        }
        let here = path::folder(&name).to_owned();
        let base = document.root.attribute("BaseLoc");
        let base = base.and_then(|base| path::resolve(&here, base).ok());
        let base = base.map(|base| format!("{base}/"));
        let document_folder = self.document_folder.clone();
        let mut folders = vec![here.as_str(), document_folder.as_str(), ""];
        if let Some(base) = &base {
            folders.insert(0, base.as_str());
        }
        folders.dedup();
        self.element(&document.root, &folders)
    }

    fn pages(&mut self, root: &Element) -> Result<(), OfdFault> {
        if root.name != "Document" {
            return Err(OfdFault::NotOfd);
        }
        let mut number = 0u32;
        for page in root.one("Pages")?.all("Page") {
            number = number.saturating_add(1);
            let id = page.attribute("ID").unwrap_or_default().to_owned();
            if self.body.pages.insert(id, number).is_some() {
                return Err(OfdFault::Structure);
            }
        }
        Ok(())
    }

    fn element(&mut self, element: &Element, folders: &[&str]) -> Result<(), OfdFault> {
        for (name, value) in &element.attributes {
            let known =
                name == "BaseLoc" && matches!(element.name.as_str(), "Page" | "TemplatePage");
            let listed = known || (name == "BaseLoc" && element.name == "Version");
            self.location(value, folders, if listed { Place::Xml } else { Place::Unknown });
        }
        if element.children.is_empty() {
            self.location(&element.text, folders, place(&element.name));
        }
        for child in &element.children {
            self.element(child, folders)?;
        }
        Ok(())
    }

    /// Counts the file that a text names, under each folder that it may be relative to.
    fn location(&mut self, text: &str, folders: &[&str], place: Place) {
        let text = text.trim();
        if text.is_empty()
            || text.len() > 1024
            || (place == Place::Unknown && !text.contains(['.', '/']))
        {
            return;
        }
        let mut found = false;
        for folder in folders {
            let Ok(path) = path::resolve(folder, text) else {
                continue;
            };
            if let Some(hit) = self.package.find(&path) {
                found = true;
                let role = if place == Place::Xml { Role::Standard } else { Role::Other };
                self.push(hit.index, role);
            }
        }
        if !found && place != Place::Unknown {
            self.body.missing.insert(text.to_owned());
        }
    }
}

/// What the standard says of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The path of an XML file of the standard.
    Xml,
    /// The path of any file.
    Any,
    Unknown,
}

fn place(name: &str) -> Place {
    match name {
        "PublicRes" | "DocumentRes" | "PageRes" | "Annotations" | "CustomTags" | "Attachments"
        | "Extensions" => Place::Xml,
        "FileLoc" | "MediaFile" | "FontFile" | "ExtendData" | "SchemaLoc" | "Cover" => Place::Any,
        _ => Place::Unknown,
    }
}
