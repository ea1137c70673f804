//! Texts of the command line in both languages against golden files. `UPDATE=1 cargo test` rewrites them.

mod fixture;

use fixture::{Chain, Content, record};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use yinglian_protocol::Suite;

fn yinglian(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yinglian"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("YINGLIAN_TRUST_STORE", folder.join("trust-store"))
        .output()
        .unwrap()
}

/// One golden file a case and language: the command, its exit status, stdout, stderr.
fn compare(name: &str, folder: &Path, arguments: &[&str]) {
    for language in ["en", "zh"] {
        let mut all = vec!["--lang", language];
        all.extend(arguments);
        let output = yinglian(folder, &all);
        let text = format!(
            "$ yinglian {}\nexit {}\n--- stdout\n{}--- stderr\n{}",
            all.join(" "),
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/golden/{name}.{language}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, expected, "{}", path.display());
    }
}

fn anywhere() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A folder with a file, its receipt, an altered file, an altered receipt, the trust root, another root.
fn receipts(suite: Suite) -> tempfile::TempDir {
    let folder = anywhere();
    // Later than any clock that runs this test: the age of the root is then that between genesis and checkpoint.
    let time = "2199-01-01T00:00:00Z";
    let mut chain = Chain::begin(suite, time);
    let content = "办理结果\n".as_bytes();
    chain.block(Content {
        records: vec![record(suite, "docs/result.txt", content, time)],
        ..Content::default()
    });
    chain.block(Content {
        records: vec![record(suite, "docs/other.txt", b"x", time)],
        ..Content::default()
    });
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("result.txt", content);
    write("altered.txt", "办理结果 \n".as_bytes());
    let receipt = chain.receipt(0).encode();
    write("result.receipt", &receipt);
    let mut altered = receipt.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    write("altered.receipt", &altered);
    write("cut.receipt", &receipt[..receipt.len() - 1]);
    write("root", chain.genesis.hash().to_string().as_bytes());
    write("other-root", "00".repeat(32).as_bytes());
    folder
}

fn path(name: &str) -> String {
    PathBuf::from(name).display().to_string()
}

#[test]
fn help_in_both_languages() {
    let folder = anywhere();
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help-devnet", vec!["devnet", "--help"]),
        ("help-devnet-up", vec!["devnet", "up", "--help"]),
        ("help-notarize", vec!["notarize", "--help"]),
        ("help-verify", vec!["verify", "--help"]),
        ("help-audit-check", vec!["audit", "check", "--help"]),
        ("help-decide", vec!["decide", "add-validator", "--help"]),
    ] {
        compare(name, folder.path(), &arguments);
    }
}

#[test]
fn explain_in_both_languages() {
    let folder = anywhere();
    compare("explain-one", folder.path(), &["explain", "YL1009"]);
    compare("explain-short", folder.path(), &["explain", "5004"]);
    compare("explain-unknown", folder.path(), &["explain", "YL9999"]);
}

#[test]
fn wrong_use_ends_with_two_in_both_languages() {
    let folder = anywhere();
    for (name, arguments) in [
        ("wrong-argument", vec!["verify", "--colour", "red"]),
        ("wrong-command", vec!["notarise"]),
        ("wrong-value", vec!["verify", "x.receipt", "--engine", "magic"]),
        ("missing-argument", vec!["keys", "generate"]),
        ("conflict", vec!["notarize", "a", "--csv", "b"]),
        ("no-network", vec!["notarize", "a", "--key", "k"]),
    ] {
        compare(name, folder.path(), &arguments);
        assert_eq!(yinglian(folder.path(), &arguments).status.code(), Some(2), "{name}");
    }
}

#[test]
fn verify_says_what_is_proven_and_under_what() {
    let folder = receipts(Suite::National);
    let (receipt, root) = (path("result.receipt"), path("root"));
    compare(
        "verify-proven",
        folder.path(),
        &["verify", &receipt, "--file", "result.txt", "--trust", &root],
    );
    compare(
        "verify-second-opinion",
        folder.path(),
        &["verify", &receipt, "--trust", &root, "--engine", "sm-crypto"],
    );
    compare(
        "verify-json",
        folder.path(),
        &["--json", "verify", &receipt, "--file", "result.txt", "--trust", &root],
    );
    compare("receipt-show", folder.path(), &["receipt", "show", &receipt]);
}

#[test]
fn verify_refuses_with_one_and_could_not_with_two() {
    let folder = receipts(Suite::National);
    let cases = [
        (
            "verify-altered-file",
            vec!["verify", "result.receipt", "--file", "altered.txt", "--trust", "root"],
            1,
        ),
        ("verify-altered-receipt", vec!["verify", "altered.receipt", "--trust", "root"], 1),
        ("verify-cut-receipt", vec!["verify", "cut.receipt", "--trust", "root"], 1),
        ("verify-other-root", vec!["verify", "result.receipt", "--trust", "other-root"], 1),
        ("verify-no-root", vec!["verify", "result.receipt"], 2),
        ("verify-no-file", vec!["verify", "absent.receipt", "--trust", "root"], 2),
        ("verify-bad-root", vec!["verify", "result.receipt", "--trust", "result.txt"], 2),
    ];
    for (name, arguments, exit) in cases {
        compare(name, folder.path(), &arguments);
        assert_eq!(yinglian(folder.path(), &arguments).status.code(), Some(exit), "{name}");
    }
}

#[test]
fn a_receipt_that_cannot_be_read_keeps_no_other_from_its_answer() {
    let folder = receipts(Suite::National);
    let run = |names: &[&str]| {
        let mut arguments = vec!["--json", "verify", "--trust", "root"];
        arguments.extend(names);
        let output = yinglian(folder.path(), &arguments);
        let answers: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let proven: Vec<_> = answers.iter().map(|answer| answer["proven"].as_bool()).collect();
        (output.status.code(), proven)
    };
    let (good, bad) = ("result.receipt", "altered.receipt");
    assert_eq!(run(&["absent", good]), (Some(2), vec![None, Some(true)]));
    assert_eq!(run(&[bad, "absent", good]), (Some(1), vec![Some(false), None, Some(true)]));
}

#[test]
fn wrong_use_is_told_in_json_where_json_is_asked_for() {
    let folder = anywhere();
    for arguments in
        [&["--json", "verify", "--colour"][..], &["keys", "--json", "make"], &["--json"]]
    {
        let output = yinglian(folder.path(), arguments);
        let answer: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &answer["code"]), (Some(2), &"YL6001".into()));
        assert!(output.stdout.is_empty());
    }
    // Help is help.
    let output = yinglian(folder.path(), &["--json", "verify", "--help"]);
    assert!(output.status.success() && output.stdout.starts_with(b"Check a receipt"));
}

#[test]
fn nodes_that_cannot_be_named_so_are_refused_before_they_are_asked() {
    let folder = anywhere();
    let made = yinglian(folder.path(), &["keys", "generate", "--plain", "--out", "k.pem"]);
    assert!(made.status.success());
    for node in [
        "host",
        "https://127.0.0.1:1",
        "ftp://h:1",
        "http://h:1/x",
        "http://h:1/?a",
        "http://u@h:1",
    ] {
        let arguments = ["--json", "notarize", "k.pem", "--key", "k.pem", "--node", node];
        let output = yinglian(folder.path(), &arguments);
        let answer: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &answer["code"]), (Some(2), &"YL6008".into()), "{node}");
    }
}

#[test]
fn the_international_suite_is_proven_too_but_has_no_second_opinion() {
    let folder = receipts(Suite::International);
    let proven = yinglian(
        folder.path(),
        &["verify", "result.receipt", "--file", "result.txt", "--trust", "root"],
    );
    assert_eq!(proven.status.code(), Some(0));
    let again = yinglian(
        folder.path(),
        &["verify", "result.receipt", "--trust", "root", "--engine", "sm-crypto"],
    );
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn a_receipt_of_which_any_bit_is_flipped_is_refused_by_the_command() {
    let folder = receipts(Suite::National);
    let bytes = std::fs::read(folder.path().join("result.receipt")).unwrap();
    // Every bit is flipped in the protocol's own tests; here one bit of each byte goes through the command, many files a run.
    let mut names = Vec::new();
    for (place, byte) in bytes.iter().enumerate().step_by(7) {
        let mut altered = bytes.clone();
        altered[place] = byte ^ (1 << (place % 8));
        let name = format!("{place}.receipt");
        std::fs::write(folder.path().join(&name), altered).unwrap();
        names.push(name);
    }
    let mut arguments = vec!["--json", "verify", "--trust", "root"];
    arguments.extend(names.iter().map(String::as_str));
    let output = yinglian(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1));
    let answers: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), names.len());
    for answer in answers {
        assert_eq!(answer["proven"], false, "{answer}");
    }
}

#[test]
fn two_receipts_of_one_chain_do_not_conflict() {
    let folder = receipts(Suite::National);
    let output = yinglian(
        folder.path(),
        &["receipt", "conflict", "result.receipt", "result.receipt", "--trust", "root"],
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn two_histories_of_one_chain_are_a_fork_that_names_who_signed_both() {
    let folder = anywhere();
    let time = "2199-01-01T00:00:00Z";
    for (name, second) in [("a", "docs/one.txt"), ("b", "docs/two.txt")] {
        let mut chain = Chain::begin(Suite::National, time);
        let content = |key: &str| record(Suite::National, key, key.as_bytes(), time);
        chain.block(Content { records: vec![content("docs/first.txt")], ..Content::default() });
        chain.block(Content { records: vec![content(second)], ..Content::default() });
        std::fs::write(folder.path().join(format!("{name}.receipt")), chain.receipt(1).encode())
            .unwrap();
        std::fs::write(folder.path().join("root"), chain.genesis.hash().to_string()).unwrap();
    }
    compare(
        "fork",
        folder.path(),
        &["receipt", "conflict", "a.receipt", "b.receipt", "--trust", "root"],
    );
    let output = yinglian(
        folder.path(),
        &["--json", "receipt", "conflict", "a.receipt", "b.receipt", "--trust", "root"],
    );
    assert_eq!(output.status.code(), Some(1));
    let fork: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(fork["culprits"].as_array().map(Vec::len), Some(3), "{fork}");
}

#[test]
fn a_chain_of_sets_that_was_added_proves_receipts_that_bring_none() {
    let folder = receipts(Suite::National);
    let bytes = std::fs::read(folder.path().join("result.receipt")).unwrap();
    let mut receipt = yinglian_protocol::Receipt::decode(&bytes).unwrap();
    let chain = receipt.trust.take().unwrap();
    std::fs::write(folder.path().join("bare.receipt"), receipt.encode()).unwrap();
    std::fs::write(folder.path().join("city.trust"), chain.encode()).unwrap();
    let exit = |arguments: &[&str]| yinglian(folder.path(), arguments).status.code();
    let bare = ["verify", "bare.receipt", "--trust", "root"];
    assert_eq!(exit(&bare), Some(1), "nothing leads from the root to the set");
    assert_eq!(exit(&["trust", "add", "city.trust", "--trust", "other-root"]), Some(1));
    assert_eq!(exit(&bare), Some(1), "a chain that is not proven is not kept");
    assert_eq!(
        exit(&["verify", "bare.receipt", "--trust", "root", "--sets", "city.trust"]),
        Some(0)
    );
    assert_eq!(exit(&["trust", "add", "city.trust", "--trust", "root"]), Some(0));
    assert_eq!(exit(&bare), Some(0));
}

#[test]
fn keys_are_made_shown_and_encrypted() {
    let folder = anywhere();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_yinglian"))
            .args(["--json", "--lang", "en"])
            .args(arguments)
            .current_dir(folder.path())
            .env("YINGLIAN_PASSPHRASE", "correct horse")
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap_or_default(),
        )
    };
    let (exit, made) = run(&["keys", "generate", "--plain", "--out", "a.pem"]);
    assert_eq!(exit, 0);
    assert_eq!(run(&["keys", "generate", "--plain", "--out", "a.pem"]).0, 2, "never overwrites");
    assert_eq!(run(&["keys", "encrypt", "a.pem", "--out", "a.pem"]).0, 2, "never overwrites");
    let (exit, encrypted) = run(&["keys", "encrypt", "a.pem", "--out", "b.pem"]);
    assert_eq!((exit, &encrypted["address"]), (0, &made["address"]));
    let (exit, shown) = run(&["keys", "show", "b.pem"]);
    assert_eq!((exit, &shown["public_key"]), (0, &made["public_key"]));
    let (exit, node) = run(&["keys", "node", "--out", "node.key"]);
    assert_eq!(
        (exit, run(&["keys", "show", "node.key"]).1["peer_id"].clone()),
        (0, node["peer_id"].clone())
    );
    assert_eq!(run(&["keys", "node", "--out", "node.key"]).0, 2, "never overwrites");
    let (_, address) = run(&["keys", "address", made["public_key"].as_str().unwrap()]);
    assert_eq!(address["address"], made["address"]);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &folder.path().join("b.pem").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_public_half_of_an_encrypted_key_is_exported_and_registered_from() {
    let folder = anywhere();
    let run = |arguments: &[&str], passphrase: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinglian"));
        command.args(arguments).current_dir(folder.path()).env_clear();
        command.envs(passphrase.map(|text| ("YINGLIAN_PASSPHRASE", text)));
        command.output().unwrap()
    };
    let passphrase = Some("correct horse");
    assert!(run(&["keys", "generate", "--out", "v.pem"], passphrase).status.success());
    let export = ["keys", "public", "v.pem", "--out", "v.pub.pem"];
    assert!(run(&export, passphrase).status.success());
    assert_eq!(run(&export, passphrase).status.code(), Some(2), "never overwrites");
    let written = std::fs::read_to_string(folder.path().join("v.pub.pem")).unwrap();
    assert!(written.contains("BEGIN PUBLIC KEY") && !written.contains("PRIVATE"));
    assert!(run(&["keys", "address", "v.pub.pem"], None).status.success());
    let refused = run(&["--json", "keys", "address", "v.pem"], None);
    let answer: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert!(answer["hint"].as_str().unwrap().contains("keys public v.pem"), "{answer}");
}

#[test]
fn what_is_saved_is_not_written_over_without_force() {
    let folder = anywhere();
    std::fs::write(folder.path().join("kept"), "earlier").unwrap();
    std::fs::write(folder.path().join("root"), "00".repeat(32)).unwrap();
    let node = ["--node", "http://127.0.0.1:1"];
    for save in [
        &["audit", "export", "--out", "kept", "--key", "absent.pem"][..],
        &["trust", "save", "--out", "kept", "--trust", "root"],
    ] {
        let code = |more: &[&str]| {
            let output = yinglian(folder.path(), &[&["--json"], save, &node, more].concat());
            let answer: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
            answer["code"].as_str().unwrap().to_owned()
        };
        assert_eq!(code(&[]), "YL6009");
        assert_ne!(code(&["--force"]), "YL6009");
    }
    assert_eq!(std::fs::read(folder.path().join("kept")).unwrap(), b"earlier");
}

#[test]
fn where_a_node_stands_is_asked_without_a_key() {
    let folder = anywhere();
    for command in ["status", "why"] {
        let output = yinglian(folder.path(), &["--json", command, "--node", "http://127.0.0.1:1"]);
        let answer: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &answer["code"]), (Some(2), &"YL6002".into()));
    }
}

#[test]
fn doctor_asks_the_node_of_the_home_and_no_other() {
    use std::net::TcpListener;
    let folder = anywhere();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!("role = \"observer\"\n[api]\nlisten = \"{closed}\"\n");
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_yinglian"))
        .args(["--json", "--lang", "en", "doctor", "--home", "."])
        .current_dir(folder.path())
        .env_clear()
        .env("YINGLIAN_NODE", format!("http://{}", other.local_addr().unwrap()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let node = told["findings"].as_array().unwrap().iter().find(|f| f["check"] == "node").unwrap();
    assert_eq!(node["grade"], "wrong");
    assert!(node["found"].as_str().unwrap().contains(&closed.to_string()), "{node}");
    assert!(other.accept().is_err(), "another node was asked");
}
