//! Where a passphrase comes from: a file, the environment, or the terminal without echo. Never an argument.

use crate::failure::Coded;
use crate::{files, output, tr};
use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use yinglian_protocol::Code;

/// Shortest passphrase for a new key file.
const PASSPHRASE_CHARACTERS_MIN: usize = 8;

/// Options of every command that opens a key file.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    /// File whose first line is the passphrase of the key file
    #[arg(long, value_name = "FILE", env = "YINGLIAN_PASSPHRASE_FILE", hide_env_values = true)]
    pub passphrase_file: Option<PathBuf>,
}

impl Arguments {
    /// The passphrase of a key file that exists.
    pub fn existing_passphrase(&self, key: &Path) -> anyhow::Result<String> {
        match self.given()? {
            Some(text) => Ok(text),
            None => ask(&tr!("passphrase of {}: ", "{} 的口令：", key.display())),
        }
    }

    /// A passphrase for a new key file, asked twice on a terminal.
    pub fn new_passphrase(&self) -> anyhow::Result<String> {
        let text = match self.given()? {
            Some(text) => text,
            None => ask_twice()?,
        };
        if text.chars().count() < PASSPHRASE_CHARACTERS_MIN {
            let detail = tr!(
                "a passphrase has at least {PASSPHRASE_CHARACTERS_MIN} characters",
                "口令至少 {PASSPHRASE_CHARACTERS_MIN} 个字符"
            );
            return Err(Coded::could_not(Code::KEYSTORE_INVALID, detail).into());
        }
        Ok(text)
    }

    fn given(&self) -> anyhow::Result<Option<String>> {
        if let Some(path) = &self.passphrase_file {
            let text = files::read_text(path)?;
            return Ok(Some(text.lines().next().unwrap_or_default().to_owned()));
        }
        Ok(std::env::var("YINGLIAN_PASSPHRASE").ok())
    }
}

fn ask_twice() -> anyhow::Result<String> {
    let first = ask(&tr!("new passphrase: ", "新口令："))?;
    if first != ask(&tr!("again: ", "再次输入："))? {
        return Err(Coded::could_not(
            Code::KEYSTORE_INVALID,
            tr!("the passphrases differ", "两次口令不一致"),
        )
        .into());
    }
    Ok(first)
}

fn ask(prompt: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let detail = tr!(
            "a passphrase is needed and there is no terminal to ask on",
            "需要口令，但没有终端可以询问"
        );
        return Err(Coded::could_not(Code::KEYSTORE_INVALID, detail)
            .hint(tr!(
                "give --passphrase-file FILE or set YINGLIAN_PASSPHRASE",
                "使用 --passphrase-file FILE 或设置 YINGLIAN_PASSPHRASE"
            ))
            .into());
    }
    eprint!("{prompt}");
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    output::talk("");
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
