//! The files of an OFD package: found by name, inflated under limits, hashed without being kept.
//!
//! Comes in: the bytes of a ZIP file. Goes out: entries by path, their bytes, their digests. Never: more than one inflated copy
//! of what is asked for, a byte that the directory did not announce, disk.
use super::digest::Algorithm;
use super::fault::OfdFault;
use super::limits;
use super::zip::{self, Entry};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use std::collections::BTreeMap;

/// The window of deflate: matches reach back this far.
const WINDOW_BYTES: usize = 32_768;

/// Place of an entry in the directory.
pub(crate) type Index = usize;

/// An opened package.
pub(crate) struct Package<'f> {
    file: &'f [u8],
    entries: Vec<Entry>,
    /// Lower-case name without the folder's `/` → place. Names that differ in case alone are refused, so case does not matter.
    names: BTreeMap<String, Index>,
    digests: BTreeMap<(Index, Algorithm), [u8; 32]>,
    digested_bytes: u64,
}

/// An entry found, and whether the name was written with the same case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub index: Index,
    pub exact: bool,
}

impl<'f> Package<'f> {
    /// Reads the directory and checks all names. Nothing is inflated yet.
    pub(crate) fn open(file: &'f [u8]) -> Result<Self, OfdFault> {
        let entries = zip::entries(file)?;
        let mut names: BTreeMap<String, Index> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let key = bare(&entry.name).to_lowercase();
            if let Some(other) = names.insert(key, index) {
                let same = entries.get(other).is_some_and(|o| o.name == entry.name);
                return Err(if same { OfdFault::DuplicateName } else { OfdFault::CollidingName });
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            let inside = format!("{}/", bare(&entry.name).to_lowercase());
            let next = names.range(inside.clone()..).next();
            let is_parent =
                next.is_some_and(|(name, other)| *other != index && name.starts_with(&inside));
            if is_parent && !entry.name.ends_with('/') {
                return Err(OfdFault::CollidingName);
            }
        }
        Ok(Self { file, entries, names, digests: BTreeMap::new(), digested_bytes: 0 })
    }

    /// The file at a path of the package, without `/` in front. Folders are not found.
    pub(crate) fn find(&self, path: &str) -> Option<Found> {
        let index = *self.names.get(&path.to_lowercase())?;
        let entry = self.entries.get(index)?;
        (!entry.name.ends_with('/')).then(|| Found { index, exact: entry.name == path })
    }

    /// The name of an entry; empty for a place that does not exist.
    pub(crate) fn name(&self, index: Index) -> &str {
        self.entries.get(index).map_or("", |e| e.name.as_str())
    }

    /// All files, folders left out.
    pub(crate) fn files(&self) -> impl Iterator<Item = Index> + '_ {
        let all = self.entries.iter().enumerate();
        all.filter(|(_, e)| !e.name.ends_with('/')).map(|(i, _)| i)
    }

    /// Whether a name is shown differently by readers that take it for GBK.
    pub(crate) fn has_unmarked_names(&self) -> bool {
        self.entries.iter().any(|entry| entry.unmarked)
    }

    /// The inflated bytes of an entry of at most `bytes_max`.
    pub(crate) fn read(&self, index: Index, bytes_max: u64) -> Result<Vec<u8>, OfdFault> {
        let entry = self.entries.get(index).ok_or(OfdFault::CorruptEntry)?;
        if entry.size > bytes_max {
            return Err(OfdFault::TooLarge);
        }
        let size = usize::try_from(entry.size).map_err(|_| OfdFault::TooLarge)?;
        let mut bytes = Vec::with_capacity(size);
        self.inflate(entry, |chunk| bytes.extend_from_slice(chunk))?;
        Ok(bytes)
    }

    /// The digest of an entry's inflated bytes, `prefix` hashed before them. Without a prefix it is computed once.
    pub(crate) fn digest(
        &mut self,
        index: Index,
        algorithm: Algorithm,
        prefix: &[u8],
    ) -> Result<[u8; 32], OfdFault> {
        if prefix.is_empty()
            && let Some(known) = self.digests.get(&(index, algorithm))
        {
            return Ok(*known);
        }
        let entry = self.entries.get(index).ok_or(OfdFault::CorruptEntry)?;
        self.digested_bytes = self.digested_bytes.saturating_add(entry.size);
        if self.digested_bytes > limits::DIGESTED_BYTES_MAX {
            return Err(OfdFault::TooLarge);
        }
        let mut hasher = algorithm.hasher();
        hasher.update(prefix);
        self.inflate(entry, |chunk| hasher.update(chunk))?;
        let digest = hasher.finalize().0;
        if prefix.is_empty() {
            self.digests.insert((index, algorithm), digest);
        }
        Ok(digest)
    }

    /// Hands out the inflated bytes in pieces; size and check sum must be what the directory says, and no compressed byte may be left.
    fn inflate(&self, entry: &Entry, mut sink: impl FnMut(&[u8])) -> Result<(), OfdFault> {
        let packed = self.file.get(entry.start..entry.end).ok_or(OfdFault::CorruptEntry)?;
        let mut crc = Crc::new();
        let mut written = 0u64;
        let mut take = |chunk: &[u8]| {
            written = written.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if written > entry.size {
                return Err(OfdFault::CorruptEntry);
            }
            crc.update(chunk);
            sink(chunk);
            Ok(())
        };
        if entry.deflated {
            inflate(packed, &mut take)?;
        } else {
            take(packed)?;
        }
        if written == entry.size && crc.finish() == entry.crc {
            Ok(())
        } else {
            Err(OfdFault::CorruptEntry)
        }
    }
}

fn inflate(
    mut packed: &[u8],
    take: &mut impl FnMut(&[u8]) -> Result<(), OfdFault>,
) -> Result<(), OfdFault> {
    let mut state = Box::new(DecompressorOxide::new());
    let mut window = vec![0u8; WINDOW_BYTES];
    let mut at = 0usize;
    loop {
        let (status, read, made) = decompress(&mut state, packed, &mut window, at, 0);
        packed = packed.get(read..).ok_or(OfdFault::CorruptEntry)?;
        let end = at.checked_add(made).ok_or(OfdFault::CorruptEntry)?;
        take(window.get(at..end).ok_or(OfdFault::CorruptEntry)?)?;
        at = if end == WINDOW_BYTES { 0 } else { end };
        match status {
            TINFLStatus::Done if packed.is_empty() => return Ok(()),
            TINFLStatus::HasMoreOutput if read != 0 || made != 0 => {}
            _ => return Err(OfdFault::CorruptEntry),
        }
    }
}

fn bare(name: &str) -> &str {
    name.strip_suffix('/').unwrap_or(name)
}

/// The check sum of ZIP: CRC-32 of ISO 3309.
pub(crate) struct Crc(u32);

impl Crc {
    pub(crate) fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let row = (self.0 ^ u32::from(*byte)) & 0xff;
            let value = usize::try_from(row).ok().and_then(|row| CRC_ROWS.get(row));
            self.0 = (self.0 >> 8) ^ value.copied().unwrap_or(0);
        }
    }

    pub(crate) fn finish(self) -> u32 {
        !self.0
    }
}

static CRC_ROWS: [u32; 256] = crc_rows();

// Computed by the compiler: a fault here would not build.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn crc_rows() -> [u32; 256] {
    let mut rows = [0u32; 256];
    let mut row = 0usize;
    let mut value = 0u32;
    while row < 256 {
        let mut sum = value;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        rows[row] = sum;
        row += 1;
        value += 1;
    }
    rows
}
