//! How much of an OFD package is worth reading: every limit of this folder, checked before the work it bounds.
//!
//! Comes in: nothing. Goes out: numbers with their units. Never: a limit that depends on the machine.

/// Bytes of a package: documents are accepted up to 100 MB.
pub const PACKAGE_BYTES_MAX: u64 = 100 << 20;
/// Bytes of all entries together, inflated.
pub const INFLATED_BYTES_MAX: u64 = 500 << 20;
/// Inflated bytes for each compressed byte, over the package and over any entry above [`RATIO_FREE_BYTES`].
pub const RATIO_MAX: u64 = 200;
/// Entries up to this size may be denser than [`RATIO_MAX`]: a page of blanks is not a bomb.
pub const RATIO_FREE_BYTES: u64 = 1 << 20;
/// Entries of a package, folders included.
pub const ENTRIES_MAX: u64 = 16_384;
/// Bytes of an entry's name.
pub const NAME_BYTES_MAX: u64 = 1_024;
/// Bytes of one XML file.
pub const XML_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a list that signatures are read from: Signatures.xml, Signature.xml, OFDEntries.xml.
pub const LIST_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a seal or of a signature value.
pub const VALUE_BYTES_MAX: u64 = 16 << 20;
/// Depth of elements in XML.
pub const XML_DEPTH_MAX: u64 = 64;
/// Elements kept of one XML file; the graphics of a page are read but not kept.
pub const XML_ELEMENTS_MAX: u64 = 200_000;
/// Bytes of attributes and text kept of one XML file.
pub const XML_KEPT_BYTES_MAX: u64 = 32 << 20;
/// Attributes of one element.
pub const XML_ATTRIBUTES_MAX: u64 = 256;
/// Documents (`DocBody`) of a package.
pub const DOCUMENTS_MAX: u64 = 64;
/// Signatures of a package.
pub const SIGNATURES_MAX: u64 = 256;
/// References of one signature.
pub const REFERENCES_MAX: u64 = 16_384;
/// Stamps of one signature.
pub const STAMPS_MAX: u64 = 16_384;
/// Bytes that all digests of a package together may run over: every file once under two algorithms.
pub const DIGESTED_BYTES_MAX: u64 = 2 * INFLATED_BYTES_MAX;
/// Findings named for one signature.
pub const FINDINGS_MAX: u64 = 1_000;
