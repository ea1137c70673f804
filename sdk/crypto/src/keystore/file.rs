//! Secret files: created whole, for their owner only, and never over another file.
//!
//! Comes in: a path and bytes. Goes out: a file of mode 0600 that survives a power cut, or an error and no file.
use super::KeystoreError;
use crate::random;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

pub(super) fn read(path: &Path, bytes_max: usize) -> Result<Zeroizing<String>, KeystoreError> {
    let failed = |source| KeystoreError::File { attempt: "read", path: path.into(), source };
    let mut text = Zeroizing::new(String::new());
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(failed)?.take(limit).read_to_string(&mut text).map_err(|source| {
        match source.kind() {
            // Not text at all.
            io::ErrorKind::InvalidData => not_a_keystore(path, crate::PemError::Malformed),
            _ => failed(source),
        }
    })?;
    if text.len() > bytes_max {
        return Err(not_a_keystore(path, crate::PemError::TooLong(text.len())));
    }
    Ok(text)
}

fn not_a_keystore(path: &Path, source: crate::PemError) -> KeystoreError {
    KeystoreError::NotAKeystore { path: path.into(), source }
}

pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    let failed = |attempt, source| KeystoreError::File { attempt, path: path.into(), source };
    let draft = draft_beside(path)?;
    let written =
        write_draft(&draft, bytes).map_err(|source| failed("write", source)).and_then(|()| {
            // A link, unlike a rename, fails when the name is taken, also when it was taken a moment ago.
            fs::hard_link(&draft, path).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => KeystoreError::Exists { path: path.into() },
                _ => failed("create", source),
            })
        });
    // The draft goes in every case; when even that fails, the first error is the one to tell.
    let removed = fs::remove_file(&draft).map_err(|source| failed("clean up the draft of", source));
    written.and(removed)?;
    sync_folder(path).map_err(|source| failed("sync the folder of", source))
}

/// A name in the same folder that nobody else uses.
fn draft_beside(path: &Path) -> Result<PathBuf, KeystoreError> {
    let suffix = u64::from_le_bytes(random()?);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{suffix:016x}.draft")))
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A new name is durable only when its folder is synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
