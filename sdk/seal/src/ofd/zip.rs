//! The directory of a ZIP file, read so that no two readers can see two different packages.
//!
//! Comes in: the bytes of a file. Goes out: entries with checked names, sizes and places, or a fault. Never: inflated bytes (that is
//! [`super::package`]), a guess where directory and entry disagree.
//!
//! The accepted form is the narrow one that office software writes: one disk, no ZIP64, stored or deflated, entries side by side
//! from the first byte, the directory behind them, nothing else. APPNOTE 6.3 numbers the fields.
use super::fault::OfdFault;
use super::limits;

const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 65_535;
const END_SIGN: [u8; 4] = [0x50, 0x4b, 0x05, 0x06];
const LOCATOR64_SIGN: [u8; 4] = [0x50, 0x4b, 0x06, 0x07];
const CENTRAL_SIGN: [u8; 4] = [0x50, 0x4b, 0x01, 0x02];
const LOCAL_SIGN: [u8; 4] = [0x50, 0x4b, 0x03, 0x04];
const DESCRIPTOR_SIGN: [u8; 4] = [0x50, 0x4b, 0x07, 0x08];
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_PATCH: u16 = 1 << 5;
const FLAG_STRONG: u16 = 1 << 6;
const FLAG_UTF8: u16 = 1 << 11;
const FLAG_MASKED: u16 = 1 << 13;
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// One entry: where its compressed bytes lie, and what they must become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Checked name, `/` between parts; folders end with `/`.
    pub name: String,
    pub deflated: bool,
    pub crc: u32,
    /// Inflated bytes.
    pub size: u64,
    /// Place of the compressed bytes in the file.
    pub start: usize,
    pub end: usize,
    /// The name is not ASCII and not marked as UTF-8: other readers may show another name.
    pub unmarked: bool,
}

/// All entries, in the order of the directory.
pub(crate) fn entries(file: &[u8]) -> Result<Vec<Entry>, OfdFault> {
    if len(file) > limits::PACKAGE_BYTES_MAX {
        return Err(OfdFault::TooLarge);
    }
    let end = end_record(file)?;
    let mut found = Vec::new();
    let mut spans = Vec::new();
    let mut at = end.directory_start;
    let (mut inflated, mut compressed) = (0u64, 0u64);
    for _ in 0..end.count {
        let central = Central::read(file, at, end.directory_end)?;
        at = central.next;
        inflated = inflated.saturating_add(u64::from(central.size));
        compressed = compressed.saturating_add(u64::from(central.packed));
        check_sizes(&central, inflated)?;
        let (entry, span) = local(file, &central, end.directory_start)?;
        found.push(entry);
        spans.push(span);
    }
    if at != end.directory_end {
        return Err(OfdFault::HiddenBytes);
    }
    if inflated > limits::RATIO_FREE_BYTES
        && inflated > compressed.saturating_mul(limits::RATIO_MAX)
    {
        return Err(OfdFault::Ratio);
    }
    check_spans(spans, end.directory_start)?;
    Ok(found)
}

fn check_sizes(central: &Central, inflated: u64) -> Result<(), OfdFault> {
    let (size, packed) = (u64::from(central.size), u64::from(central.packed));
    if inflated > limits::INFLATED_BYTES_MAX {
        return Err(OfdFault::TooLarge);
    }
    if size > limits::RATIO_FREE_BYTES && size > packed.saturating_mul(limits::RATIO_MAX) {
        return Err(OfdFault::Ratio);
    }
    Ok(())
}

/// Entries must fill the file from its first byte to the directory, each byte belonging to one of them.
fn check_spans(mut spans: Vec<(usize, usize)>, directory_start: usize) -> Result<(), OfdFault> {
    spans.sort_unstable();
    let mut expected = 0;
    for (start, end) in spans {
        if start < expected {
            return Err(OfdFault::OverlappingEntries);
        }
        if start > expected {
            return Err(OfdFault::HiddenBytes);
        }
        expected = end;
    }
    if expected == directory_start { Ok(()) } else { Err(OfdFault::HiddenBytes) }
}

struct End {
    directory_start: usize,
    directory_end: usize,
    count: u16,
}

/// The one end record that reaches exactly to the end of the file. Two candidates are two packages in one file.
fn end_record(file: &[u8]) -> Result<End, OfdFault> {
    let last = file.len().checked_sub(END_BYTES).ok_or(OfdFault::NotZip)?;
    let first = last.saturating_sub(COMMENT_BYTES_MAX);
    let mut candidates = 0u8;
    let mut found = None;
    for at in (first..=last).rev() {
        if !signed(file, at, &END_SIGN) {
            continue;
        }
        candidates = candidates.saturating_add(1);
        let comment = usize::from(u16_at(file, plus(at, 20)?)?);
        if plus(plus(at, END_BYTES)?, comment)? == file.len() && found.is_none() {
            found = Some(at);
        }
    }
    let at = match (found, candidates) {
        (Some(at), 1) => at,
        (None, 0) => return Err(OfdFault::NotZip),
        _ => return Err(OfdFault::HiddenBytes),
    };
    if u16_at(file, plus(at, 4)?)? != 0 || u16_at(file, plus(at, 6)?)? != 0 {
        return Err(OfdFault::NotZip);
    }
    let count = u16_at(file, plus(at, 8)?)?;
    if count != u16_at(file, plus(at, 10)?)? {
        return Err(OfdFault::NotZip);
    }
    let size = u32_at(file, plus(at, 12)?)?;
    let start = u32_at(file, plus(at, 16)?)?;
    let locator = at.checked_sub(20);
    if count == u16::MAX
        || size == u32::MAX
        || start == u32::MAX
        || locator.is_some_and(|locator| signed(file, locator, &LOCATOR64_SIGN))
    {
        return Err(OfdFault::Zip64);
    }
    if u64::from(count) > limits::ENTRIES_MAX {
        return Err(OfdFault::TooManyEntries);
    }
    let directory_start = usize_of(start)?;
    let directory_end = plus(directory_start, usize_of(size)?)?;
    if directory_end != at {
        return Err(OfdFault::HiddenBytes);
    }
    Ok(End { directory_start, directory_end, count })
}

struct Central<'f> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    name: &'f [u8],
    local: usize,
    next: usize,
}

impl<'f> Central<'f> {
    fn read(file: &'f [u8], at: usize, directory_end: usize) -> Result<Self, OfdFault> {
        if !signed(file, at, &CENTRAL_SIGN) {
            return Err(OfdFault::NotZip);
        }
        let short = |offset| u16_at(file, plus(at, offset)?);
        let long = |offset| u32_at(file, plus(at, offset)?);
        let name_start = plus(at, CENTRAL_BYTES)?;
        let extra_start = plus(name_start, usize::from(short(28)?))?;
        let comment_start = plus(extra_start, usize::from(short(30)?))?;
        let next = plus(comment_start, usize::from(short(32)?))?;
        if next > directory_end {
            return Err(OfdFault::NotZip);
        }
        if short(34)? != 0 {
            return Err(OfdFault::NotZip);
        }
        let name = slice(file, name_start, extra_start)?;
        check_extra(slice(file, extra_start, comment_start)?, name)?;
        let central = Self {
            flags: short(8)?,
            method: short(10)?,
            crc: long(16)?,
            packed: long(20)?,
            size: long(24)?,
            name,
            local: usize_of(long(42)?)?,
            next,
        };
        if central.packed == u32::MAX || central.size == u32::MAX {
            return Err(OfdFault::Zip64);
        }
        central.check()?;
        Ok(central)
    }

    fn check(&self) -> Result<(), OfdFault> {
        if self.flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) != 0 {
            return Err(OfdFault::Encrypted);
        }
        if self.flags & FLAG_PATCH != 0 || !matches!(self.method, 0 | 8) {
            return Err(OfdFault::Compression);
        }
        if self.method == 0 && self.packed != self.size {
            return Err(OfdFault::HeaderMismatch);
        }
        Ok(())
    }
}

/// Reads the entry's own header and holds it against the directory. Goes out: the entry and the span of all its bytes.
fn local(
    file: &[u8],
    central: &Central,
    directory_start: usize,
) -> Result<(Entry, (usize, usize)), OfdFault> {
    let at = central.local;
    if !signed(file, at, &LOCAL_SIGN) {
        return Err(OfdFault::HeaderMismatch);
    }
    let short = |offset| u16_at(file, plus(at, offset)?);
    let long = |offset| u32_at(file, plus(at, offset)?);
    let name_start = plus(at, LOCAL_BYTES)?;
    let extra_start = plus(name_start, usize::from(short(26)?))?;
    let start = plus(extra_start, usize::from(short(28)?))?;
    let end = plus(start, usize_of(central.packed)?)?;
    let name = slice(file, name_start, extra_start)?;
    check_extra(slice(file, extra_start, start)?, name)?;
    let described = central.flags & FLAG_DESCRIPTOR != 0;
    let sums = (long(14)?, long(18)?, long(22)?);
    let sums_agree =
        sums == (central.crc, central.packed, central.size) || (described && sums == (0, 0, 0));
    if short(6)? != central.flags
        || short(8)? != central.method
        || name != central.name
        || !sums_agree
    {
        return Err(OfdFault::HeaderMismatch);
    }
    let span_end = if described { descriptor(file, central, end)? } else { end };
    if span_end > directory_start {
        return Err(OfdFault::NotZip);
    }
    let text = checked_name(name)?;
    if text.ends_with('/') && central.size != 0 {
        return Err(OfdFault::UnsafeName);
    }
    let entry = Entry {
        unmarked: !text.is_ascii() && central.flags & FLAG_UTF8 == 0,
        name: text,
        deflated: central.method == 8,
        crc: central.crc,
        size: u64::from(central.size),
        start,
        end,
    };
    Ok((entry, (at, span_end)))
}

/// The data descriptor behind an entry, with or without its signature: it must repeat what the directory says.
fn descriptor(file: &[u8], central: &Central, at: usize) -> Result<usize, OfdFault> {
    let body = if signed(file, at, &DESCRIPTOR_SIGN) { plus(at, 4)? } else { at };
    let sums = (u32_at(file, body)?, u32_at(file, plus(body, 4)?)?, u32_at(file, plus(body, 8)?)?);
    if sums != (central.crc, central.packed, central.size) {
        return Err(OfdFault::HeaderMismatch);
    }
    plus(body, 12)
}

/// Extra fields must be whole, must not carry ZIP64 sizes, and must not give the entry a second name.
fn check_extra(mut extra: &[u8], name: &[u8]) -> Result<(), OfdFault> {
    // Up to three bytes of padding are written by alignment tools.
    while extra.len() >= 4 {
        let (head, rest) = extra.split_at_checked(4).ok_or(OfdFault::NotZip)?;
        let size = usize::from(u16_at(head, 2)?);
        let (value, next) = rest.split_at_checked(size).ok_or(OfdFault::NotZip)?;
        match u16_at(head, 0)? {
            EXTRA_ZIP64 => return Err(OfdFault::Zip64),
            EXTRA_UNICODE_PATH if value.get(5..) != Some(name) => {
                return Err(OfdFault::HeaderMismatch);
            }
            _ => {}
        }
        extra = next;
    }
    if extra.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(OfdFault::NotZip) }
}

/// A name that means the same file on every system.
fn checked_name(name: &[u8]) -> Result<String, OfdFault> {
    if name.is_empty() || len(name) > limits::NAME_BYTES_MAX {
        return Err(OfdFault::UnsafeName);
    }
    let text = core::str::from_utf8(name).map_err(|_| OfdFault::NameEncoding)?;
    let parts = text.strip_suffix('/').unwrap_or(text);
    if parts.split('/').all(safe_part) { Ok(text.to_owned()) } else { Err(OfdFault::UnsafeName) }
}

/// One part of a name: not empty, not a step, nothing that Windows reads as something else.
pub(crate) fn safe_part(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && !part.ends_with(['.', ' '])
        && !part
            .chars()
            .any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn plus(at: usize, bytes: usize) -> Result<usize, OfdFault> {
    at.checked_add(bytes).ok_or(OfdFault::NotZip)
}

fn usize_of(value: u32) -> Result<usize, OfdFault> {
    usize::try_from(value).map_err(|_| OfdFault::TooLarge)
}

fn slice(file: &[u8], start: usize, end: usize) -> Result<&[u8], OfdFault> {
    file.get(start..end).ok_or(OfdFault::NotZip)
}

fn signed(file: &[u8], at: usize, sign: &[u8; 4]) -> bool {
    file.get(at..).is_some_and(|rest| rest.starts_with(sign))
}

fn u16_at(file: &[u8], at: usize) -> Result<u16, OfdFault> {
    let bytes = slice(file, at, plus(at, 2)?)?;
    Ok(u16::from_le_bytes(bytes.try_into().map_err(|_| OfdFault::NotZip)?))
}

fn u32_at(file: &[u8], at: usize) -> Result<u32, OfdFault> {
    let bytes = slice(file, at, plus(at, 4)?)?;
    Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| OfdFault::NotZip)?))
}
