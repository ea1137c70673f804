//! A package as one ZIP file in the one form in which it is written: stored, fixed times, UTF-8 names, nothing hidden.
//!
//! Comes in: files, or the bytes of a ZIP. Goes out: the one encoding, or the files. Never: inflating (a package has no ratio), a second
//! reading of the same bytes: what decodes encodes to the same bytes, or the place of the difference is named.

use crate::limits::{MEMBERS_MAX, NAME_BYTES_MAX, PACKAGE_BYTES_MAX};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
/// 1980-01-01, the first day that a ZIP can name: the time of packing proves nothing.
const DATE: u16 = 0x0021;

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name, `/` between folders.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why bytes are no package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Beyond [`PACKAGE_BYTES_MAX`], [`MEMBERS_MAX`] or [`NAME_BYTES_MAX`].
    TooLarge,
    /// Not the one form; the file at which that shows, or none when it is the directory of the ZIP.
    Malformed(Option<String>),
}

/// The package of these files, in the order given.
///
/// # Errors
/// A limit, or a name that is not safe or given twice.
pub fn encode(members: &[Member]) -> Result<Vec<u8>, Fault> {
    if members.len() > MEMBERS_MAX {
        return Err(Fault::TooLarge);
    }
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let mut names = std::collections::BTreeSet::new();
    for member in members {
        let name = member.name.as_bytes();
        if name.len() > NAME_BYTES_MAX || member.bytes.len() > PACKAGE_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        if !is_safe(&member.name) || !names.insert(&member.name) {
            return Err(Fault::Malformed(Some(member.name.clone())));
        }
        let at = word(out.len())?;
        let common = common(member)?;
        out.extend(LOCAL.to_le_bytes());
        out.extend(&common);
        out.extend(name);
        out.extend(&member.bytes);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&common);
        // Comment length, disk, internal attributes, external attributes: none.
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name);
        if out.len().saturating_add(directory.len()) > PACKAGE_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
    }
    let (start, size) = (word(out.len())?, word(directory.len())?);
    let count = u16::try_from(members.len()).map_err(|_| Fault::TooLarge)?;
    out.extend(directory);
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    if out.len() > PACKAGE_BYTES_MAX { Err(Fault::TooLarge) } else { Ok(out) }
}

/// What local header and directory both say: version, flags, method, time, date, checksum, sizes, lengths of name and extra.
fn common(member: &Member) -> Result<Vec<u8>, Fault> {
    let size = word(member.bytes.len())?.to_le_bytes();
    let name_bytes = u16::try_from(member.name.len()).map_err(|_| Fault::TooLarge)?;
    let mut out = Vec::new();
    out.extend(VERSION.to_le_bytes());
    out.extend(UTF8.to_le_bytes());
    out.extend([0; 4]);
    out.extend(DATE.to_le_bytes());
    out.extend(crc32(&member.bytes).to_le_bytes());
    out.extend(size);
    out.extend(size);
    out.extend(name_bytes.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}

/// The files of a package, with the first file whose bytes in the ZIP are not those that it would be written with, when there is one: its
/// content may be altered, which the manifest tells.
///
/// # Errors
/// [`Fault`]; nothing is copied before the limits hold.
pub fn decode(bytes: &[u8]) -> Result<(Vec<Member>, Option<Fault>), Fault> {
    if bytes.len() > PACKAGE_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let mut members: Vec<Member> = Vec::new();
    let mut rest = bytes;
    while rest.starts_with(&LOCAL.to_le_bytes()) {
        if members.len() == MEMBERS_MAX {
            return Err(Fault::TooLarge);
        }
        let last = members.last().map(|member| member.name.clone());
        let (member, next) = one(rest).ok_or(Fault::Malformed(last))?;
        if member.name.len() > NAME_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        members.push(member);
        rest = next;
    }
    if members.is_empty() {
        return Err(Fault::Malformed(None));
    }
    let again = encode(&members)?;
    if again == bytes {
        return Ok((members, None));
    }
    if again.len() != bytes.len() {
        return Err(Fault::Malformed(None));
    }
    let differs = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let mut end = 0_usize;
    for member in &members {
        let span = LOCAL_BYTES.saturating_add(member.name.len()).saturating_add(member.bytes.len());
        end = end.saturating_add(span);
        if differs < end {
            let fault = Fault::Malformed(Some(member.name.clone()));
            return Ok((members, Some(fault)));
        }
    }
    // In the directory: after the entries of all files before it.
    for member in &members {
        end = end.saturating_add(CENTRAL_BYTES).saturating_add(member.name.len());
        if differs < end {
            let fault = Fault::Malformed(Some(member.name.clone()));
            return Ok((members, Some(fault)));
        }
    }
    Ok((members, Some(Fault::Malformed(None))))
}

fn one(bytes: &[u8]) -> Option<(Member, &[u8])> {
    let size = usize::try_from(u32::from_le_bytes(bytes.get(22..26)?.try_into().ok()?)).ok()?;
    let length = usize::from(u16::from_le_bytes(bytes.get(26..28)?.try_into().ok()?));
    let start = LOCAL_BYTES.checked_add(length)?;
    let end = start.checked_add(size)?;
    let name = core::str::from_utf8(bytes.get(LOCAL_BYTES..start)?).ok()?.to_owned();
    let content = bytes.get(start..end)?.to_vec();
    Some((Member { name, bytes: content }, bytes.get(end..)?))
}

/// A name that is the same file on every system and leaves no folder.
fn is_safe(name: &str) -> bool {
    let odd = |c: char| c.is_control() || "\\:*?\"<>|".contains(c);
    name.split('/')
        .all(|part| !part.is_empty() && part != "." && part != ".." && !part.ends_with(['.', ' ']))
        && !name.chars().any(odd)
}

fn word(value: usize) -> Result<u32, Fault> {
    u32::try_from(value).map_err(|_| Fault::TooLarge)
}

/// The checksum of ISO 3309, as ZIP asks for.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}
