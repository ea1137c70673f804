//! Every rule of tidy, seen to fail: a clean little tree, one violation planted at a time, and what must be said of it.
//! The tree of this repository itself must have none.

use xtask::{Tree, tidy};

const ARCHITECTURE: &str = "
| crate | our crates | outside crates it claims | its tests besides | never contains, outside tests |
|---|---|---|---|---|
| `sdk/protocol` | – | `ciborium` | – | panics, hash maps, floats |
| `node/store` | `sdk/*` | `rocksdb` | `node/api` | clock, contract names |
| `node/api` | `sdk/protocol` | `axum` | – | `serde` |

| word | never in code | lib.rs denies outside tests |
|---|---|---|
| panics | – | `clippy::unwrap_used` `clippy::panic` |
| hash maps | `HashMap` | – |
| floats | `f64` | – |
| clock | `SystemTime` `std::time` | – |
| contract names | `\"record\"` | – |
";

const ROOT_MANIFEST: &str = "
[workspace]
members = ['sdk/protocol', 'node/store', 'node/api']
[workspace.dependencies]
yinglian-protocol = { path = 'sdk/protocol' }
yinglian-store = { path = 'node/store' }
yinglian-node-api = { path = 'node/api' }
rocksdb = '1'
kv = { package = 'rocksdb', version = '1' }
axum = '1'
serde = '1'
[workspace.lints.rust]
unsafe_code = 'forbid'
";

const LINTS: &str = "[lints]\nworkspace = true\n";
const STORE_MANIFEST: &str = "node/store/Cargo.toml";
const STORE: &str = "node/store/src/lib.rs";
const PROTOCOL: &str = "sdk/protocol/src/lib.rs";

fn manifest(tables: &str) -> String {
    format!("{LINTS}{tables}")
}

fn clean() -> Tree {
    let depends_on_sdk = "[dependencies]\nyinglian-protocol.workspace = true\n";
    Tree::default()
        .with("Cargo.toml", ROOT_MANIFEST)
        .with("README.md", "# Yinglian\n\nSee [the architecture](docs/architecture.md).")
        .with("README.zh.md", "# 鹰链")
        .with("docs/architecture.md", ARCHITECTURE)
        .with("docs/decisions/0001-first.md", "# 0001 First\n")
        .with("docs/guides/zh/operator.md", "# 运维")
        .with("docs/guides/en/operator.md", "# Operator")
        .with("sdk/protocol/Cargo.toml", LINTS)
        .with(
            PROTOCOL,
            "//! Bytes.\n#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]\n",
        )
        .with(STORE_MANIFEST, &manifest(depends_on_sdk))
        .with(STORE, "//! Disk.\n")
        .with("node/api/Cargo.toml", &manifest(depends_on_sdk))
        .with("node/api/src/lib.rs", "//! HTTP.\n")
}

fn said_of(tree: &Tree) -> Vec<String> {
    tidy::check(tree).unwrap().iter().map(ToString::to_string).collect()
}

/// Plants `text` at `path`; exactly one violation must come, at that place and with these words.
#[track_caller]
fn refused(path: &str, text: &str, place: &str, words: &str) {
    let said = said_of(&clean().with(path, text));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].starts_with(place), "{} is not at {place}", said[0]);
    assert!(said[0].contains(words), "{} does not say {words}", said[0]);
}

#[track_caller]
fn accepted(path: &str, text: &str) {
    assert_eq!(said_of(&clean().with(path, text)), Vec::<String>::new());
}

#[test]
fn this_repository_is_tidy() {
    let tree = Tree::read(&xtask::root()).unwrap();
    assert!(tree.len() > 50, "only {} files read", tree.len());
    assert_eq!(said_of(&tree), Vec::<String>::new());
}

#[test]
fn a_clean_tree_has_no_violation() {
    assert_eq!(said_of(&clean()), Vec::<String>::new());
}

#[test]
fn an_import_between_node_crates_is_refused() {
    let text = manifest("[dependencies]\nyinglian-node-api.workspace = true\n");
    refused(STORE_MANIFEST, &text, STORE_MANIFEST, "node/store may not import node/api");
    let text = manifest("[build-dependencies]\nyinglian-node-api.workspace = true\n");
    refused(STORE_MANIFEST, &text, STORE_MANIFEST, "node/store may not import node/api");
    let text = manifest("[target.'cfg(unix)'.dependencies]\nyinglian-node-api.workspace = true\n");
    refused(STORE_MANIFEST, &text, STORE_MANIFEST, "node/store may not import node/api");
}

#[test]
fn tests_may_import_what_the_table_grants_them_and_no_more() {
    accepted(STORE_MANIFEST, &manifest("[dev-dependencies]\nyinglian-node-api.workspace = true\n"));
    let text = manifest("[dev-dependencies]\nyinglian-store.workspace = true\n");
    let place = "node/api/Cargo.toml";
    refused(place, &text, place, "tests of node/api may not import node/store");
}

#[test]
fn a_claimed_crate_is_refused_to_others_even_under_another_name() {
    accepted(
        STORE_MANIFEST,
        &manifest("[dependencies]\nkv.workspace = true\nserde.workspace = true\n"),
    );
    let place = "sdk/protocol/Cargo.toml";
    let text = manifest("[dependencies]\nkv.workspace = true\n");
    refused(place, &text, place, "sdk/protocol may not import rocksdb");
    let text = manifest("[dev-dependencies]\naxum.workspace = true\n");
    refused(place, &text, place, "tests of sdk/protocol may not import axum");
}

#[test]
fn a_crate_that_is_never_contained_is_no_dependency_either() {
    let place = "node/api/Cargo.toml";
    let text = manifest("[dependencies]\nserde.workspace = true\n");
    refused(place, &text, place, "node/api never contains serde");
    accepted(place, &manifest("[dev-dependencies]\nserde.workspace = true\n"));
}

#[test]
fn a_version_outside_the_root_manifest_is_refused() {
    let text = manifest("[dependencies]\nserde = '1'\n");
    refused(STORE_MANIFEST, &text, STORE_MANIFEST, "versions stand in the root Cargo.toml");
}

#[test]
fn a_crate_without_the_workspace_lints_is_refused() {
    refused(STORE_MANIFEST, "", STORE_MANIFEST, "[lints] workspace = true is missing");
    let text = ROOT_MANIFEST.replace("forbid", "warn");
    refused("Cargo.toml", &text, "Cargo.toml", "unsafe_code = \"forbid\" is missing");
}

#[test]
fn a_crate_and_its_row_need_each_other() {
    let text = ROOT_MANIFEST.replace(", 'node/api'", "");
    refused("Cargo.toml", &text, "docs/architecture.md", "a row for node/api");
    let text = ARCHITECTURE.replace("| `node/api` |", "| `node/apis` |");
    let said = said_of(&clean().with("docs/architecture.md", &text));
    assert!(
        said.contains(&"node/api/Cargo.toml: no row in the import table".to_owned()),
        "{said:#?}"
    );
}

#[test]
fn a_word_that_the_table_does_not_explain_stops_the_check() {
    let text = ARCHITECTURE.replace("clock,", "clocks,");
    let error = tidy::check(&clean().with("docs/architecture.md", &text)).unwrap_err();
    assert!(error.to_string().contains("never contains \"clocks\""), "{error}");
}

#[test]
fn what_a_crate_never_contains_is_refused_in_code_only() {
    let head = "//! Disk.\n";
    let bad = format!("{head}fn now() {{ let _ = std::time::SystemTime::now(); }}\n");
    let said = said_of(&clean().with(STORE, &bad));
    assert_eq!(said.len(), 2, "std::time and SystemTime: {said:#?}");
    assert!(said[0].starts_with("node/store/src/lib.rs:2: node/store never contains"));
    refused(
        STORE,
        &format!("{head}const N: &str = \"record\";\n"),
        "node/store/src/lib.rs:2",
        "\"record\"",
    );
    accepted(
        STORE,
        &format!("{head}// SystemTime\nconst TEXT: &str = \"SystemTime\"; // \"record\"\n"),
    );
    accepted(STORE, &format!("{head}struct MySystemTime;\n"));
}

#[test]
fn tests_may_contain_what_their_crate_may_not() {
    let head = "//! Disk.\n";
    accepted(STORE, &format!("{head}#[cfg(test)]\nmod tests {{ use std::time::SystemTime; }}\n"));
    let tree = clean()
        .with(STORE, &format!("{head}#[cfg(test)]\nmod model;\n"))
        .with("node/store/src/model.rs", "//! A model.\nuse std::time::SystemTime;\n");
    assert_eq!(said_of(&tree), Vec::<String>::new());
    let after = format!("{head}#[cfg(test)]\nmod tests {{}}\nuse std::time;\n");
    refused(STORE, &after, "node/store/src/lib.rs:4", "never contains std::time");
}

#[test]
fn a_deterministic_crate_that_may_panic_is_refused() {
    let text = "//! Bytes.\n#![cfg_attr(not(test), deny(clippy::unwrap_used))]\n";
    refused(PROTOCOL, text, PROTOCOL, "must deny clippy::panic");
    let text = "//! Bytes.\n// #![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]\n";
    refused(PROTOCOL, text, PROTOCOL, "must deny clippy::unwrap_used, clippy::panic");
}

#[test]
fn a_rust_file_without_an_opening_is_refused() {
    refused(
        "node/store/src/disk.rs",
        "fn a() {}\n",
        "node/store/src/disk.rs:1",
        "must begin with //!",
    );
}

#[test]
fn a_hand_written_file_above_800_lines_is_refused() {
    let text = |lines: usize| format!("//! Long.\n{}", "fn a() {}\n".repeat(lines - 1));
    accepted("node/store/src/long.rs", &text(800));
    refused("node/store/src/long.rs", &text(801), "node/store/src/long.rs", "801 lines");
}

#[test]
fn unfinished_code_is_refused_in_tests_too() {
    for word in ["todo!()", "unimplemented!()", "dbg!(1)", "unsafe {}"] {
        let text = format!("//! Test.\nfn a() {{ {word} }}\n");
        refused("node/store/tests/it.rs", &text, "node/store/tests/it.rs:2", "left behind");
    }
    let text = "//! Test.\n#[ignore]\nfn a() {}\n";
    refused("node/store/tests/it.rs", text, "node/store/tests/it.rs:2", "#[ignore is left behind");
    for mark in [concat!("TO", "DO"), concat!("FIX", "ME")] {
        refused("docs/a.md", &format!("# A\n{mark}: later"), "docs/a.md:2", mark);
    }
}

/// The clean tree with the crate of the vector instructions, whose manifest has these lints.
fn with_vectors(lints: &str) -> Tree {
    let members = ROOT_MANIFEST.replace("members = [", "members = ['sdk/gm', ");
    let row = "| `node/api` | `sdk/protocol`";
    let architecture = ARCHITECTURE.replace(row, &format!("| `sdk/gm` | – | – | – | – |\n{row}"));
    clean()
        .with("Cargo.toml", &members)
        .with("docs/architecture.md", &architecture)
        .with("sdk/gm/Cargo.toml", lints)
        .with("sdk/gm/src/lib.rs", "//! Vectors.\n")
}

#[test]
fn unsafe_code_stands_in_the_folder_of_vector_instructions_only() {
    let denied = "[lints.rust]\nunsafe_code = 'deny'\n";
    let text = "//! Lanes.\nfn a() { unsafe {} }\n";
    for place in ["sdk/gm/src/simd/mod.rs", "sdk/gm/src/simd/x86/sm3.rs"] {
        assert_eq!(said_of(&with_vectors(denied).with(place, text)), Vec::<String>::new());
    }
    for place in [
        "sdk/gm/src/lib.rs",
        "sdk/gm/src/sm3/simd.rs",
        "sdk/gm/src/simd.rs",
        "sdk/gm/tests/simd.rs",
        "node/store/src/simd/mod.rs",
        "tests/sdk/gm/src/simd/mod.rs",
    ] {
        let said = said_of(&with_vectors(denied).with(place, text));
        assert_eq!(said, [format!("{place}:2: unsafe is left behind")]);
    }
    // What is unfinished is so in there too.
    let said =
        said_of(&with_vectors(denied).with("sdk/gm/src/simd/a.rs", "//! A.\nfn a() { todo!() }\n"));
    assert_eq!(said, ["sdk/gm/src/simd/a.rs:2: todo! is left behind"]);
}

#[test]
fn the_crate_with_vector_instructions_denies_unsafe_code_in_its_own_lints() {
    let place = "sdk/gm/Cargo.toml: [lints.rust] unsafe_code = \"deny\" is missing";
    // Inherited lints would forbid it in src/simd too; weaker ones would let it out of there.
    for lints in
        ["", LINTS, "[lints.rust]\nunsafe_code = 'warn'\n", "[lints.clippy]\nall = 'deny'\n"]
    {
        assert_eq!(said_of(&with_vectors(lints)), [place], "{lints}");
    }
    // No other crate may do likewise.
    let own = "[lints.rust]\nunsafe_code = 'deny'\n";
    let message = "[lints] workspace = true is missing";
    refused(STORE_MANIFEST, own, STORE_MANIFEST, message);
}

#[test]
fn a_path_of_one_machine_is_refused_but_not_a_longer_one() {
    for folder in [
        concat!("/ro", "ot/x"),
        concat!("/ho", "me/x"),
        concat!("/wo", "rk/x"),
        concat!("/Us", "ers/x"),
    ] {
        refused("tools/demo", &format!("cd {folder}\n"), "tools/demo:1", "a folder of one machine");
        accepted("tools/demo", &format!("cd /srv{folder}\n"));
    }
    let scratch = concat!("/t", "mp/x");
    let text = format!("//! Disk.\nconst A: &str = \"{scratch}\";\n");
    refused(STORE, &text, "node/store/src/lib.rs:2", "not a path to write into a program");
    accepted("node/store/tests/it.rs", &text);
}

#[test]
fn a_folder_outside_the_repository_is_refused() {
    let text = format!("see {}/design.md\n", concat!("../sh", "ared"));
    let said = said_of(&clean().with("docs/a.md", &text));
    assert!(!said.is_empty() && said.iter().all(|s| s.starts_with("docs/a.md:1: ")), "{said:#?}");
}

#[test]
fn a_guide_in_one_language_only_is_refused() {
    refused("docs/guides/zh/auditor.md", "# 审计", "docs/guides/en/auditor.md", "guide is missing");
    refused(
        "docs/guides/en/auditor.md",
        "# Audit",
        "docs/guides/zh/auditor.md",
        "guide is missing",
    );
    let said = said_of(&clean().without("README.zh.md"));
    assert_eq!(said, ["README.zh.md: is missing; the README is in zh and en"]);
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    refused(
        "docs/a.md",
        "[b](../nowhere.md)",
        "docs/a.md:1",
        "the link to ../nowhere.md leads nowhere",
    );
    refused("docs/a.md", "[b](../../x)", "docs/a.md:1", "leads nowhere");
    accepted("docs/a.md", "[b](../README.md#top) [c](https://example.org) [d](#here) [e](guides/)");
}

#[test]
fn a_decision_without_a_number_of_its_own_is_refused() {
    let folder = "docs/decisions";
    let short = format!("{folder}/12-more.md");
    refused(&short, "# 12 More", &short, "NNNN-what-was-decided");
    refused(
        &format!("{folder}/first.md"),
        "# First",
        &format!("{folder}/first.md"),
        "NNNN-what-was-decided",
    );
    refused(
        &format!("{folder}/0001-more.md"),
        "# 0001 More",
        &format!("{folder}/0001-more.md"),
        "never reused",
    );
    refused(
        &format!("{folder}/0002-more.md"),
        "# More",
        &format!("{folder}/0002-more.md:1"),
        "must begin with",
    );
}
