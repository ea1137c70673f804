//! Peers in other languages: a program of `peers/` that reads questions and writes answers, one a line.
//!
//! `verify KEY ID m|d INPUT raw|der SIGNATURE` is answered by `valid`, `invalid`, `cannot` or `fault REASON`;
//! `sign SECRET KEY ID MESSAGE` by 128 hexadecimal digits or `cannot`; `bench WHAT COUNT` by nanoseconds of CPU time.
//! Bytes are hexadecimal, none at all is `-`. The first line a program writes is its name.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running program; it ends when its stdin closes.
pub struct Pipe {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// Where `peers/fetch` has put the libraries.
pub fn folder() -> PathBuf {
    std::env::var_os("YINGLIAN_GM_PEERS")
        .map_or_else(|| PathBuf::from("peers-not-fetched"), PathBuf::from)
}

/// Every program that can be started; why not, for each that cannot.
pub fn start_all() -> (Vec<Pipe>, Vec<String>) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let fetched = folder();
    let mut java = Command::new("java");
    java.arg("-XX:+UseSerialGC")
        .arg("-cp")
        .arg(fetched.join("bcprov.jar"))
        .arg(scripts.join("BouncyCastle.java"));
    let mut node = Command::new("node");
    node.arg(scripts.join("sm_crypto.js")).env("NODE_PATH", fetched.join("node_modules"));
    let mut python = Command::new(fetched.join("python/bin/python"));
    python.arg(scripts.join("gmssl_python.py"));
    let programs = [
        ("BouncyCastle", fetched.join("bcprov.jar"), java),
        ("sm-crypto of npm", fetched.join("node_modules/sm-crypto"), node),
        ("gmssl-pyx", fetched.join("python/bin/python"), python),
        ("GmSSL", fetched.join("gmssl"), Command::new(fetched.join("gmssl"))),
    ];
    let (mut pipes, mut absent) = (Vec::new(), Vec::new());
    for (name, needs, command) in programs {
        if !needs.exists() {
            absent.push(format!("{name} is not fetched (tests/gm/peers/fetch)"));
            continue;
        }
        match Pipe::start(command) {
            Ok(pipe) => pipes.push(pipe),
            Err(error) => absent.push(format!("{name} does not start: {error:#}")),
        }
    }
    (pipes, absent)
}

impl Pipe {
    fn start(mut command: Command) -> Result<Self> {
        let spawned =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child =
            spawned.with_context(|| format!("starting {}", command.get_program().display()))?;
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        let mut pipe = Self { name: String::new(), child, stdin, stdout };
        pipe.name = pipe.line()?;
        ensure!(!pipe.name.is_empty(), "it says nothing");
        Ok(pipe)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.stdout.read_line(&mut line)? > 0, "{} has ended", self.name);
        Ok(line.trim_end().to_owned())
    }

    /// Answers to all questions. They are written by a thread, since the program may answer before it has read all.
    pub fn ask(&mut self, questions: &[String]) -> Result<Vec<String>> {
        let stdin = self.stdin.take().context("stdin is closed")?;
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || -> std::io::Result<ChildStdin> {
                let mut buffered = BufWriter::new(stdin);
                for question in questions {
                    writeln!(buffered, "{question}")?;
                }
                buffered.into_inner().map_err(|error| error.into_error())
            });
            let answers = questions.iter().map(|_| self.line()).collect::<Result<Vec<_>>>();
            let written = writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))?;
            self.stdin = Some(written?);
            answers
        })
    }

    /// Nanoseconds of CPU time for so many operations of a kind; None when the program does not measure itself.
    pub fn bench(&mut self, what: &str, count: u64) -> Result<Option<u64>> {
        let answers = self.ask(&[format!("bench {what} {count}")])?;
        match answers[0].as_str() {
            "cannot" => Ok(None),
            number => {
                Ok(Some(number.parse().with_context(|| format!("{} answers {number}", self.name))?))
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.stdin = None;
        // It has read the end of its input; there is nobody to tell when it fails to end well.
        let _ended = self.child.wait();
    }
}

impl Peer for Pipe {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict> {
        let questions: Vec<String> = cases.iter().map(question).collect();
        match self.ask(&questions) {
            Ok(answers) => answers.iter().map(|answer| verdict(answer)).collect(),
            Err(error) => vec![Verdict::Fault(format!("{error:#}")); cases.len()],
        }
    }

    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>> {
        let head = format!("sign {} {} {}", text(&pair.secret), text(&pair.public), text(identity));
        let questions: Vec<String> =
            messages.iter().map(|message| format!("{head} {}", text(message))).collect();
        let answers = self.ask(&questions).ok()?;
        let raw = |answer: &String| {
            let mut raw = [0; 64];
            hex::decode_to_slice(answer, &mut raw).ok().map(|()| raw)
        };
        answers.iter().map(raw).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { hex::encode(bytes) }
}

fn question(case: &Case) -> String {
    let (kind, input) = match &case.input {
        Input::Message(message) => ("m", text(message)),
        Input::Digest(digest) => ("d", text(digest)),
    };
    let (form, signature) = match &case.signature {
        Signature::Raw(bytes) => ("raw", text(bytes)),
        Signature::Der(bytes) => ("der", text(bytes)),
    };
    format!("verify {} {} {kind} {input} {form} {signature}", text(&case.key), text(&case.identity))
}

fn verdict(answer: &str) -> Verdict {
    let parsed = match answer {
        "valid" => Ok(Verdict::Valid),
        "invalid" => Ok(Verdict::Invalid),
        "cannot" => Ok(Verdict::CannotAsk),
        other => match other.strip_prefix("fault ") {
            Some(reason) => Ok(Verdict::Fault(reason.to_owned())),
            None => no_answer(other),
        },
    };
    parsed.unwrap_or_else(|error| Verdict::Fault(format!("{error:#}")))
}

fn no_answer(text: &str) -> Result<Verdict> {
    bail!("no answer: {text}")
}
