//! Two verifiers that share no line, ours and the one written in Python from docs/specs alone: on the files of a running
//! network, on altered ones, and on every conformance vector they must come to one verdict.

use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use yinglian_e2e::{Network, Said, Wish, second_verifier, yinglian};

/// What a verifier came to: its exit code, and the code of a refusal.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    exit: i32,
    code: Option<String>,
}

impl Verdict {
    fn of(said: &Said) -> anyhow::Result<Self> {
        let code = match said.exit {
            1 => Some(said.json()?["code"].as_str().context("code")?.to_owned()),
            _ => None,
        };
        Ok(Self { exit: said.exit, code })
    }
}

/// A folder of files, and what both verifiers say of them.
struct Judges {
    folder: TempDir,
}

impl Judges {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: tempfile::Builder::new().prefix("yinglian-e2e-").tempdir()? })
    }

    /// A place for a file that is not there yet.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Both verdicts on a receipt, which must be one. `more` is given to ours as it stands; the other calls a file a document.
    fn receipt(&self, bytes: &[u8], root: &str, more: &[&str]) -> anyhow::Result<Verdict> {
        let path = self.file("judged.receipt", bytes)?;
        let path = text(&path)?;
        let mut theirs = vec!["receipt", path, "--trust", root];
        theirs.extend(more.iter().map(|word| if *word == "--file" { "--document" } else { word }));
        let ours = yinglian([&["--json", "verify", path, "--trust", root], more].concat())?;
        let (ours, theirs) = (ours, second_verifier(theirs)?);
        let (one, other) = (Verdict::of(&ours)?, Verdict::of(&theirs)?);
        anyhow::ensure!(one == other, "{more:?}: {ours:?}\n{theirs:?}");
        if one.exit == 0 {
            let (ours, theirs) = (ours.json()?, theirs.json()?);
            for (name, expected) in [
                ("id", &theirs["record"]),
                ("position", &theirs["position"]),
                ("height", &theirs["height"]),
                ("time_ms", &theirs["time_ms"]),
                ("organization", &theirs["organization"]),
                ("sender", &theirs["sender"]),
                ("code", &theirs["code"]),
            ] {
                anyhow::ensure!(&ours["record"][name] == expected, "{name}: {ours}\n{theirs}");
            }
            let hash = &ours["checkpoint"]["hash"];
            anyhow::ensure!(hash == &theirs["checkpoint_hash"], "{ours}\n{theirs}");
        }
        Ok(one)
    }

    /// Both verdicts on an export, which must be one.
    fn export(&self, bytes: &[u8], root: &str) -> anyhow::Result<Verdict> {
        let path = self.file("judged.export", bytes)?;
        let ours = yinglian(["--json", "audit", "check", text(&path)?, "--trust", root])?;
        let theirs = second_verifier(["export", text(&path)?, "--trust", root])?;
        let (one, other) = (ours.exit, theirs.exit);
        anyhow::ensure!(one == other, "{ours:?}\n{theirs:?}");
        if one == 0 {
            let (ours, theirs) = (ours.json()?, theirs.json()?);
            for name in ["blocks", "records", "registry_writes", "set_changes"] {
                anyhow::ensure!(ours[name] == theirs[name], "{name}: {ours}\n{theirs}");
            }
        }
        Ok(Verdict { exit: one, code: None })
    }
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("path")
}

fn expect(what: &str, verdict: &Verdict, exit: i32) -> anyhow::Result<()> {
    anyhow::ensure!(verdict.exit == exit, "{what}: {verdict:?}");
    Ok(())
}

/// Changes one bit at twenty places spread over the bytes.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..20).map(|number| {
        let mut changed = bytes.to_vec();
        changed[number * bytes.len() / 20] ^= 1 << (number % 8);
        changed
    })
}

#[tokio::test]
async fn both_verifiers_judge_the_files_of_a_network_alike() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let judges = Judges::new()?;
    let letter = judges.file("letter.txt", "归档 a letter\n".as_bytes())?;
    let (letter, url) = (text(&letter)?, network.nodes[0].url.as_str());
    let recorder = network.key_file("pds-001", "recorder");
    let root = network.root_file();
    let root = text(&root)?;
    let notarize = |file| yinglian(["notarize", file, "--node", url, "--key", text(&recorder)?]);
    notarize(letter)?.well()?;
    // A second block at least, so that the checkpoint lies above the first.
    notarize(text(&judges.file("later.txt", b"a later letter\n")?)?)?.well()?;
    let trust = judges.file("chain.trust", &[])?;
    let checkpoint = judges.file("checkpoint", &[])?;
    let save = ["trust", "save", "--force", "--node", url, "--trust", root, "--out"];
    yinglian([&save[..], &[text(&trust)?]].concat())?.well()?;
    yinglian([&save[..], &[text(&checkpoint)?, "--checkpoint"]].concat())?.well()?;

    let receipt = std::fs::read(format!("{letter}.receipt"))?;
    let with_file = ["--file", letter];
    expect("the receipt", &judges.receipt(&receipt, root, &with_file)?, 0)?;
    expect("under a .trust file", &judges.receipt(&receipt, text(&trust)?, &with_file)?, 0)?;
    let sets = ["--sets", text(&trust)?];
    expect("with sets from a file", &judges.receipt(&receipt, root, &sets)?, 0)?;
    // The checkpoint is younger than the receipt's header.
    expect("an older header", &judges.receipt(&receipt, text(&checkpoint)?, &[])?, 1)?;
    let other = judges.file("other.txt", b"another letter\n")?;
    let other = ["--file", text(&other)?];
    expect("another file", &judges.receipt(&receipt, root, &other)?, 1)?;
    expect("another root", &judges.receipt(&receipt, &"07".repeat(32), &[])?, 1)?;
    expect("no root", &judges.receipt(&receipt, "nowhere", &[])?, 2)?;
    for changed in flipped(&receipt) {
        expect("an altered receipt", &judges.receipt(&changed, root, &with_file)?, 1)?;
    }

    let (export, short) = (judges.path("chain.export"), judges.path("short.export"));
    let operator = network.key_file("pds-001", "operator");
    let from = ["--node", url, "--key", text(&operator)?];
    let save = |words: &[&str]| yinglian([&["audit", "export", "--out"], words, &from].concat());
    save(&[text(&export)?])?.well()?;
    save(&[text(&short)?, "--to", "1"])?.well()?;
    let (export, short) = (std::fs::read(export)?, std::fs::read(short)?);
    expect("the export", &judges.export(&export, root)?, 0)?;
    expect("the first block", &judges.export(&short, root)?, 0)?;
    expect("under a checkpoint", &judges.export(&export, text(&checkpoint)?)?, 0)?;
    expect("below the checkpoint", &judges.export(&short, text(&checkpoint)?)?, 2)?;
    expect("a cut export", &judges.export(&export[..export.len() - 1], root)?, 2)?;
    expect("of another root", &judges.export(&export, &"07".repeat(32))?, 1)?;
    for changed in flipped(&export) {
        let verdict = judges.export(&changed, root)?;
        anyhow::ensure!(verdict.exit != 0, "an altered export is proven");
    }
    Ok(())
}

fn vectors(name: &str) -> anyhow::Result<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    Ok(serde_json::from_slice(&std::fs::read(folder.join(name))?)?)
}

fn bytes(value: &Value) -> anyhow::Result<Vec<u8>> {
    let digits = value.as_str().context("hex")?.as_bytes();
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    digits.chunks(2).map(byte).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a Vec<Value>> {
    value[name].as_array().with_context(|| format!("no {name}"))
}

#[test]
fn both_verifiers_judge_every_receipt_of_the_vectors_alike() -> anyhow::Result<()> {
    let judges = Judges::new()?;
    let mut judged = 0;
    for suite in vectors("receipt.json")? {
        for case in list(&suite, "proven")?.iter().chain(list(&suite, "refused")?) {
            let root = judges.file("root", &bytes(&case["root"])?)?;
            let trust = match case["trust"] {
                Value::Null => None,
                _ => Some(judges.file("sets.trust", &bytes(&case["trust"])?)?),
            };
            let trust = trust.as_deref().map(text).transpose()?;
            let more: Vec<&str> = trust.iter().flat_map(|path| ["--sets", path]).collect();
            let verdict = judges.receipt(&bytes(&case["receipt"])?, text(&root)?, &more)?;
            let code = case["code"].as_str().map(str::to_owned);
            let exit = i32::from(code.is_some());
            anyhow::ensure!(verdict == Verdict { exit, code }, "{}: {verdict:?}", case["name"]);
            judged += 1;
        }
    }
    anyhow::ensure!(judged > 70, "only {judged} receipts");
    Ok(())
}

#[test]
fn both_verifiers_judge_every_export_of_the_vectors_alike() -> anyhow::Result<()> {
    let judges = Judges::new()?;
    let mut refused = 0;
    for suite in vectors("export.json")? {
        let root = suite["genesis_hash"].as_str().context("genesis")?;
        expect("the export", &judges.export(&bytes(&suite["export"])?, root)?, 0)?;
        for case in list(&suite, "altered")?.iter().chain(list(&suite, "lies")?) {
            let name = case["name"].to_string();
            expect(&name, &judges.export(&bytes(&case["export"])?, root)?, 1)?;
            refused += 1;
        }
    }
    anyhow::ensure!(refused >= 32, "only {refused} exports");
    Ok(())
}
