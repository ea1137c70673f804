//! Reading and writing files so that every failure names the path and carries a code.

use crate::failure::Coded;
use crate::tr;
use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::Code;

const CHUNK_BYTES: usize = 256 * 1024;

fn failed(error: std::io::Error, doing: String) -> anyhow::Error {
    let coded = Coded::could_not(Code::FILE_UNREADABLE, doing);
    anyhow::Error::from(error).context(coded)
}

/// A failure to read a file.
pub fn unreadable(error: std::io::Error, path: &Path) -> anyhow::Error {
    failed(error, tr!("reading {}", "读取 {}", path.display()))
}

/// A failure to write one.
pub fn unwritable(error: std::io::Error, path: &Path) -> anyhow::Error {
    failed(error, tr!("writing {}", "写入 {}", path.display()))
}

/// Whole file, at most `limit_bytes` long.
pub fn read(path: &Path, limit_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| unreadable(error, path))?;
    let mut bytes = Vec::new();
    file.take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error, path))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit_bytes {
        let detail = tr!(
            "{} is longer than {limit_bytes} bytes",
            "{} 超过 {limit_bytes} 字节",
            path.display()
        );
        return Err(Coded::could_not(Code::FILE_UNREADABLE, detail).into());
    }
    Ok(bytes)
}

/// Text file of at most 1 MiB.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path, 1024 * 1024)?).with_context(|| {
        Coded::could_not(
            Code::FILE_UNREADABLE,
            tr!("{} is not UTF-8", "{} 不是 UTF-8", path.display()),
        )
    })
}

/// Writes beside the target and renames, so that no reader sees half a file.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = draft(path, bytes, 0o644)?;
    placed(path, &beside, fs::rename(&beside, path))
}

/// The same, readable by the owner only.
pub fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = draft(path, bytes, 0o600)?;
    placed(path, &beside, fs::rename(&beside, path))
}

/// Writes a file where none is; one that was put there a moment ago is not overwritten either.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    create(path, bytes, 0o644)
}

/// The same, readable by the owner only.
pub fn write_new_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    create(path, bytes, 0o600)
}

/// Refuses a path that is taken; asked before the work whose result goes there.
pub fn must_be_new(path: &Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() { Err(exists(path).into()) } else { Ok(()) }
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    must_be_new(path)?;
    let beside = draft(path, bytes, mode)?;
    // A link, unlike a rename, fails when the name is taken.
    match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let _ = fs::remove_file(&beside);
            Err(exists(path).into())
        }
        linked => placed(path, &beside, linked.and_then(|()| fs::remove_file(&beside))),
    }
}

fn exists(path: &Path) -> Coded {
    Coded::could_not(Code::FILE_EXISTS, path.display().to_string())
}

/// The bytes in a file beside the target, on the disk.
fn draft(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    // A draft that an interrupted run left may have another mode.
    let _ = fs::remove_file(&beside);
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside);
    let written = opened.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    placed(path, &beside, written)?;
    Ok(beside)
}

/// Told with the target's name; when it failed, nothing is left beside it.
fn placed(path: &Path, beside: &Path, result: std::io::Result<()>) -> anyhow::Result<()> {
    result.map_err(|error| {
        let _ = fs::remove_file(beside);
        unwritable(error, path)
    })
}

/// Makes a folder and its parents.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path)
        .map_err(|error| failed(error, tr!("making folder {}", "创建目录 {}", path.display())))
}

/// Makes a folder that only its owner may enter.
pub fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| failed(error, tr!("making folder {}", "创建目录 {}", path.display())))
}

/// Digest and length of a file, read in pieces.
pub fn digest(path: &Path, suite: Suite) -> anyhow::Result<(Hash, u64)> {
    let mut file = File::open(path).map_err(|error| unreadable(error, path))?;
    let mut hasher = suite.hasher();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut length_bytes = 0_u64;
    loop {
        let count = file.read(&mut buffer).map_err(|error| unreadable(error, path))?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            return Ok((hasher.finalize(), length_bytes));
        };
        hasher.update(piece);
        length_bytes = length_bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_never_written_over_another_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new_private(&path, b"first").unwrap();
        for error in [write_new(&path, b"second"), write_new_private(&path, b"second")] {
            let error = error.unwrap_err();
            assert_eq!(Coded::of(&error).unwrap().code, Code::FILE_EXISTS);
        }
        assert_eq!(fs::read(&path).unwrap(), b"first");
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        write(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write(&folder.path().join("taken"), b"x").is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 2, "a file and a folder");
    }
}
