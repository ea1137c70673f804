//! How a command ends, and how a failure is told: code, title, chain of causes, remedy, in the user's language.

use crate::language::{Language, current};
use crate::{output, tr};
use serde_json::json;
use std::fmt;
use yinglian_protocol::Code;

/// Exit status of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Proven, or done.
    Ok = 0,
    /// The question was answered with no.
    Refused = 1,
    /// The question could not be answered, or the work not be done.
    CouldNot = 2,
}

/// A failure with a stable code. Travels in the chain of an [`anyhow::Error`].
#[derive(Debug)]
pub struct Coded {
    /// Stable code.
    pub code: Code,
    /// Exit status it leads to.
    pub exit: Exit,
    /// What was attempted, with the values.
    pub detail: String,
    /// What to run or read next.
    pub hint: Option<String>,
}

impl Coded {
    /// Something could not be done.
    pub fn could_not(code: Code, detail: impl Into<String>) -> Self {
        Self { code, exit: Exit::CouldNot, detail: detail.into(), hint: None }
    }

    /// Something was checked and is refused.
    pub fn refused(code: Code, detail: impl Into<String>) -> Self {
        Self { code, exit: Exit::Refused, detail: detail.into(), hint: None }
    }

    /// The coded failure within an error, whether it began there or was added as context.
    pub fn of(error: &anyhow::Error) -> Option<&Self> {
        error.downcast_ref()
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Coded {}

/// Title, cause and remedy of a code in the language of the process; English where a text is missing.
pub fn text_of(code: Code) -> (String, String, String) {
    let english = code.en();
    let chosen = match current() {
        Language::Zh => code.zh().filter(|text| !text.title.is_empty()).or(english),
        Language::En => english,
    };
    chosen.map_or_else(
        || (tr!("unknown code", "未知代码"), String::new(), String::new()),
        |text| (text.title.to_owned(), text.cause.to_owned(), text.remedy.to_owned()),
    )
}

/// Tells the failure on stderr and returns the exit status.
pub fn print(error: &anyhow::Error) -> Exit {
    let coded = Coded::of(error);
    let exit = coded.map_or(Exit::CouldNot, |coded| coded.exit);
    if output::json() {
        print_json(error, coded, exit);
    } else {
        print_words(error, coded);
    }
    exit
}

fn print_words(error: &anyhow::Error, coded: Option<&Coded>) {
    let label = output::red(&tr!("error: ", "错误："));
    match coded {
        Some(coded) => output::talk(&format!("{label}{} {}", coded.code, text_of(coded.code).0)),
        None => output::talk(&format!("{label}{error}")),
    }
    let causes = error.chain().skip(usize::from(coded.is_none()));
    for cause in causes.map(ToString::to_string).filter(|text| !text.is_empty()) {
        output::talk(&tr!("  cause: {cause}", "  原因：{cause}"));
    }
    if let Some(coded) = coded {
        let (_, _, remedy) = text_of(coded.code);
        if !remedy.is_empty() {
            output::talk(&tr!("  remedy: {remedy}", "  办法：{remedy}"));
        }
        if let Some(hint) = &coded.hint {
            output::hint(hint);
        }
    }
}

fn print_json(error: &anyhow::Error, coded: Option<&Coded>, exit: Exit) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let code = coded.map(|coded| coded.code);
    let (title, _, remedy) = code.map(text_of).unwrap_or_default();
    let hint = coded.and_then(|coded| coded.hint.clone());
    output::talk(
        &json!({ "ok": false, "exit": exit as u8, "code": code.map(|code| code.to_string()), "title": title,
                 "causes": causes, "remedy": remedy, "hint": hint })
        .to_string(),
    );
}
