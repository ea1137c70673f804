//! The language of the process, set once at start: Chinese when asked for or when the locale is zh, else English.

use std::ffi::OsString;
use std::sync::OnceLock;

/// A language the command speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// Chooses the language; the first call counts.
pub fn set(language: Language) {
    let _ = LANGUAGE.set(language);
}

/// The language chosen, English before that.
pub fn current() -> Language {
    LANGUAGE.get().copied().unwrap_or(Language::En)
}

/// `--lang` among the arguments, before they are parsed, because help and parse errors need it; else the environment.
pub fn from_arguments(argv: &[OsString]) -> Language {
    let texts: Vec<_> = argv.iter().filter_map(|argument| argument.to_str()).collect();
    let inline = texts.iter().find_map(|text| text.strip_prefix("--lang="));
    let separate =
        texts.iter().position(|text| *text == "--lang").and_then(|at| texts.get(at + 1)).copied();
    match inline.or(separate) {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        _ => from_environment(|name| std::env::var(name).ok()),
    }
}

fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    match variable("YINGLIAN_LANG").as_deref() {
        Some("zh") => return Language::Zh,
        Some("en") => return Language::En,
        _ => {}
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| variable(name).filter(|text| !text.is_empty()));
    if locale.is_some_and(|text| text.starts_with("zh")) { Language::Zh } else { Language::En }
}

/// `tr!("english {x}", "中文 {x}")`: the text in the language of the process.
#[macro_export]
macro_rules! tr {
    ($en:literal, $zh:literal $(, $($arguments:tt)*)?) => {
        match $crate::language::current() {
            $crate::language::Language::En => format!($en $(, $($arguments)*)?),
            $crate::language::Language::Zh => format!($zh $(, $($arguments)*)?),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_and_the_flag_wins() {
        let with = |pairs: &'static [(&str, &str)]| {
            from_environment(move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, text)| (*text).to_owned())
            })
        };
        assert_eq!(with(&[("LANG", "zh_CN.UTF-8")]), Language::Zh);
        assert_eq!(with(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Language::En);
        assert_eq!(with(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]), Language::Zh);
        assert_eq!(with(&[]), Language::En);
        let argv = ["yinglian", "--lang", "zh", "status"].map(OsString::from);
        assert_eq!(from_arguments(&argv), Language::Zh);
    }
}
