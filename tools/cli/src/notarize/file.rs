//! Files: found, digested, signed, submitted many at a time; each gets `NAME.receipt`.

use super::Arguments;
use super::call::{Common, business_key};
use crate::failure::{Coded, Exit, text_of};
use crate::session::{Ended, Session};
use crate::{clock, files, output, progress, tr};
use anyhow::Context;
use futures::StreamExt;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use yinglian_protocol::{Code, Name};

/// Files on their way at a time.
const IN_FLIGHT: usize = 32;
const RECEIPT: &str = "receipt";

struct Work {
    session: Session,
    common: Common,
    business_key: Option<String>,
}

struct Found {
    path: PathBuf,
    /// Path below the argument it came from: its place below `--out`.
    place: PathBuf,
}

impl Found {
    /// The path as given when it is relative; of others no more than the place, for a chain shows no one's folders.
    fn public_place(&self) -> &Path {
        let path = self.path.strip_prefix("./").unwrap_or(&self.path);
        let is_plain =
            path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if is_plain { path } else { &self.place }
    }
}

/// What became of a file.
enum Became {
    Recorded { id: String, height: u64, receipt: PathBuf },
    Refused { code: Code, detail: String },
}

/// Notarises files.
pub async fn run(session: Session, arguments: Arguments) -> anyhow::Result<Exit> {
    let found = find(&arguments.paths)?;
    if found.is_empty() {
        return Err(Coded::could_not(Code::USAGE, tr!("no files found", "没有找到文件")).into());
    }
    let started = Instant::now();
    let common = Common {
        suite: session.suite(),
        kind: arguments.kind.clone().map_or_else(|| Name::parse("file"), Ok)?,
        method: Name::parse("file-scan")?,
        operator: arguments.operator.clone(),
    };
    let bar = progress::counter(&tr!("notarising", "存证中"), found.len());
    let work = Arc::new(Work { session, common, business_key: arguments.business_key.clone() });
    let out = arguments.out.as_deref();
    let tasks = found.iter().map(|file| {
        let (work, bar) = (Arc::clone(&work), &bar);
        async move {
            let became = work.one(file, out).await;
            bar.add(1);
            became.map(|became| (file.path.clone(), became))
        }
    });
    let mut became = Vec::new();
    let mut stream = futures::stream::iter(tasks).buffered(IN_FLIGHT);
    while let Some(one) = stream.next().await {
        became.push(one?);
    }
    drop(stream);
    drop(bar);
    Ok(tell(&became, started))
}

fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        let doing = || Coded::could_not(Code::FILE_UNREADABLE, path.display().to_string());
        let metadata =
            path.metadata().map_err(|error| anyhow::Error::from(error).context(doing()))?;
        if metadata.is_dir() {
            // Also of `.` and `..`: the folder's own name.
            let folder = path.canonicalize().with_context(doing)?;
            walk(path, Path::new(folder.file_name().unwrap_or_default()), &mut found)
                .with_context(doing)?;
        } else {
            found.push(Found {
                path: path.clone(),
                place: path.file_name().unwrap_or_default().into(),
            });
        }
    }
    Ok(found)
}

/// Files below a folder in the order of their names; links are not followed.
fn walk(folder: &Path, place: &Path, found: &mut Vec<Found>) -> std::io::Result<()> {
    let mut entries = folder.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        let is_receipt = Path::new(&name).extension().is_some_and(|extension| extension == RECEIPT);
        if is_hidden || is_receipt {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &place.join(&name), found)?;
        } else if kind.is_file() {
            found.push(Found { path: entry.path(), place: place.join(&name) });
        }
    }
    Ok(())
}

impl Work {
    async fn one(&self, file: &Found, out: Option<&Path>) -> anyhow::Result<Became> {
        let (path, suite) = (file.path.clone(), self.common.suite);
        let digest = tokio::task::spawn_blocking(move || files::digest(&path, suite)).await??;
        let place = file.public_place().to_string_lossy();
        let key = self.business_key.clone().or_else(|| business_key(&place));
        // A path that is no key at all is named by its content.
        let key = key.unwrap_or_else(|| format!("file:{}", digest.0));
        let title = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let call = self.common.call(key, title, digest, clock::now_ms())?;
        let (id, ended) = self.session.submit(&call).await?;
        match ended {
            Ended::Committed(at) if at.code.is_applied() => {
                let receipt = receipt_path(file, out);
                if let Some(folder) =
                    receipt.parent().filter(|folder| !folder.as_os_str().is_empty())
                {
                    files::make_folder(folder)?;
                }
                files::write(&receipt, &self.session.receipt(&id).await?)?;
                Ok(Became::Recorded { id: id.to_string(), height: at.height, receipt })
            }
            Ended::Committed(at) => Ok(Became::Refused { code: at.code, detail: String::new() }),
            Ended::Rejected { code, detail } => Ok(Became::Refused { code, detail }),
            Ended::Expired => Ok(Became::Refused { code: Code::EXPIRED, detail: String::new() }),
        }
    }
}

fn receipt_path(file: &Found, out: Option<&Path>) -> PathBuf {
    let mut path = match out {
        Some(folder) => folder.join(&file.place).into_os_string(),
        None => file.path.clone().into_os_string(),
    };
    path.push(".receipt");
    path.into()
}

fn tell(became: &[(PathBuf, Became)], started: Instant) -> Exit {
    let mut values = Vec::new();
    let mut rows = Vec::new();
    let mut recorded = 0_usize;
    for (path, became) in became {
        let name = path.display().to_string();
        match became {
            Became::Recorded { id, height, receipt } => {
                recorded += 1;
                rows.push((
                    name.clone(),
                    tr!("block {height}  {}", "区块 {height}  {}", receipt.display()),
                ));
                values.push(json!({ "file": name, "recorded": true, "id": id, "height": height, "receipt": receipt }));
            }
            Became::Refused { code, detail } => {
                let title = text_of(*code).0;
                rows.push((
                    name.clone(),
                    tr!("REFUSED  {code} {title} {detail}", "拒绝  {code} {title} {detail}"),
                ));
                values.push(json!({ "file": name, "recorded": false, "code": code.to_string(), "title": title, "detail": detail }));
            }
        }
    }
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (all, span) = (became.len(), clock::span(elapsed_ms));
    let foot = tr!(
        "{recorded} of {all} files on record, {span}\n",
        "{all} 个文件中 {recorded} 个已存证，用时 {span}\n"
    );
    let value = json!({ "recorded": recorded, "refused": all - recorded, "elapsed_ms": elapsed_ms, "files": Value::Array(values) });
    output::data(&value, &(output::table(&rows) + &foot));
    if recorded == all { Exit::Ok } else { Exit::Refused }
}
