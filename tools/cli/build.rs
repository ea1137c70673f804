//! Builds sdk/verifier for browsers and hands it to the command, which puts it into the pages of evidence packages. Comes in: the
//! sources beside this crate. Goes out: `verifier.wasm`, empty where there is no compiler for wasm32: then no package can be packed, and
//! the command says so. Never: a file from anywhere but this tree.

use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for part in ["gm", "crypto", "protocol", "verifier"] {
        println!("cargo:rerun-if-changed={}", root.join("sdk").join(part).join("src").display());
    }
    println!("cargo:rerun-if-changed={}", root.join("sdk/verifier/Cargo.toml").display());
    println!("cargo:rerun-if-changed=build.rs");
    let bytes = if has_target() { build(&root, &out) } else { Vec::new() };
    if bytes.is_empty() {
        println!("cargo:warning=no compiler for {TARGET}: `yinglian evidence pack` will not work");
    }
    std::fs::write(out.join("verifier.wasm"), bytes).expect("writing the verifier");
}

/// True when the compiler has the standard library of the target.
fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer =
        Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let folder = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    folder.is_ok_and(|folder| !folder.is_empty() && Path::new(&folder).is_dir())
}

/// The same bytes wherever the tree and cargo's home lie: neither path is left in them.
fn build(root: &Path, out: &Path) -> Vec<u8> {
    let root = root.canonicalize().expect("the root of the tree");
    // Shared by all profiles of this build, so that clippy and tests do not compile it again.
    let shared = out.ancestors().nth(4).unwrap_or(out).join("verifier");
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    let flags = [
        format!("--remap-path-prefix={}=", root.display()),
        format!("--remap-path-prefix={home}=cargo"),
    ];
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for name in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    let status = cargo
        .current_dir(&root)
        .args(["build", "--quiet", "--locked", "--profile", "verifier", "-p", "yinglian-verifier"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&shared)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "sdk/verifier does not build for {TARGET}"
    );
    let built = shared.join(TARGET).join("verifier/yinglian_verifier.wasm");
    std::fs::read(built).expect("the verifier that was just built")
}
