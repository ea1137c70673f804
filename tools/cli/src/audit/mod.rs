//! `yinglian audit`: takes the whole chain from a node into a file, and checks all of it without trusting any node.

mod check;
mod report;
mod signatures;
mod words;

use crate::failure::{Coded, Exit, text_of};
use crate::{files, output, progress, session, tr, verify};
use anyhow::Context;
use check::{Audit, Contradiction};
use clap::{Args, Subcommand};
use report::Report;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use yinglian_protocol::{
    Code, EXPORT_MAGIC, ExportBlock, ExportBuffer, ExportError, ExportFrame, TrustRoot,
};

const CHUNK_BYTES: usize = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the whole chain into a file (needs a key with the role auditor or operator)
    Export(Export),
    /// Check an exported chain: exit 0 sound, 1 contradicts itself, 2 could not
    Check(Check),
}

#[derive(Debug, Args)]
pub struct Export {
    /// File to write; none is overwritten without --force
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Last block to export; the newest when absent
    #[arg(long, value_name = "HEIGHT")]
    to: Option<u64>,
    #[command(flatten)]
    node: session::NodeArguments,
    #[command(flatten)]
    key: session::KeyArguments,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Exported chain
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Trust root: 64 hex digits of the genesis hash, a file that holds them, a checkpoint, or a .trust file
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    /// Threads that check signatures; all cores when absent
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Write the report as JSON into a file as well
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs `audit`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Export(arguments) => export(arguments),
        Command::Check(arguments) => check(&arguments),
    }
}

fn export(arguments: Export) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let path = arguments.out.clone();
    if !arguments.force {
        files::must_be_new(&path)?;
    }
    let mut beside = path.clone().into_os_string();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = export_to(&beside, &arguments);
    let length_bytes = written.inspect_err(|_| {
        // What is not whole is of no use to anybody.
        let _ = std::fs::remove_file(&beside);
    })?;
    std::fs::rename(&beside, &path).map_err(|error| files::unwritable(error, &path))?;
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let value = json!({ "file": path, "length_bytes": length_bytes, "elapsed_ms": elapsed_ms });
    output::data(
        &value,
        &tr!(
            "{} holds the chain, {length_bytes} bytes",
            "{} 已保存整条链，{length_bytes} 字节",
            path.display()
        ),
    );
    output::hint(&tr!(
        "`yinglian audit check {} --trust ROOT` checks it",
        "`yinglian audit check {} --trust ROOT` 可审计",
        path.display()
    ));
    Ok(Exit::Ok)
}

/// Writes the export, and returns its length in bytes.
fn export_to(path: &Path, arguments: &Export) -> anyhow::Result<u64> {
    let failed = |error| files::unwritable(error, path);
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let bar = progress::bytes(&tr!("exporting", "导出中"));
    let mut length_bytes = EXPORT_MAGIC.len() as u64;
    crate::args::block_on(async {
        let session =
            session::connect_as(&arguments.node, &arguments.key, &["auditor", "operator"]).await?;
        file.write_all(&EXPORT_MAGIC).map_err(failed)?;
        session
            .export(arguments.to, |frame| {
                let bytes = frame.encode().context("frame")?;
                file.write_all(&bytes).map_err(failed)?;
                length_bytes += bytes.len() as u64;
                bar.set(usize::try_from(length_bytes).unwrap_or(usize::MAX));
                Ok(())
            })
            .await
    })?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(length_bytes)
}

fn check(arguments: &Check) -> anyhow::Result<Exit> {
    let root = verify::read_root(arguments.trust.as_deref())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.unwrap_or(cores).max(1);
    match walk(&arguments.file, &root, threads)? {
        Ok(report) => {
            if let Some(path) = &arguments.report {
                files::write(path, format!("{}\n", report.value()).as_bytes())?;
            }
            output::data(&report.value(), &report.words(&verify::root_words(&root)));
            Ok(Exit::Ok)
        }
        Err(contradiction) => {
            tell(&contradiction);
            Ok(Exit::Refused)
        }
    }
}

fn tell(contradiction: &Contradiction) {
    let Contradiction { height, index, finding } = contradiction;
    let code = Code::AUDIT_MISMATCH;
    let title = text_of(code).0;
    let place = match index {
        Some(index) => tr!("block {height}, record {index}", "区块 {height}，第 {index} 条记录"),
        None => tr!("block {height}", "区块 {height}"),
    };
    let value = json!({ "sound": false, "code": code.to_string(), "height": height, "index": index,
                        "finding": format!("{finding:?}"), "detail": finding.to_string() });
    output::data(
        &value,
        &tr!(
            "REFUSED  {code} {title}\n{place}: {finding}",
            "拒绝  {code} {title}\n{place}：{finding}"
        ),
    );
}

/// Reads frames and checks them. The outer result is about the file, the inner one about the chain.
pub fn walk(
    path: &Path,
    root: &TrustRoot,
    threads: usize,
) -> anyhow::Result<Result<Report, Contradiction>> {
    let started = Instant::now();
    let mut frames = Frames::open(path)?;
    let Some(ExportFrame::Genesis(start)) = frames.next()? else {
        return Err(frames.failure(ExportError::Cut { frames: 0 }));
    };
    let mut audit = match Audit::begin(&start, root) {
        Ok(audit) => audit,
        Err(contradiction) => return Ok(Err(contradiction)),
    };
    let shared = signatures::Shared::default();
    let genesis = audit.genesis_hash();
    let bar = progress::bytes(&tr!("auditing", "审计中"));
    let found = std::thread::scope(|scope| -> anyhow::Result<Result<(), Contradiction>> {
        let pool = signatures::Pool::start(scope, &shared, genesis, threads);
        let mut walked = Ok(());
        while let Some(block) = frames.next_block()? {
            match audit.block(block) {
                Ok(signatures) => pool.check(signatures),
                Err(contradiction) => walked = Err(contradiction),
            }
            bar.set(frames.read_bytes);
            if walked.is_err() || pool.has_failed() {
                break;
            }
        }
        // An invalid signature in an earlier block goes before what the walk found.
        Ok(pool.finish().and(walked))
    })?;
    if found.is_ok() && !audit.reaches_root() {
        let detail = verify::root_words(root);
        return Err(Coded::could_not(Code::EXPORT_TOO_SHORT, detail).into());
    }
    Ok(found.map(|()| {
        let mut report = audit.finish();
        report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.threads = threads;
        report
    }))
}

/// Frames of a file.
struct Frames {
    path: PathBuf,
    file: File,
    buffer: ExportBuffer,
    chunk: Vec<u8>,
    read_bytes: usize,
}

impl Frames {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).map_err(|error| files::unreadable(error, path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            buffer: ExportBuffer::new(),
            chunk: vec![0; CHUNK_BYTES],
            read_bytes: 0,
        })
    }

    fn next(&mut self) -> anyhow::Result<Option<ExportFrame>> {
        loop {
            if let Some(frame) = self.buffer.next_frame().map_err(|error| self.failure(error))? {
                return Ok(Some(frame));
            }
            let read = self.file.read(&mut self.chunk);
            let count = read.map_err(|error| files::unreadable(error, &self.path))?;
            if count == 0 {
                return self.buffer.finish().map(|()| None).map_err(|error| self.failure(error));
            }
            self.read_bytes += count;
            self.buffer.push(self.chunk.get(..count).unwrap_or_default());
        }
    }

    fn next_block(&mut self) -> anyhow::Result<Option<ExportBlock>> {
        match self.next()? {
            Some(ExportFrame::Block(block)) => Ok(Some(*block)),
            Some(ExportFrame::End { .. }) => self.next().map(|_| None),
            Some(ExportFrame::Genesis(_)) | None => Ok(None),
        }
    }

    /// A file that is no export, or was cut, gives no answer; one that decodes otherwise than it should is refused.
    fn failure(&self, error: ExportError) -> anyhow::Error {
        let path = self.path.display().to_string();
        let coded = match error {
            ExportError::Magic => Coded::could_not(Code::FILE_UNREADABLE, path)
                .hint(tr!("the file is no audit export", "该文件不是审计导出")),
            // Not even the first bytes of an export.
            ExportError::Cut { .. } if self.read_bytes < EXPORT_MAGIC.len() => {
                Coded::could_not(Code::FILE_UNREADABLE, path)
                    .hint(tr!("the file is no audit export", "该文件不是审计导出"))
            }
            ExportError::Cut { .. } => Coded::could_not(Code::FILE_UNREADABLE, path)
                .hint(tr!("the file was cut: export again", "文件不完整：请重新导出")),
            _ => Coded::refused(Code::AUDIT_MISMATCH, path),
        };
        anyhow::Error::from(error).context(coded)
    }
}
