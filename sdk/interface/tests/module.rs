//! Modules as people write them: what a TOML text becomes, and the line of every fault.
#![cfg(feature = "module")]

mod support;

use support::{DISPATCH, golden, golden_text};
use yinglian_interface::{Interface, ModuleFault};

const MODULE: &str = "contracts/modules/dispatch.toml";

/// A whole small module; lines are counted in the tests below.
const REGISTER: &str = r#"contract = "register"
version = 1
zh = "登记"
en = "Register"

[roles]
clerk = { zh = "登记员", en = "Clerk" }

[guards.unlocked]
rule = "!object.locked"
zh = "未锁定"
en = "Not locked"
cause = { zh = "已锁定", en = "it is locked" }
remedy = { zh = "先解锁", en = "unlock it" }

[arguments]
reason = { type = "text(1..64)", zh = "理由", en = "Reason" }

[entities.item]
zh = "条目"
en = "Item"

[entities.item.key]
no = { type = "code([0-9]{4})", zh = "编号", en = "Number" }

[entities.item.fields]
owner = { type = "organization", zh = "所有者", en = "Owner" }
locked = { type = "bool", zh = "锁定", en = "Locked" }
ended_why = { type = "text(64)?", zh = "终止理由", en = "Why it ended" }

[entities.item.states]
open = { zh = "有效", en = "Open" }
ended = { end = true, zh = "终止", en = "Ended" }

[[entities.item.transitions]]
action = "add"
zh = "登记"
en = "Add"
to = "open"
by = ["clerk"]
sets = { owner = "sender.organization", locked = false }

[[entities.item.transitions]]
action = "end"
zh = "终止"
en = "End"
from = ["open"]
to = "ended"
by = ["clerk@own(owner)"]
guards = ["unlocked"]
sets = { ended_why = "arguments.reason" }

[queries.item]
zh = "按编号"
en = "By number"
readers = ["everyone"]
"#;

fn faults(text: &str) -> Vec<ModuleFault> {
    Interface::from_module(text).err().unwrap_or_default()
}

/// The one fault of a text that differs from the register in one place.
fn fault(from: &str, to: &str) -> ModuleFault {
    assert!(REGISTER.contains(from), "{from}");
    let faults = faults(&REGISTER.replacen(from, to, 1));
    match faults.as_slice() {
        [one] => one.clone(),
        other => panic!("{from} -> {to}: {other:#?}"),
    }
}

fn line_of(text: &str) -> u32 {
    let before = REGISTER.split_once(text).unwrap().0;
    u32::try_from(before.matches('\n').count()).unwrap() + 1
}

/// The face of the decision leaves one guard to code, which the module answers by asking itself; all else is the same.
#[test]
fn the_dispatch_module_is_the_interface_that_the_decision_wrote_down() {
    let written = Interface::from_module(&golden_text(MODULE));
    let written = written.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let mut json = serde_json::to_value(written.shape()).unwrap();
    json["asks"].as_array_mut().unwrap().retain(|ask| ask["name"] != "parent");
    json["guards"][0].as_object_mut().unwrap().remove("rule");
    json.as_object_mut().unwrap().remove("provides");
    let meant = serde_json::to_value(golden(DISPATCH).shape()).unwrap();
    for (member, value) in meant.as_object().unwrap() {
        let found = json.get(member).cloned().unwrap_or_default();
        let same = found == *value;
        let pairs =
            value.as_array().into_iter().flatten().zip(found.as_array().into_iter().flatten());
        for (one, other) in pairs {
            assert_eq!(one.to_string(), other.to_string(), "{member}");
        }
        assert!(same, "{member}");
    }
    assert_eq!(json.as_object().unwrap().len(), meant.as_object().unwrap().len());
}

#[test]
fn arguments_follow_from_keys_fields_and_guards() {
    let register = Interface::from_module(REGISTER).unwrap();
    let names = |method: &str| -> Vec<String> {
        let method = register.shape().method(method, 1).unwrap();
        method.arguments.iter().map(|field| field.name.to_string()).collect()
    };
    assert_eq!(names("add"), ["no"]);
    // `ended_why` is set from an argument of another name, whose type the field would give; the common one has its own bounds.
    assert_eq!(names("end"), ["no", "reason"]);
    assert_eq!(register.texts().find("method/end/reason").unwrap().en, "Why it ended");
}

#[test]
fn each_fault_has_the_line_where_it_was_written() {
    let cases = [
        ("zh = \"登记员\", en", "en", "role/clerk", "has en and no zh", "clerk ="),
        (
            "[\"everyone\"]",
            "[\"auditor\"]",
            "query/item",
            "names the role auditor",
            "[queries.item]",
        ),
        (
            "\"!object.locked\"",
            "\"!object.lock\"",
            "method/end/guard/unlocked",
            "lock",
            "[guards.unlocked]",
        ),
        ("to = \"ended\"", "to = \"gone\"", "", "gone", "action = \"end\""),
        ("locked = false", "locked = 7", "", "", "sets = { owner"),
        ("\"clerk@own(owner)\"", "\"clerk@of(owner)\"", "", "no relation", "by = [\"clerk@own"),
        ("\"bool\"", "\"boolean(1)\"", "entity/item/field/locked", "is no type", "locked = {"),
        ("\"bool\"", "0.5", "entity/item/field/locked", "float", "locked = {"),
        ("end = true", "ends = true", "entity/item/state/ended", "means nothing here", "ended = {"),
        ("zh = \"条目\"\nen = \"Item\"", "", "entity/item", "has no text", "[entities.item]"),
        (
            "!object.locked\"",
            "arguments.force\"",
            "entity/item/action/end",
            "has no type",
            "action = \"end\"",
        ),
    ];
    for (from, to, place, what, line) in cases {
        let faults = faults(&REGISTER.replacen(from, to, 1));
        let meant = line_of(line);
        let found =
            faults.iter().find(|fault| fault.what.contains(what) && fault.place.contains(place));
        let found = found.unwrap_or_else(|| panic!("{from} -> {to}: {faults:#?}"));
        assert!(found.line.abs_diff(meant) <= 8, "{from} -> {to}: {found} is not near {meant}");
        assert!(!found.remedy.is_empty());
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let found = fault("version = 1\n", "version = \n");
    assert_eq!((found.line, found.what.starts_with("is no TOML")), (2, true), "{found}");
}

#[test]
fn a_common_argument_that_nothing_reads_is_a_fault() {
    let found = fault("sets = { ended_why = \"arguments.reason\" }\n", "");
    assert_eq!((found.line, found.what.as_str()), (17, "is read by nothing"));
}

#[test]
fn every_prefix_and_every_damaged_text_is_refused_without_a_panic() {
    let text = golden_text(MODULE);
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for end in ends.iter().step_by(701) {
        assert!(!faults(&text[..*end]).is_empty() || *end == text.len());
    }
    let mut random = support::Random(7);
    for _ in 0..60 {
        let mut damaged = text.clone().into_bytes();
        for _ in 0..3 {
            let at = random.below(damaged.len() as u64) as usize;
            damaged[at] = b' ' + (random.below(95) as u8);
        }
        // Read or refused; what is read is valid by construction.
        let _ = Interface::from_module(&String::from_utf8_lossy(&damaged));
    }
}
