//! The command `yinglian`: reads the command line, runs one command, prints its answer.
//!
//! Comes in: arguments, environment, files, answers of nodes. Goes out: data on stdout, talk on stderr, and an exit
//! status: 0 proven or done, 1 refused, 2 could not. Never: decides what is true; that is `sdk/protocol`.

mod args;
mod audit;
mod bench;
mod clock;
mod devnet;
mod doctor;
mod evidence;
mod explain;
mod failure;
mod files;
mod genesis;
mod help_zh;
mod interfaces;
mod keys;
mod language;
mod membership;
mod module;
mod module_words;
mod notarize;
mod org;
mod output;
mod passphrase;
mod peer_key;
mod progress;
mod receipt;
mod record_words;
mod rows;
mod seal;
mod second_opinion;
mod session;
mod status;
mod trust;
mod trust_store;
mod verify;

use failure::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let argv: Vec<std::ffi::OsString> = std::env::args_os().collect();
    language::set(language::from_arguments(&argv));
    let cli = match args::parse(argv) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    output::set_json(cli.global.json);
    match args::run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => failure::print(&error).into(),
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
