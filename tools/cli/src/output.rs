//! Where words go: data on stdout, talk on stderr. With `--json` the data is one JSON value and talk stays out of it.

use serde_json::Value;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

static JSON: OnceLock<bool> = OnceLock::new();

/// Chooses JSON; the first call counts.
pub fn set_json(json: bool) {
    let _ = JSON.set(json);
}

/// True when data is to be JSON.
pub fn json() -> bool {
    JSON.get().copied().unwrap_or(false)
}

/// The answer of a command: the JSON value, or the text for people.
pub fn data(value: &Value, text: &str) {
    let line = if json() { value.to_string() } else { text.trim_end().to_owned() };
    line_to_stdout(&line);
}

fn line_to_stdout(line: &str) {
    // A closed pipe (`yinglian ... | head`) is no failure of ours.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Says something beside the answer.
pub fn talk(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Says what to do next.
pub fn hint(text: &str) {
    talk(&crate::tr!("hint: {text}", "提示：{text}"));
}

/// Says where the causes and remedies of these codes stand.
pub fn hint_codes(codes: impl Iterator<Item = yinglian_protocol::Code>) {
    let distinct: std::collections::BTreeSet<_> = codes.collect();
    if !distinct.is_empty() {
        let names: Vec<_> = distinct.iter().map(ToString::to_string).collect();
        let names = names.join(" ");
        hint(&crate::tr!(
            "`yinglian explain {names}` says why and what to do",
            "`yinglian explain {names}` 说明原因与办法"
        ));
    }
}

/// Warns about something that does not stop the command.
pub fn warn(text: &str) {
    talk(&crate::tr!("warning: {text}", "警告：{text}"));
}

/// True when progress may be drawn.
pub fn draws() -> bool {
    std::io::stderr().is_terminal()
}

/// `label` in colour when stderr is a terminal and NO_COLOR is not set.
pub fn red(label: &str) -> String {
    let plain = !std::io::stderr().is_terminal()
        || std::env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty());
    if plain { label.to_owned() } else { format!("\u{1b}[1;31m{label}\u{1b}[0m") }
}

/// The word for a condition.
pub fn yes_no(yes: bool) -> String {
    if yes { crate::tr!("yes", "是") } else { crate::tr!("no", "否") }
}

/// Lines of `name  value`, the values under one another. Chinese characters count two columns.
pub fn table(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
    rows.iter()
        .map(|(name, value)| format!("{name}{}  {value}\n", " ".repeat(width - columns(name))))
        .collect()
}

fn columns(text: &str) -> usize {
    text.chars().map(|letter| if u32::from(letter) >= 0x2e80 { 2 } else { 1 }).sum()
}
