//! The engine's write-ahead log before the engine opens it: which height it belongs to, and its damaged end.
//!
//! The engine halts for good at the first entry that it cannot read. After a power cut the end of the file may hold
//! entries that were never synced, of the right length and with other content. Nothing that was not synced was ever sent,
//! so they are cut off. Layout (wal 0.8.2): version u32, height u64, then entries of flag u8, length u64, CRC-32, data; all
//! big-endian.

use crate::checksum::crc32;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use yinglian_protocol::Height;

const VERSION: u32 = 1;
const HEAD_BYTES: usize = 12;
const ENTRY_HEAD_BYTES: usize = 13;

/// Cuts off what cannot be read; removes a file whose head cannot be. Returns the bytes cut.
pub(crate) fn repair(path: &Path) -> io::Result<u64> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let intact = intact(&bytes);
    if intact == bytes.len() {
        return Ok(0);
    }
    if intact == 0 {
        std::fs::remove_file(path)?;
    } else {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(intact as u64)?;
        file.sync_all()?;
    }
    Ok((bytes.len() - intact) as u64)
}

/// Height that the log belongs to.
pub(crate) fn height(path: &Path) -> Option<Height> {
    let mut head = [0; HEAD_BYTES];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    head_height(&head)
}

fn head_height(bytes: &[u8]) -> Option<Height> {
    let (version, rest) = bytes.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<8>()?;
    (u32::from_be_bytes(*version) == VERSION).then(|| Height(u64::from_be_bytes(*height)))
}

// Length of the part that can be read, from the front.
fn intact(bytes: &[u8]) -> usize {
    if head_height(bytes).is_none() {
        return 0;
    }
    let mut end = HEAD_BYTES;
    while let Some(length) = entry(&bytes[end..]) {
        end += length;
    }
    end
}

// Length of the entry in front, if it is whole. An empty one is never written: it is a hole of zeros.
fn entry(bytes: &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_at_checked(ENTRY_HEAD_BYTES)?;
    let length = usize::try_from(u64::from_be_bytes(head[1..9].try_into().ok()?)).ok()?;
    let crc = u32::from_be_bytes(head[9..13].try_into().ok()?);
    let body = rest.get(..length)?;
    (head[0] == 0 && length > 0 && crc32(body) == crc).then_some(ENTRY_HEAD_BYTES + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(entries: &[&[u8]]) -> Vec<u8> {
        let mut bytes = VERSION.to_be_bytes().to_vec();
        bytes.extend(42_u64.to_be_bytes());
        for entry in entries {
            bytes.push(0);
            bytes.extend((entry.len() as u64).to_be_bytes());
            bytes.extend(crc32(entry).to_be_bytes());
            bytes.extend(*entry);
        }
        bytes
    }

    #[test]
    fn an_intact_log_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal");
        assert_eq!(repair(&path).unwrap(), 0);
        std::fs::write(&path, log(&[b"one", b"two"])).unwrap();
        assert_eq!(repair(&path).unwrap(), 0);
        assert_eq!(height(&path), Some(Height(42)));
    }

    #[test]
    fn a_damaged_end_is_cut_off_and_nothing_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal");
        let good = log(&[b"one", b"two"]);
        let mut other_content = log(&[b"one", b"two", b"three"]);
        *other_content.last_mut().unwrap() ^= 1;
        let short = log(&[b"one", b"two", b"three"])[..good.len() + 15].to_vec();
        let zeros = [good.as_slice(), &[0; 40]].concat();
        for damaged in [other_content, short, zeros] {
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(repair(&path).unwrap(), (damaged.len() - good.len()) as u64);
            assert_eq!(std::fs::read(&path).unwrap(), good);
        }
    }

    #[test]
    fn a_log_without_a_head_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal");
        std::fs::write(&path, [0; 30]).unwrap();
        assert_eq!(repair(&path).unwrap(), 30);
        assert!(!path.exists());
    }

    #[test]
    fn the_engines_own_log_reads_as_this_layout() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal");
        let mut engine = malachite::app::wal::Log::open(&path).unwrap();
        engine.reset(7).unwrap();
        engine.append(b"entry").unwrap();
        engine.flush().unwrap();
        drop(engine);
        assert_eq!(height(&path), Some(Height(7)));
        assert_eq!(repair(&path).unwrap(), 0);
        assert_eq!(intact(&std::fs::read(&path).unwrap()), HEAD_BYTES + ENTRY_HEAD_BYTES + 5);
    }
}
