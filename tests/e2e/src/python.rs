//! The verifier in tests/conformance, written in Python from docs/specs alone: what it says of the same files.

use crate::Said;
use crate::cli::run;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Runs `yinglian_verify.py` with these arguments.
pub fn second_verifier<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
) -> anyhow::Result<Said> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/yinglian_verify.py");
    // No folder of compiled files beside the sources.
    run(Command::new("python3").arg("-B").arg(program).args(arguments))
}
