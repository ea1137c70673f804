//! Guard against personal data in clear: the most likely real accident on a chain that forgets nothing.
//!
//! Comes in: a free text. Goes out: what in it looks like a citizen's number, a mobile number or a bank card number.
//! Never: reads declared code fields, asks a clock or a list, or claims that a text without a finding holds no personal data.
//! The exact patterns are in docs/specs/personal-data.md; they are a rule of blocks, so they change only by protocol version.

use crate::calls::days_in_month;
use alloc::vec::Vec;
use core::fmt;

/// Most separator characters between two digits of one number.
const GAP_MAX: usize = 3;
/// Longest code of a declared code field, bytes.
const CODE_BYTES_MAX: usize = 128;

/// What a text seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A citizen ID number (公民身份号码, GB 11643).
    CitizenId,
    /// A mobile number of the mainland.
    Mobile,
    /// A bank card number that begins with 62.
    BankCard,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CitizenId => "citizen ID number",
            Self::Mobile => "mobile number",
            Self::BankCard => "bank card number",
        })
    }
}

/// True for a code of a declared code field: 1 to 128 characters of `A-Z a-z 0-9 . _ : / -`. Such fields are exempt.
pub fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
    (1..=CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The first finding in a free text.
pub fn find(text: &str) -> Option<Finding> {
    let mut run: Vec<Digit> = Vec::new();
    let mut gap = 0_usize;
    for character in text.chars() {
        let value = digit_value(character);
        if value.is_none() && is_separator(character) {
            gap = gap.saturating_add(1);
            continue;
        }
        let continues = gap <= GAP_MAX && value.is_some();
        let digit = value.map(|value| Digit { value, after_gap: run.is_empty() || gap > 0 });
        gap = 0;
        // An X ends a number and never begins one.
        if let Some(last) = digit.filter(|digit| continues && digit.value == X) {
            run.push(last);
        } else if let Some(digit) = digit.filter(|digit| continues && digit.value < X) {
            run.push(digit);
            continue;
        }
        if let Some(finding) = find_in_run(&run) {
            return Some(finding);
        }
        run.clear();
        run.extend(
            digit.filter(|digit| digit.value < X).map(|digit| Digit { after_gap: true, ..digit }),
        );
    }
    find_in_run(&run)
}

/// A digit, or an X, which only a citizen's number ends in.
#[derive(Clone, Copy)]
struct Digit {
    /// 0 to 9, or [`X`].
    value: u8,
    /// True when something else than a digit stands before it.
    after_gap: bool,
}

/// Check character for ten.
const X: u8 = 10;

fn digit_value(character: char) -> Option<u8> {
    let ascii = match character {
        '\u{ff10}'..='\u{ff19}' => u32::from(character).checked_sub(0xfee0)?,
        'x' | '\u{ff38}' | '\u{ff58}' => u32::from('X'),
        other => u32::from(other),
    };
    match u8::try_from(ascii).ok()? {
        byte @ b'0'..=b'9' => byte.checked_sub(b'0'),
        b'X' => Some(X),
        _ => None,
    }
}

/// Blanks, hyphens, dots and slashes of ASCII and of Chinese typing, and characters that nobody sees.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t' | '-' | '.' | '_' | '/' | '\u{a0}' | '\u{ad}' | '\u{b7}'
            | '\u{2000}'..='\u{200d}' | '\u{2010}'..='\u{2015}' | '\u{202f}' | '\u{2060}' | '\u{2212}'
            | '\u{3000}' | '\u{3002}' | '\u{30fb}' | '\u{feff}'
            | '\u{ff0d}' | '\u{ff0e}' | '\u{ff0f}' | '\u{ff3f}'
    )
}

/// Looks at every stretch of the run that has no digit directly before or after it.
fn find_in_run(run: &[Digit]) -> Option<Finding> {
    for (start, first) in run.iter().enumerate() {
        let stretch = run.get(start..)?;
        if !first.after_gap && !follows_country_code(run.get(..start)?) {
            continue;
        }
        let own_border = first.after_gap;
        let at = |length: usize| {
            let ends = stretch.get(length).is_none_or(|next| next.after_gap || next.value == X);
            stretch.get(..length).filter(|_| ends)
        };
        if own_border {
            if at(18).is_some_and(is_citizen_id) {
                return Some(Finding::CitizenId);
            }
            if (16..=19).any(|length| at(length).is_some_and(is_bank_card)) {
                return Some(Finding::BankCard);
            }
        }
        if at(11).is_some_and(is_mobile) {
            return Some(Finding::Mobile);
        }
    }
    None
}

/// `86` or `0086` directly before, itself after a border: `+8613812345678`.
fn follows_country_code(before: &[Digit]) -> bool {
    let ends_with = |code: &[u8]| {
        let start = before.len().checked_sub(code.len());
        start.and_then(|start| before.get(start..)).is_some_and(|part| {
            part.first().is_some_and(|first| first.after_gap)
                && part.iter().map(|digit| digit.value).eq(code.iter().copied())
        })
    };
    ends_with(&[8, 6]) || ends_with(&[0, 0, 8, 6])
}

fn number(digits: &[Digit], from: usize, to: usize) -> Option<u64> {
    digits.get(from..to)?.iter().try_fold(0_u64, |sum, digit| {
        if digit.value > 9 {
            None
        } else {
            sum.checked_mul(10)?.checked_add(u64::from(digit.value))
        }
    })
}

/// GB 11643-1999: 6 digits of region, a date of 1900 to 2099, 3 digits of order, a check character by ISO 7064 MOD 11-2.
fn is_citizen_id(digits: &[Digit]) -> bool {
    const WEIGHTS: [u32; 18] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let date = || Some((number(digits, 6, 10)?, number(digits, 10, 12)?, number(digits, 12, 14)?));
    let Some((year, month, day)) = date() else { return false };
    let in_calendar = days_in_month(year, month).is_some_and(|days| (1..=days).contains(&day));
    let plain = number(digits, 0, 6).is_some() && number(digits, 14, 17).is_some();
    if !plain || !in_calendar || !(1900..=2099).contains(&year) {
        return false;
    }
    // The check character is chosen such that the weighted sum of all eighteen is 1 modulo 11.
    let products = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.value).saturating_mul(weight));
    products.fold(0_u32, u32::saturating_add) % 11 == 1
}

/// 11 digits that begin with 13 to 19.
fn is_mobile(digits: &[Digit]) -> bool {
    number(digits, 0, 11).is_some()
        && number(digits, 0, 2).is_some_and(|prefix| (13..=19).contains(&prefix))
}

/// 16 to 19 digits that begin with 62 and hold by ISO/IEC 7812-1 (Luhn).
fn is_bank_card(digits: &[Digit]) -> bool {
    if number(digits, 0, 2) != Some(62) || digits.iter().any(|digit| digit.value > 9) {
        return false;
    }
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (index, digit)| {
        let value = u32::from(digit.value);
        let doubled = value.saturating_mul(2);
        let term = match index % 2 {
            0 => value,
            _ if doubled > 9 => doubled.saturating_sub(9),
            _ => doubled,
        };
        sum.saturating_add(term)
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests;
