//! The command `yinglian`, run as a user would, and what it said.

use crate::program;
use anyhow::Context;
use serde_json::Value;
use std::ffi::OsStr;
use std::process::Command;

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub exit: i32,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Said {
    /// The data as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("no JSON: {self:?}"))
    }

    /// Fails unless the program ended well.
    pub fn well(self) -> anyhow::Result<Self> {
        anyhow::ensure!(self.exit == 0, "exit {}: {}{}", self.exit, self.stdout, self.stderr);
        Ok(self)
    }
}

/// Runs `yinglian` in English with these arguments.
pub fn yinglian<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Said> {
    run(Command::new(program("yinglian")?).args(arguments))
}

/// Runs a command to its end, without the settings of the user's own network.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Said> {
    for name in ["YINGLIAN_NODE", "YINGLIAN_DEVNET", "YINGLIAN_TRUST", "YINGLIAN_KEY"] {
        command.env_remove(name);
    }
    let output =
        command.env("YINGLIAN_LANG", "en").output().with_context(|| format!("{command:?}"))?;
    Ok(Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
