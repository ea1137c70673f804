//! `yinglian seal` in both languages against golden files, its exit statuses, and that it opens no connection. `UPDATE=1 cargo test`
//! rewrites the files.
use std::path::Path;
use std::process::{Command, Output};

const MATERIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/seal/tests/material");
const AT: [&str; 2] = ["--at", "2026-11-24T00:00:00Z"];

fn yinglian(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinglian"));
    command.args(arguments).current_dir(MATERIAL).env_clear().output().unwrap()
}

/// Root, CA below it and their revocation lists, as arguments.
fn trust() -> Vec<&'static str> {
    let mut all = AT.to_vec();
    for (option, file) in [
        ("--trust", "synthetic/cert_root.der"),
        ("--trust", "synthetic/cert_subca.der"),
        ("--crl", "synthetic/crl_root.der"),
        ("--crl", "synthetic/crl_subca.der"),
    ] {
        all.extend([option, file]);
    }
    all
}

fn compare(name: &str, exit: i32, arguments: &[&str]) {
    for language in ["en", "zh"] {
        let all = [&["--lang", language], arguments].concat();
        let output = yinglian(&all);
        let status = output.status.code().unwrap();
        let (stdout, stderr) = (output.stdout, output.stderr);
        let text = format!(
            "$ yinglian {}\nexit {status}\n--- stdout\n{}--- stderr\n{}",
            all.join(" "),
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap()
        );
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let path = folder.join(format!("seal-{name}.{language}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, expected, "{}", path.display());
        assert_eq!(status, exit, "{name}");
    }
}

#[test]
fn answers_in_both_languages() {
    let verify = |more: &[&'static str]| [&["seal", "verify"], more, &trust()[..]].concat();
    compare("help", 0, &["seal", "verify", "--help"]);
    compare("valid", 0, &verify(&["synthetic/s03_v4.ofd"]));
    compare("seal", 0, &verify(&["synthetic/seal_v4.esl"]));
    compare("strict", 1, &verify(&["synthetic/s09_v4_raw64.ofd", "--profile", "strict"]));
    compare("no-signer", 1, &verify(&["synthetic/s13_sign_raw.ofd", "--policy", "counter"]));
    let signer = ["synthetic/s13_sign_raw.ofd", "--signer", "synthetic/cert_signer.der"];
    compare("signer", 0, &verify(&signer));
    compare("untrusted", 1, &[&["seal", "verify", "synthetic/s03_v4.ofd"], &AT[..]].concat());
    compare("names-only", 1, &verify(&["documents/crypto__hello-integrity.ofd"]));
    compare("not-ofd", 1, &verify(&["README.md"]));
    compare("no-file", 2, &verify(&["absent.ofd"]));
    compare("pem", 2, &["seal", "verify", "synthetic/s03_v4.ofd", "--trust", "trust/TJCA.pem"]);
    compare("no-original", 2, &verify(&["values/converter__h.0.SignedValue.dat"]));
    compare("inspect", 0, &["seal", "inspect", "documents/sign__allprotected.ofd"]);
}

#[test]
fn a_value_is_judged_by_its_original_or_by_the_digest_of_it() {
    let value = "values/converter__h.0.SignedValue.dat";
    let xml = "values/converter__h.0.Signature.xml";
    let json = |more: &[&str]| -> serde_json::Value {
        let output = yinglian(&[&["--json", "seal", "verify", value], more].concat());
        assert_eq!(output.status.code(), Some(1), "no anchor");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let integrity = |answer: &serde_json::Value| {
        let steps = answer["steps"].as_array().unwrap();
        steps.iter().find(|step| step["step"] == "integrity").unwrap()["outcome"].clone()
    };
    let digest = "f75fd6c17d6d6f5c937448eab1457772f52e5898e47079bc5a8e88f3f42978e9";
    let other = "0c1ac650447a888ca847bd91039ce9ed4efb2685077a025c4c051e25df617fe8";
    assert_eq!(integrity(&json(&["--original", xml])), "passed");
    assert_eq!(integrity(&json(&["--digest", digest])), "passed");
    assert_eq!(integrity(&json(&["--digest", other])), "failed");
}

#[test]
fn several_files_have_an_answer_each_and_one_exit_status() {
    let files = ["synthetic/s03_v4.ofd", "absent.ofd", "synthetic/s01_v1.ofd"];
    let output = yinglian(&[&["--json", "seal", "verify"], &files[..], &trust()].concat());
    assert_eq!(output.status.code(), Some(2));
    let answers: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: Vec<_> =
        answers.as_array().unwrap().iter().map(|a| a["verdict"].as_str()).collect();
    assert_eq!(verdicts, [Some("VALID"), None, Some("VALID")]);
    let signature = &answers[0]["signatures"][0];
    for member in ["verdict", "reason", "steps", "uncovered"] {
        assert!(signature.get(member).is_some(), "{member}");
    }
}

/// Certificates name addresses of revocation lists; the trace of the system calls shows that none is used.
#[test]
fn no_connection_is_opened() {
    let program = env!("CARGO_BIN_EXE_yinglian");
    let known = ["synthetic/s03_v4.ofd", "documents/sign__allprotected.ofd"];
    let traced = |arguments: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-e", "trace=socket,connect,sendto", "-o", "/dev/stdout", program]);
        let run = command.args(arguments).current_dir(MATERIAL).output();
        run.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Ok(trace) = traced(&[&["seal", "verify", "--json"], &known[..], &trust()].concat()) else {
        eprintln!("skipped: strace is not installed");
        return;
    };
    assert!(trace.contains("exited with"), "the trace is empty: {trace}");
    assert!(!trace.contains("socket(") && !trace.contains("connect("), "{trace}");
    let asking = traced(&["status", "--node", "http://127.0.0.1:1"]).unwrap();
    assert!(asking.contains("connect("), "a command that asks a node is seen: {asking}");
}
