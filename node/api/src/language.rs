//! Which of the two languages an answer is written in.

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use yinglian_protocol::{Code, CodeText};

/// Language of texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    En,
    Zh,
}

impl Language {
    /// The preferred one of `Accept-Language` (RFC 9110 section 12.5.4) that we speak, else English.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        // A browser names a handful; the rest of a longer list is not looked at.
        let ranked = text.split(',').take(16).filter_map(|range| {
            let (tag, weight) = parse_range(range)?;
            Some((language_of(tag)?, weight))
        });
        // The first of equal weight wins, so a later one must be strictly heavier.
        ranked
            .fold(None, |best: Option<(Self, u32)>, next| match best {
                Some(best) if best.1 >= next.1 => Some(best),
                _ => Some(next),
            })
            .filter(|(_, weight)| *weight > 0)
            .map_or(Self::En, |(language, _)| language)
    }

    /// Tag for `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Text of a code in this language.
    pub(crate) fn text(self, code: Code) -> CodeText {
        let text = match self {
            Self::En => code.en(),
            Self::Zh => code.zh(),
        };
        text.unwrap_or(CodeText { title: "", cause: "", remedy: "" })
    }
}

fn language_of(tag: &str) -> Option<Language> {
    let primary = tag.split('-').next().unwrap_or("");
    if primary.eq_ignore_ascii_case("zh") {
        Some(Language::Zh)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(Language::En)
    } else {
        None
    }
}

/// `zh-CN;q=0.8` as tag and thousandths.
fn parse_range(range: &str) -> Option<(&str, u32)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?;
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        None => 1_000,
        Some(text) => thousandths(text)?,
    };
    Some((tag, weight))
}

fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let padded = format!("{fraction:0<3}");
    Some((whole * 1_000 + padded.parse::<u32>().ok()?).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, text.parse().unwrap());
        Language::of(&headers)
    }

    #[test]
    fn the_heaviest_language_that_we_speak_wins_and_the_first_of_equals() {
        assert_eq!(of("zh-CN,zh;q=0.9,en;q=0.8"), Language::Zh);
        assert_eq!(of("en;q=0.8,zh;q=0.9"), Language::Zh);
        assert_eq!(of("fr,zh;q=0.1"), Language::Zh);
        assert_eq!(of("en,zh"), Language::En);
        assert_eq!(of("zh,en"), Language::Zh);
        assert_eq!(of("zh;q=0"), Language::En);
        assert_eq!(of("zh;q=banana,*;;;"), Language::En);
        assert_eq!(Language::of(&HeaderMap::new()), Language::En);
    }
}
