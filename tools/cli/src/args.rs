//! The command line: what can be asked. Parsing, help in both languages, and the way to each command.

use crate::failure::{self, Coded, Exit};
use crate::language::{Language, current};
use crate::{
    audit, bench, devnet, doctor, evidence, explain, genesis, help_zh, interfaces, keys,
    membership, module, notarize, org, output, receipt, rows, seal, status, tr, trust, verify,
};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use yinglian_protocol::Code;

/// Records that four departments decide and anyone can prove.
#[derive(Debug, Parser)]
#[command(name = "yinglian", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Heading of what every command takes.
pub const GLOBAL_HEADING: &str = "Global options";

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = GLOBAL_HEADING)]
pub struct Global {
    /// Language of help and messages
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        env = "YINGLIAN_LANG",
        hide_env_values = true
    )]
    #[arg(display_order = 900)]
    pub lang: LanguageChoice,
    /// Print the answer as one JSON value
    #[arg(long, global = true, display_order = 901)]
    pub json: bool,
    /// Print help
    #[arg(short = 'h', long, global = true, action = ArgAction::Help, display_order = 902)]
    pub help: Option<bool>,
    /// Print version
    #[arg(short = 'V', long, action = ArgAction::Version, display_order = 903)]
    pub version: Option<bool>,
}

/// `--lang`. Its values explain themselves; documented ones would make every help text long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageChoice {
    Auto,
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a network of validators on this machine
    #[command(subcommand)]
    Devnet(devnet::Command),
    /// Make and look at keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make and look at the document a chain begins with
    #[command(subcommand)]
    Genesis(genesis::Command),
    /// Put files or the rows of a table on record, one signed record each
    Notarize(notarize::Arguments),
    /// Check a receipt offline: exit 0 proven, 1 refused, 2 could not
    Verify(verify::Arguments),
    /// Canonical rows of a table: root, proof of a row, key of a batch
    #[command(subcommand)]
    Rows(rows::Command),
    /// Compare the tables of two sides
    #[command(subcommand)]
    Exchange(rows::Exchange),
    /// Verify seals and sealed documents of any vendor, offline
    #[command(subcommand)]
    Seal(seal::Command),
    /// Look at receipts, renew them, compare them
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Pack receipts and what they prove into one file that checks itself in a browser
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Export the chain and check all of it without trusting a node
    #[command(subcommand)]
    Audit(audit::Command),
    /// Keep what a verifier trusts
    #[command(subcommand)]
    Trust(trust::Command),
    /// Call a method of membership: organisations, keys, decisions
    Submit(membership::SubmitArguments),
    /// An organisation's own keys, its delegates, and the acts that two of its keys sign
    #[command(subcommand)]
    Org(org::Command),
    /// Propose and approve decisions: validators, parameters, organisations, modules
    #[command(subcommand)]
    Decide(membership::DecideCommand),
    /// Check, admit and look at modules: contracts that are one file
    #[command(subcommand)]
    Module(module::Command),
    /// Show what a contract of the chain declares
    #[command(subcommand)]
    Interface(interfaces::Command),
    /// Call a method of any contract, its arguments encoded as the contract declares
    Call(interfaces::CallArguments),
    /// Say where a node stands
    Status(status::Arguments),
    /// Say in words why no block is being made
    Why(status::Arguments),
    /// Check that this machine and its node are in order
    Doctor(doctor::Arguments),
    /// Measure four validators on this machine: the figures of docs/figures
    Bench(bench::Arguments),
    /// Say what a code means and what to do about it
    Explain(explain::Arguments),
}

/// Parses the command line; help, version and mistakes are printed here.
pub fn parse(argv: Vec<OsString>) -> Result<Cli, Exit> {
    let command = localized();
    let argv = with_figures(argv);
    let json = argv.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let matches = command.try_get_matches_from(argv);
    matches
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| print_parse_error(&error, json))
}

/// `bench --json FILE` names a file for the figures, while everywhere else `--json` is a switch.
fn with_figures(mut argv: Vec<OsString>) -> Vec<OsString> {
    let bench = argv.iter().position(|word| word == "bench");
    let json = bench.and_then(|from| {
        argv.iter().skip(from).position(|word| word == "--json").map(|at| from + at)
    });
    let names_file = json
        .and_then(|at| argv.get(at + 1))
        .is_some_and(|word| !word.as_encoded_bytes().starts_with(b"-"));
    if let Some(word) = json.filter(|_| names_file).and_then(|at| argv.get_mut(at)) {
        *word = "--figures".into();
    }
    argv
}

/// The command with help in the language of the process.
pub fn localized() -> clap::Command {
    match current() {
        Language::En => Cli::command(),
        Language::Zh => help_zh::localize(Cli::command()),
    }
}

fn print_parse_error(error: &clap::Error, json: bool) -> Exit {
    let shows_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !shows_help {
        output::set_json(true);
        let english = || {
            let text = error.render().to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        };
        let detail = if current() == Language::En { english() } else { chinese(error) };
        return failure::print(&Coded::could_not(Code::USAGE, detail).into());
    }
    if shows_help
        || current() == Language::En
        || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        let _ = error.print();
    } else {
        output::talk(&format!("{}{}", output::red("错误："), chinese(error)));
        output::hint("`yinglian --help` 列出全部命令，`yinglian <命令> --help` 列出一个命令的参数");
    }
    if shows_help { Exit::Ok } else { Exit::CouldNot }
}

fn chinese(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(context_text).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有参数 {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {argument}"),
        ErrorKind::MissingSubcommand => "缺少子命令".to_owned(),
        ErrorKind::ArgumentConflict => {
            format!("参数 {argument} 与 {} 不能同时使用", context(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少值"),
        ErrorKind::InvalidValue => {
            format!("参数 {argument} 不接受 {value}（可选：{}）", context(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => format!("参数 {argument} 的值 {value} 无效"),
        _ => format!("命令不能这样使用（{}）", error.kind()),
    }
}

fn context_text(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("、"),
        ContextValue::StyledStr(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Runs the command.
pub fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Devnet(command) => devnet::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Genesis(command) => genesis::run(command),
        Command::Notarize(arguments) => notarize::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Rows(command) => rows::run(command),
        Command::Exchange(command) => rows::exchange(command),
        Command::Seal(command) => seal::run(command),
        Command::Receipt(command) => receipt::run(command),
        Command::Evidence(command) => evidence::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Trust(command) => trust::run(command),
        Command::Submit(arguments) => membership::submit(arguments),
        Command::Org(command) => org::execute(command),
        Command::Decide(command) => membership::decide(command),
        Command::Module(command) => module::run(command),
        Command::Interface(command) => interfaces::run(command),
        Command::Call(arguments) => interfaces::call(arguments),
        Command::Status(arguments) => status::status(arguments),
        Command::Why(arguments) => status::why(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
    }
}

/// Runs the asynchronous part of a command.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            anyhow::Error::from(error).context(tr!("starting the runtime", "启动运行时"))
        })?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
