//! XML as OFD uses it: a small tree of elements, read under limits.
//!
//! Comes in: bytes of a file. Goes out: elements with attributes and text. Never: a document type, an entity that the file
//! defines, an unbound prefix, another encoding than UTF-8, a second root.
use super::fault::OfdFault;
use super::limits;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

/// The namespace of GB/T 33190-2016.
const OFD_NAMESPACE: &str = "http://www.ofdspec.org/2016";

/// What of a file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    All,
    /// Everything but graphics: their number is the size of the page, and no path stands in them.
    NoGraphics,
}

/// One element. Names are local names; the prefix of an attribute is kept, so that `a:ID` is not `ID`.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

/// A file read.
#[derive(Debug)]
pub(crate) struct Document {
    pub root: Element,
    /// Some element is not in the namespace of the standard.
    pub foreign: bool,
}

impl Element {
    /// An attribute without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The children of a name.
    pub(crate) fn all<'e, 'n>(
        &'e self,
        name: &'n str,
    ) -> impl Iterator<Item = &'e Element> + use<'e, 'n> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of a name, if there is one; two are a fault.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&Element>, OfdFault> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() {
            return Err(OfdFault::Structure);
        }
        Ok(first)
    }

    /// The only child of a name.
    pub(crate) fn one(&self, name: &str) -> Result<&Element, OfdFault> {
        self.optional(name)?.ok_or(OfdFault::Structure)
    }

    /// How often a name occurs in this element and below.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let here = u64::from(self.name == name);
        let below = self.children.iter().map(|child| child.count(name));
        below.fold(here, u64::saturating_add)
    }

    /// Text without the blanks around it.
    pub(crate) fn trimmed(&self) -> &str {
        self.text.trim()
    }
}

/// Reads one file.
pub(crate) fn parse(bytes: &[u8], keep: Keep) -> Result<Document, OfdFault> {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let text = core::str::from_utf8(bytes).map_err(|_| OfdFault::XmlEncoding)?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut tree = Tree::new(keep);
    let mut first = true;
    loop {
        let (namespace, event) =
            reader.read_resolved_event().map_err(|_| OfdFault::XmlMalformed)?;
        match event {
            Event::Start(start) => {
                let foreign = is_foreign(&namespace)?;
                tree.open(&start, foreign)?;
            }
            Event::Empty(start) => {
                let foreign = is_foreign(&namespace)?;
                tree.open(&start, foreign)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let mut letter = [0; 4];
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => entity(&reference.xml10_content())?,
                    Err(_) => return Err(OfdFault::XmlMalformed),
                };
                tree.text(character.encode_utf8(&mut letter))?;
            }
            Event::Decl(declaration) => {
                if !first {
                    return Err(OfdFault::XmlMalformed);
                }
                check_declaration(&declaration)?;
            }
            Event::DocType(_) => return Err(OfdFault::Dtd),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
        first = false;
    }
    tree.finish()
}

fn is_foreign(namespace: &ResolveResult) -> Result<bool, OfdFault> {
    match namespace {
        ResolveResult::Bound(Namespace(uri)) => Ok(*uri != OFD_NAMESPACE),
        ResolveResult::Unbound => Ok(true),
        ResolveResult::Unknown(_) => Err(OfdFault::XmlMalformed),
    }
}

fn entity(name: &str) -> Result<char, OfdFault> {
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(OfdFault::XmlMalformed),
    }
}

fn check_declaration(declaration: &quick_xml::events::BytesDecl) -> Result<(), OfdFault> {
    let version = declaration.version().map_err(|_| OfdFault::XmlMalformed)?;
    // XML 1.1 reads line ends differently.
    if version.as_ref() != "1.0" {
        return Err(OfdFault::XmlMalformed);
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if matches!(name.to_ascii_lowercase().as_str(), "utf-8" | "utf8") => Ok(()),
        Some(Ok(_)) => Err(OfdFault::XmlEncoding),
        Some(Err(_)) => Err(OfdFault::XmlMalformed),
    }
}

/// The tree as it grows. `open` elements are those whose end has not come; the graphics that are left out stand as `None`.
struct Tree {
    keep: Keep,
    open: Vec<Option<Element>>,
    root: Option<Element>,
    foreign: bool,
    elements: u64,
    kept_bytes: u64,
}

impl Tree {
    fn new(keep: Keep) -> Self {
        Self { keep, open: Vec::new(), root: None, foreign: false, elements: 0, kept_bytes: 0 }
    }

    fn open(&mut self, start: &BytesStart, foreign: bool) -> Result<(), OfdFault> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(OfdFault::XmlMalformed);
        }
        let depth = u64::try_from(self.open.len()).unwrap_or(u64::MAX);
        if depth >= limits::XML_DEPTH_MAX {
            return Err(OfdFault::XmlDepth);
        }
        self.foreign |= foreign;
        let name = start.local_name();
        let name = name.as_ref();
        let mut element = Element { name: name.to_owned(), ..Element::default() };
        // Graphics are left out only below the root, and their attributes are still checked.
        let kept = self.keep == Keep::All || self.open.is_empty() || !is_graphics(name);
        let mut count = 0u64;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| OfdFault::XmlMalformed)?;
            count = count.saturating_add(1);
            if count > limits::XML_ATTRIBUTES_MAX {
                return Err(OfdFault::XmlSize);
            }
            if attribute.value.contains('<') {
                return Err(OfdFault::XmlMalformed);
            }
            if kept {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|_| OfdFault::XmlMalformed)?;
                let key = attribute.key.0;
                self.charge(key.len())?;
                self.charge(value.len())?;
                element.attributes.push((key.to_owned(), value.into_owned()));
            }
        }
        if kept {
            self.elements = self.elements.saturating_add(1);
            if self.elements > limits::XML_ELEMENTS_MAX {
                return Err(OfdFault::XmlSize);
            }
        }
        self.open.push(kept.then_some(element));
        Ok(())
    }

    fn close(&mut self) -> Result<(), OfdFault> {
        let closed = self.open.pop().ok_or(OfdFault::XmlMalformed)?;
        let Some(element) = closed else {
            return Ok(());
        };
        match self.open.iter_mut().rev().find_map(Option::as_mut) {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), OfdFault> {
        let Some(innermost) = self.open.last() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(OfdFault::XmlMalformed) };
        };
        if innermost.is_none() {
            return Ok(());
        }
        self.charge(text.len())?;
        if let Some(Some(element)) = self.open.last_mut() {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), OfdFault> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.kept_bytes = self.kept_bytes.saturating_add(bytes);
        if self.kept_bytes > limits::XML_KEPT_BYTES_MAX {
            return Err(OfdFault::XmlSize);
        }
        Ok(())
    }

    fn finish(self) -> Result<Document, OfdFault> {
        if !self.open.is_empty() {
            return Err(OfdFault::XmlMalformed);
        }
        Ok(Document { root: self.root.ok_or(OfdFault::XmlMalformed)?, foreign: self.foreign })
    }
}

/// Elements of a page that draw, GB/T 33190-2016 clauses 8 to 11. They name resources by number, never by path.
fn is_graphics(name: &str) -> bool {
    matches!(
        name,
        "AbbreviatedData"
            | "Area"
            | "AxialShd"
            | "Border"
            | "CGTransform"
            | "Clip"
            | "Clips"
            | "Close"
            | "CompositeObject"
            | "CubicBezier"
            | "FillColor"
            | "Glyphs"
            | "ImageObject"
            | "Layer"
            | "Line"
            | "Move"
            | "PageBlock"
            | "Path"
            | "PathObject"
            | "QuadraticBezier"
            | "RadialShd"
            | "Segment"
            | "StrokeColor"
            | "TextCode"
            | "TextObject"
    )
}
