//! Files: found, digested, signed, submitted many at a time; each gets `NAME.receipt`, or `NAME.2.receipt` where that is
//! taken: no receipt is ever written over another. A file that cannot be read does not keep the others from the record.

use super::Arguments;
use super::call::{Common, file_key};
use crate::failure::{Coded, Exit, text_of};
use crate::session::{Ended, Session};
use crate::{clock, files, output, progress, tr};
use anyhow::Context;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use yinglian_protocol::{Code, EnvelopeId, Name, guard};

/// Files on their way at a time.
const IN_FLIGHT: usize = 32;
const RECEIPT: &str = "receipt";

struct Work {
    session: Session,
    common: Common,
    business_key: Option<String>,
    /// Set when something failed that would fail for every further file too.
    given_up: AtomicBool,
}

struct Found {
    path: PathBuf,
    /// Path below the argument it came from: its place below `--out`.
    place: PathBuf,
}

/// Refuses everything before anything is sent when a name looks like personal data: a file's name becomes the title, and
/// folders named by people show that the names below are to be looked at first.
fn without_personal_data(found: &[Found]) -> anyhow::Result<()> {
    let names = |file: &Found| {
        let parts = file.place.components().chain(file.path.file_name().map(Component::Normal));
        let mut names = parts.map(|part| part.as_os_str().to_string_lossy().into_owned());
        let given = file.path.is_relative().then(|| file.path.to_string_lossy().into_owned());
        names.any(|name| guard::find(&name).is_some())
            || given.is_some_and(|given| given.split('/').any(|part| guard::find(part).is_some()))
    };
    let named: Vec<_> = found.iter().filter(|file| names(file)).collect();
    let Some(first) = named.first() else { return Ok(()) };
    let detail = tr!(
        "{} of {} files, the first {}; nothing was sent",
        "{} 个（共 {} 个文件），首个为 {}；未发送任何内容",
        named.len(),
        found.len(),
        first.path.display()
    );
    let hint = tr!("rename the file, or the folders above it", "请给该文件或其上级目录改名");
    Err(Coded::refused(Code::PERSONAL_DATA, detail).hint(hint).into())
}

/// What became of a file.
enum Became {
    Recorded { id: String, height: u64, receipt: PathBuf },
    Refused { code: Code, detail: String },
    Failed(anyhow::Error),
    NotTried,
}

/// Notarises files.
pub async fn run(session: Session, arguments: Arguments) -> anyhow::Result<Exit> {
    let found = find(&arguments.paths)?;
    if found.is_empty() {
        let paths: Vec<_> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Coded::could_not(Code::INPUT_EMPTY, paths.join(", ")).into());
    }
    without_personal_data(&found)?;
    let started = Instant::now();
    let common = Common {
        suite: session.suite(),
        kind: arguments.kind.clone().map_or_else(|| Name::parse("file"), Ok)?,
        method: Name::parse("file-scan")?,
        operator: arguments.operator.clone(),
    };
    let bar = progress::counter(&tr!("notarising", "存证中"), found.len());
    let (business_key, given_up) = (arguments.business_key.clone(), AtomicBool::new(false));
    let work = Arc::new(Work { session, common, business_key, given_up });
    let receipts = receipt_paths(&found, arguments.out.as_deref());
    let tasks = found.iter().zip(receipts).map(|(file, receipt)| {
        let (work, bar) = (Arc::clone(&work), &bar);
        async move {
            let became = work.one_unless_given_up(file, receipt).await;
            bar.add(1);
            (file.path.clone(), became)
        }
    });
    let became = futures::stream::iter(tasks).buffered(IN_FLIGHT).collect::<Vec<_>>().await;
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
    async fn one_unless_given_up(&self, file: &Found, receipt: PathBuf) -> Became {
        if self.given_up.load(Ordering::Relaxed) {
            return Became::NotTried;
        }
        let failed = match self.one(file, receipt).await {
            Ok(became) => return became,
            Err(failed) => failed,
        };
        // A file has its own reasons; what else fails is the network, the key or the disk.
        let concerns_file =
            Coded::of(&failed).is_some_and(|coded| coded.code == Code::FILE_UNREADABLE);
        if !concerns_file {
            self.given_up.store(true, Ordering::Relaxed);
        }
        Became::Failed(failed)
    }

    async fn one(&self, file: &Found, receipt: PathBuf) -> anyhow::Result<Became> {
        let (path, suite) = (file.path.clone(), self.common.suite);
        let digest = tokio::task::spawn_blocking(move || files::digest(&path, suite)).await??;
        let key = self.business_key.clone().unwrap_or_else(|| file_key(&file.path, &digest.0));
        let title = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let call = self.common.call(key, title, digest, clock::now_ms())?;
        // Before the record, so that none is made whose receipt has no place.
        if let Some(folder) = receipt.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_folder(folder)?;
        }
        let (id, ended) = self.session.submit(&call).await?;
        match ended {
            Ended::Committed(at) if at.code.is_applied() => {
                let bytes = self.session.receipt(&id).await;
                bytes
                    .and_then(|bytes| files::write_new(&receipt, &bytes))
                    .map_err(|error| without_receipt(error, &id, &receipt))?;
                Ok(Became::Recorded { id: id.to_string(), height: at.height, receipt })
            }
            Ended::Committed(at) => Ok(Became::Refused { code: at.code, detail: String::new() }),
            Ended::Rejected { code, detail } => Ok(Became::Refused { code, detail }),
            Ended::Expired => Ok(Became::Refused { code: Code::EXPIRED, detail: String::new() }),
        }
    }
}

/// The record is made; only its receipt is missing, and any node gives that again.
fn without_receipt(error: anyhow::Error, id: &EnvelopeId, receipt: &Path) -> anyhow::Error {
    let code = Coded::of(&error).map_or(Code::INTERNAL, |coded| coded.code);
    let detail = tr!(
        "record {id} is on the chain, but its receipt {} was not written",
        "记录 {id} 已上链，但回执 {} 未写出",
        receipt.display()
    );
    let hint = tr!(
        "`yinglian receipt fetch {id} --out FILE --trust ROOT` writes it",
        "`yinglian receipt fetch {id} --out 文件 --trust 信任根` 可写出"
    );
    error.context(Coded::could_not(code, detail).hint(hint))
}

/// Where each receipt goes: beside its file or below `out`, under a name that no other receipt has, of this run or an earlier
/// one. Two files of one name are two records, and an earlier record of a file proves the earlier time.
fn receipt_paths(found: &[Found], out: Option<&Path>) -> Vec<PathBuf> {
    let mut taken = BTreeSet::new();
    let mut free = |base: &Path| {
        let names = (1_u64..).map(|number| numbered(base, number));
        let mut free = names.filter(|name| name.symlink_metadata().is_err());
        free.find(|name| taken.insert(name.clone())).unwrap_or_default()
    };
    let base = |file: &Found| out.map_or_else(|| file.path.clone(), |out| out.join(&file.place));
    found.iter().map(|file| free(&base(file))).collect()
}

fn numbered(base: &Path, number: u64) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    if number > 1 {
        name.push(format!(".{number}"));
    }
    name.push(".");
    name.push(RECEIPT);
    name.into()
}

fn tell(became: &[(PathBuf, Became)], started: Instant) -> Exit {
    let rows: Vec<_> =
        became.iter().map(|(path, became)| (path.display().to_string(), words(became))).collect();
    let values: Vec<_> = became.iter().map(|(path, became)| value(path, became)).collect();
    let count = |is: fn(&Became) -> bool| became.iter().filter(|(_, became)| is(became)).count();
    let recorded = count(|became| matches!(became, Became::Recorded { .. }));
    let refused = count(|became| matches!(became, Became::Refused { .. }));
    let all = became.len();
    let failed = all - recorded - refused;
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let span = clock::span(elapsed_ms);
    let foot = tr!(
        "{recorded} of {all} files on record, {span}\n",
        "{all} 个文件中 {recorded} 个已存证，用时 {span}\n"
    );
    let value = json!({ "recorded": recorded, "refused": refused, "failed": failed, "elapsed_ms": elapsed_ms,
                        "files": Value::Array(values) });
    output::data(&value, &(output::table(&rows) + &foot));
    let codes = became.iter().filter_map(|(_, became)| match became {
        Became::Refused { code, .. } => Some(*code),
        _ => None,
    });
    output::hint_codes(codes);
    let mut failures = became.iter().filter_map(|(_, became)| match became {
        Became::Failed(error) => Some(error),
        _ => None,
    });
    // What concerned every further file is told once, and decides how the command ends.
    match failures.next_back() {
        Some(error) => crate::failure::print(error),
        None if recorded == all => Exit::Ok,
        None => Exit::Refused,
    }
}

fn words(became: &Became) -> String {
    match became {
        Became::Recorded { height, receipt, .. } => {
            tr!("block {height}  {}", "区块 {height}  {}", receipt.display())
        }
        Became::Refused { code, detail } => {
            let title = text_of(*code).0;
            let text = tr!("REFUSED  {code} {title} {detail}", "拒绝  {code} {title} {detail}");
            text.trim_end().to_owned()
        }
        Became::Failed(error) => tr!("FAILED  {error}", "失败  {error}"),
        Became::NotTried => tr!("not tried", "未尝试"),
    }
}

fn value(path: &Path, became: &Became) -> Value {
    let file = path.display().to_string();
    match became {
        Became::Recorded { id, height, receipt } => {
            json!({ "file": file, "recorded": true, "id": id, "height": height, "receipt": receipt })
        }
        Became::Refused { code, detail } => {
            let (title, _, remedy) = text_of(*code);
            json!({ "file": file, "recorded": false, "code": code.to_string(), "title": title, "detail": detail,
                    "remedy": remedy })
        }
        Became::Failed(error) => {
            let code = Coded::of(error).map(|coded| coded.code.to_string());
            json!({ "file": file, "recorded": false, "code": code, "detail": error.to_string() })
        }
        Became::NotTried => json!({ "file": file, "recorded": false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Found {
        let path = PathBuf::from(path);
        Found { place: path.file_name().unwrap_or_default().into(), path }
    }

    fn names(paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn files_of_one_name_get_receipts_of_their_own() {
        let files = [found("a/same.txt"), found("b/same.txt"), found("c/same.txt"), found("d.txt")];
        let places = receipt_paths(&files, Some(Path::new("absent")));
        assert_eq!(
            names(&places),
            [
                "absent/same.txt.receipt",
                "absent/same.txt.2.receipt",
                "absent/same.txt.3.receipt",
                "absent/d.txt.receipt"
            ]
        );
        let beside = receipt_paths(&files, None);
        assert_eq!(names(&beside)[..2], ["a/same.txt.receipt", "b/same.txt.receipt"]);
    }

    #[test]
    fn a_name_with_personal_data_is_refused_before_anything_is_sent() {
        let number = "410499197410268205";
        for path in [format!("{number}/one.txt"), format!("a/{number}.txt")] {
            let error = without_personal_data(&[found("a/b.txt"), found(&path)]).unwrap_err();
            assert_eq!(Coded::of(&error).unwrap().code, Code::PERSONAL_DATA, "{path}");
        }
        let place = PathBuf::from(number).join("x");
        assert!(without_personal_data(&[Found { path: "/a/x".into(), place }]).is_err());
        assert!(without_personal_data(&[found("a/b.txt")]).is_ok());
    }

    #[test]
    fn a_receipt_of_an_earlier_run_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        std::fs::write(folder.path().join("a.txt.receipt"), "earlier").unwrap();
        std::fs::write(folder.path().join("a.txt.2.receipt"), "later").unwrap();
        let files = [found(file.to_str().unwrap())];
        assert_eq!(receipt_paths(&files, None), [folder.path().join("a.txt.3.receipt")]);
    }
}
