//! Text to tokens.

use super::{Fault, SOURCE_BYTES_MAX};
use alloc::{string::String, vec::Vec};

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Number(i128),
    Text(String),
    Word(String),
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")",
    "[", "]", ",", ".",
];

pub(super) fn tokens(source: &str) -> Result<Vec<Token>, Fault> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(Fault::new(SOURCE_BYTES_MAX, "an expression has at most 1024 bytes"));
    }
    let mut tokens = Vec::new();
    let mut rest = source;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let at = source.len().saturating_sub(rest.len());
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (what, after) = match first {
            '0'..='9' => number(rest, at)?,
            '\'' | '"' => text(rest, first, at)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let (word, after) = split(rest, |c| c.is_ascii_alphanumeric() || c == '_');
                (What::Word(word.into()), after)
            }
            _ => sign(rest, at)?,
        };
        tokens.push(Token { at, what });
        rest = after;
    }
}

fn split(text: &str, holds: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !holds(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn number(rest: &str, at: usize) -> Result<(What, &str), Fault> {
    let (digits, after) = split(rest, |c| c.is_ascii_digit());
    let is_fraction = after
        .strip_prefix('.')
        .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    if is_fraction || after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err(Fault::new(at, "a number is whole; write decimal('1.50') for a decimal"));
    }
    let plain = digits == "0" || !digits.starts_with('0');
    let number = digits.parse().ok().filter(|_| plain);
    let number = number
        .ok_or_else(|| Fault::new(at, "a number has no leading zero and at most 38 digits"))?;
    Ok((What::Number(number), after))
}

/// A text in single or double quotes, without escapes: what it holds is what is seen.
fn text(rest: &str, quote: char, at: usize) -> Result<(What, &str), Fault> {
    let inside = rest.get(1..).unwrap_or_default();
    let (text, after) =
        inside.split_once(quote).ok_or_else(|| Fault::new(at, "a text has no closing quote"))?;
    if text.contains(['\\', '\n', '\r']) {
        return Err(Fault::new(at, "a text has no escapes and no line breaks"));
    }
    Ok((What::Text(text.into()), after))
}

fn sign(rest: &str, at: usize) -> Result<(What, &str), Fault> {
    let found = SIGNS.iter().find_map(|sign| Some((What::Sign(sign), rest.strip_prefix(sign)?)));
    found.ok_or_else(|| Fault::new(at, "a character that no expression has"))
}
