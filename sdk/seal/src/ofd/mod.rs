//! OFD documents (GB/T 33190-2016): every signature of every document in the package, and whether they cover what a reader shows.
//!
//! Comes in: the bytes of a file, a [`crate::Context`]. Goes out: a [`DocumentReport`]. Never: disk, a network, work before its limit was
//! checked, a panic on hostile bytes.
//!
//! Read in this order: `zip` and `package` (what is in the file), `xml` and `path`, `list` (what the signatures say), `reach` (what a
//! reader shows), `check` (one signature), `document` (all of it).
mod base64;
mod check;
mod digest;
mod document;
mod fault;
pub mod limits;
mod list;
mod package;
mod path;
mod reach;
mod report;
mod xml;
mod zip;

pub use document::verify_document;
pub use fault::OfdFault;
pub use list::{SignatureKind, Stamp};
pub use report::{DocumentReport, EntryListReport, OfdFinding, OfdSignature};
