//! Reading and writing files so that every failure names the path and carries a code.

use crate::failure::Coded;
use crate::tr;
use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::Code;

const CHUNK_BYTES: usize = 256 * 1024;

fn unreadable(error: std::io::Error, doing: String) -> anyhow::Error {
    let coded = Coded::could_not(Code::FILE_UNREADABLE, doing);
    anyhow::Error::from(error).context(coded)
}

/// Whole file, at most `limit_bytes` long.
pub fn read(path: &Path, limit_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let doing = || tr!("reading {}", "读取 {}", path.display());
    let file = File::open(path).map_err(|error| unreadable(error, doing()))?;
    let mut bytes = Vec::new();
    file.take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error, doing()))?;
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
    write_mode(path, bytes, 0o644)
}

/// The same, readable by the owner only.
pub fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_mode(path, bytes, 0o600)
}

fn write_mode(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let doing = |error| unreadable(error, tr!("writing {}", "写入 {}", path.display()));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&beside)
        .map_err(doing)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(doing)?;
    fs::rename(&beside, path).map_err(doing)
}

/// Makes a folder and its parents.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path)
        .map_err(|error| unreadable(error, tr!("making folder {}", "创建目录 {}", path.display())))
}

/// Makes a folder that only its owner may enter.
pub fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| unreadable(error, tr!("making folder {}", "创建目录 {}", path.display())))
}

/// Digest and length of a file, read in pieces.
pub fn digest(path: &Path, suite: Suite) -> anyhow::Result<(Hash, u64)> {
    let doing = |error| unreadable(error, tr!("reading {}", "读取 {}", path.display()));
    let mut file = File::open(path).map_err(doing)?;
    let mut hasher = suite.hasher();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut length_bytes = 0_u64;
    loop {
        let count = file.read(&mut buffer).map_err(doing)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            return Ok((hasher.finalize(), length_bytes));
        };
        hasher.update(piece);
        length_bytes = length_bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}
