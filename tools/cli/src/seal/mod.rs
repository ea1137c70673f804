//! `yinglian seal`: is this seal, seal signature or sealed document what it says? Offline; the answer is `sdk/seal`'s.
//!
//! Comes in: files, certificates and revocation data from disk. Goes out: a verdict for each file with its steps. Never: a connection to an
//! address that stands in a file.
mod verify;
mod words;

use crate::failure::Exit;
use crate::{files, output, tr};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use std::path::{Path, PathBuf};
use yinglian_seal::ofd::limits::PACKAGE_BYTES_MAX;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify sealed documents, seals, seal signatures: exit 0 all VALID, 1 not, 2 could not
    Verify(Arguments),
    /// Show what a seal, a seal signature or a sealed document says of itself (proves nothing: use verify)
    Inspect(Inspected),
}

#[derive(Debug, Args)]
pub struct Arguments {
    /// OFD documents, seals (.esl), seal signatures or digital signatures
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Certificate of a CA that you trust, DER; one that is not issued to itself must lead to another; repeatable
    #[arg(long, value_name = "DER")]
    trust: Vec<PathBuf>,
    /// Revocation list, DER; repeatable
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP answer, DER; repeatable
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Signer's certificate, DER, for values that hold none
    #[arg(long, value_name = "DER")]
    signer: Option<PathBuf>,
    /// What a bare signature value is over: Signature.xml as stored
    #[arg(long, value_name = "FILE", conflicts_with = "digest")]
    original: Option<PathBuf>,
    /// SM3 of what a bare signature value is over, 64 hex digits: the original may stay where it is
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
    /// Time of the verification, as 2026-06-01T08:00:00Z; without it the clock of this machine
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Encodings that the standards do not allow: refused, or taken and named
    #[arg(long, value_enum, default_value = "lenient")]
    profile: Profile,
    /// Let a policy decide: exit 0 when it accepts every file
    #[arg(long, value_enum)]
    policy: Option<Policy>,
}

#[derive(Debug, Args)]
pub struct Inspected {
    /// OFD document, seal (.esl), seal signature or digital signature
    #[arg(value_name = "FILE", required = true)]
    file: PathBuf,
    /// Write the picture of the seal to this file; never overwrites
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// `--profile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    Strict,
    Lenient,
}

/// `--policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    Counter,
    Tender,
    Archive,
}

impl Policy {
    fn named(self) -> yinglian_seal::Policy {
        match self {
            Self::Counter => yinglian_seal::Policy::Counter,
            Self::Tender => yinglian_seal::Policy::Tender,
            Self::Archive => yinglian_seal::Policy::Archive,
        }
    }
}

/// Runs `seal`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Inspect(arguments) => inspect(&arguments),
    }
}

fn inspect(arguments: &Inspected) -> anyhow::Result<Exit> {
    let bytes = read(&arguments.file)?;
    let trust = yinglian_seal::Trust::new();
    let context = yinglian_seal::Context::new(&trust, verify::now());
    let answer = verify::judge(&bytes, None, &context);
    if let Some(path) = &arguments.picture {
        let seal = answer.seals().next().ok_or_else(|| {
            let detail = tr!("{} holds no seal", "{} 中没有印章", arguments.file.display());
            crate::failure::Coded::could_not(yinglian_protocol::Code::USAGE, detail)
        })?;
        files::write_new(path, &seal.picture.bytes)?;
    }
    output::data(&answer.value(), &words::facts(&answer));
    Ok(Exit::Ok)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    files::read(path, PACKAGE_BYTES_MAX)
}

/// One answer as it is, several as a list.
fn print(mut values: Vec<Value>) {
    if output::json() {
        let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
        output::data(&value, "");
    }
}
