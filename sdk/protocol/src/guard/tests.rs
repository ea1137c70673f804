//! The guard against synthetic numbers (region 410499 is assigned to nobody) and against honest texts.

use super::*;
use alloc::{format, string::String, vec::Vec};
use proptest::prelude::*;

const IDS: [&str; 3] = ["410499197410268205", "410499199010268539", "410499199310205476"];
const MOBILE: &str = "13800138000";
/// Begins with 62, 19 digits, holds by Luhn.
const CARD: &str = "6222020200112233446";

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0'..='9' | 'X' | 'x' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
            other => other,
        })
        .collect()
}

/// The digits with a separator after every group of the given sizes.
fn grouped(digits: &str, sizes: &[usize], separator: &str) -> String {
    let mut rest = digits;
    let mut groups = Vec::new();
    for size in sizes {
        let (group, after) = rest.split_at(*size);
        groups.push(group);
        rest = after;
    }
    groups.push(rest);
    groups.join(separator)
}

/// A citizen's number of these 17 digits.
fn with_check_character(first_17: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = first_17.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{first_17}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

#[test]
fn synthetic_citizen_numbers_are_found_in_every_dress() {
    for id in IDS {
        let dressed = [
            id.into(),
            format!("申请人身份证{id}，已核验"),
            format!("(ID:{id})"),
            full_width(id),
            grouped(id, &[6, 8], "-"),
            grouped(id, &[6, 8], " "),
            grouped(id, &[6, 8], " - "),
            grouped(id, &[6, 8], "．"),
            grouped(id, &[6, 4, 4], "\u{3000}"),
            full_width(&grouped(id, &[6, 8], "－")),
            grouped(id, &[1; 17], " "),
            grouped(id, &[1; 17], "\u{200b}"),
            format!("2026-11-24 {id} 2026-11-25"),
        ];
        for text in dressed {
            assert_eq!(find(&text), Some(Finding::CitizenId), "{text}");
        }
    }
}

#[test]
fn a_check_character_x_counts_in_every_script() {
    let first = "41049919900101";
    let id = (0..1000)
        .map(|n| with_check_character(&format!("{first}{n:03}")))
        .find(|id| id.ends_with('X'));
    let id = id.unwrap();
    for text in [id.clone(), id.to_lowercase(), full_width(&id), full_width(&id.to_lowercase())] {
        assert_eq!(find(&text), Some(Finding::CitizenId), "{text}");
    }
    let (digits, _) = id.split_at(17);
    assert_eq!(find(&format!("{digits} X")), Some(Finding::CitizenId));
    assert_eq!(find(&format!("x{digits}")), None);
}

#[test]
fn eighteen_digits_without_a_date_or_check_digit_pass() {
    for text in [
        "410499197410268206",  // check digit
        "410499197413268205",  // month 13
        "410499197402308205",  // 30 February
        "410499187410268205",  // before 1900
        "4104991974102682050", // nineteen digits
        "1410499197410268205",
        "4104991974102682",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
    // A check digit that would hold does not help a date that does not exist.
    let id = with_check_character("41049919740230820");
    assert_eq!(find(&id), None, "{id}");
    let id = with_check_character("41049920000229820");
    assert_eq!(find(&id), Some(Finding::CitizenId), "{id}");
    let id = with_check_character("41049919000229820");
    assert_eq!(find(&id), None, "{id}");
}

#[test]
fn mobile_numbers_are_found_between_borders() {
    for text in [
        MOBILE.into(),
        format!("联系电话：{MOBILE}。"),
        format!("TEL{MOBILE}a"),
        format!("x{MOBILE}x"),
        grouped(MOBILE, &[3, 4], "-"),
        grouped(MOBILE, &[3, 4], " "),
        full_width(MOBILE),
        format!("+86{MOBILE}"),
        format!("+86 {MOBILE}"),
        format!("0086-{MOBILE}"),
        format!("0086{MOBILE}"),
        String::from("19912345678"),
    ] {
        assert_eq!(find(&text), Some(Finding::Mobile), "{text}");
    }
    for text in [
        "12800138000",
        "1380013800",
        "138001380001",
        "9913800138000",
        "13860 086 1380",
        "0375-2662345",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn bank_cards_are_found_by_prefix_length_and_luhn() {
    for text in [
        CARD.into(),
        grouped(CARD, &[4, 4, 4, 4], " "),
        full_width(CARD),
        format!("卡号{CARD}。"),
        "6212345678901232".into(),
    ] {
        assert_eq!(find(&text), Some(Finding::BankCard), "{text}");
    }
    for text in
        ["6222020200112233447", "5222020200112233447", "621234567890128", "62222222222222222223"]
    {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn honest_texts_pass() {
    for text in [
        "",
        "关于2026年11月24日数据共享的批复（平政数〔2026〕12号）",
        "chapter 12, 2026-11-24 13:45:07.123Z, 1,234,567.89 yuan",
        "x86_64 build 20261124.1",
        "0375-2662345 转 8001",
        "410402001001 新华路街道曙光街社区",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "docs/specs/receipt.md",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn a_number_is_not_put_together_across_words_or_wide_gaps() {
    let (front, back) = IDS[0].split_at(9);
    assert_eq!(find(&format!("{front}和{back}")), None);
    assert_eq!(find(&format!("{front}    {back}")), None);
    assert_eq!(find(&format!("{front}\n{back}")), None);
    assert_eq!(find(&format!("{front}   {back}")), Some(Finding::CitizenId));
}

#[test]
fn only_codes_of_the_registered_pattern_are_exempt() {
    assert!(is_code("410402202611240001") && is_code("A-1.2:3/4_b") && is_code(&"9".repeat(128)));
    for text in ["", "a b", "编号1", "a\n", "１２３", &"9".repeat(129), "a,b", "a@b"] {
        assert!(!is_code(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// What the shape of a business number has in common with a citizen's number is why declared code fields are exempt.
    #[test]
    fn business_numbers_pass_as_codes_though_one_in_eleven_looks_like_a_citizen_number(
        region in 410_400_u32..410_500, year in 2000_u32..2100, month in 1_u32..=12, day in 1_u32..=28, serial in 0_u32..10_000,
    ) {
        let number = format!("{region}{year}{month:02}{day:02}{serial:04}");
        prop_assert!(is_code(&number));
        let looks = find(&number) == Some(Finding::CitizenId);
        prop_assert_eq!(looks, with_check_character(&number[..17]) == number);
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,300}") {
        let _ = find(&text);
    }

    #[test]
    fn a_citizen_number_is_found_wherever_it_stands(
        before in "[^0-9０-９xXｘＸ]{0,20}", after in "[^0-9０-９]{0,20}",
        days in 0_u64..60_000, order in 0_u32..1000, region in 100_000_u32..1_000_000,
    ) {
        let date = crate::calls::format_time(days * 86_400_000).unwrap();
        let date = format!("{}{}{}", &date[..4], &date[5..7], &date[8..10]);
        prop_assume!(date.as_str() < "21000000");
        let id = with_check_character(&format!("{region}{date}{order:03}"));
        let text = format!("{before}{id}{after}");
        prop_assert_eq!(find(&text), Some(Finding::CitizenId), "{}", text);
    }
}
