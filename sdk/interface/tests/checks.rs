//! Every rule of an interface, broken once: the fault names the place, and the unbroken interface has none.

mod support;

use serde_json::{Value as Json, json};
use support::{DISPATCH, MEMBERSHIP, RECORD, golden_text};
use yinglian_interface::{Fault, Interface, InterfaceError};

fn faults(document: &Json) -> Vec<Fault> {
    match Interface::from_json(&document.to_string()) {
        Ok(_) => Vec::new(),
        Err(InterfaceError::Faults(faults)) => faults,
        Err(InterfaceError::Form(problem)) => panic!("{problem}"),
    }
}

fn dispatch() -> Json {
    serde_json::from_str(&golden_text(DISPATCH)).unwrap()
}

/// The member at a pointer, where a transition may be named by `row:ACTION`.
fn at<'j>(document: &'j mut Json, pointer: &str) -> &'j mut Json {
    let mut place = document;
    for step in pointer.split('/').filter(|step| !step.is_empty()) {
        place = match step.split_once(':') {
            Some((key, wanted)) => {
                let items = place.as_array_mut().unwrap();
                items
                    .iter_mut()
                    .find(|item| item[key] == wanted)
                    .unwrap_or_else(|| panic!("{step}"))
            }
            None if place.is_array() => &mut place[step.parse::<usize>().unwrap()],
            None => &mut place[step],
        };
    }
    place
}

const EVENT: &str = "/shape/entities/name:event";

#[test]
fn a_broken_rule_is_named_with_its_place_and_what_to_do() {
    let row = |action: &str, member: &str| format!("{EVENT}/transitions/action:{action}/{member}");
    let event = |member: &str| format!("{EVENT}/{member}");
    let cases: Vec<(String, Json, &str, &str)> = vec![
        ("/shape/format".into(), json!(2), "format", "unknown"),
        ("/shape/contract".into(), json!("dispatch"), "", ""),
        ("/shape/roles/0".into(), json!("unit"), "role/unit", "twice"),
        (
            "/shape/roles".into(),
            json!(["source"]),
            "entity/event/action/review_true",
            "role centre",
        ),
        (
            "/shape/types/0".into(),
            json!({"choice": {"name": "level", "cases": [{"name": "a", "tag": 0}]}}),
            "type/level",
            "name of another",
        ),
        (
            "/shape/types/2/record/fields/0/type".into(),
            json!({"named": "later"}),
            "type/algorithm",
            "not declared before",
        ),
        (
            "/shape/types/2/record/fields/0/type".into(),
            json!({"named": "algorithm"}),
            "type/algorithm",
            "not declared before",
        ),
        (
            "/shape/types/2/record/fields/1/name".into(),
            json!("name"),
            "type/algorithm/name",
            "twice",
        ),
        ("/shape/types/2/record/fields".into(), json!([]), "type/algorithm", "no fields"),
        ("/shape/types/0/choice/cases/1/tag".into(), json!(0), "type/source", "do not rise"),
        ("/shape/types/1/choice/cases/1/code".into(), json!("1"), "type/level/code/1", "twice"),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"decimal": {"scale": 10, "min_units": "0", "max_units": "1"}}),
            "type/algorithm/confidence",
            "scale",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"decimal": {"scale": 1, "min_units": "2", "max_units": "1"}}),
            "type/algorithm/confidence",
            "bounds",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"u8": {"max": "256"}}),
            "type/algorithm/confidence",
            "width",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"u8": {"min": "3", "max": "2"}}),
            "type/algorithm/confidence",
            "width",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"text": {"max": 0}}),
            "type/algorithm/confidence",
            "maximum",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"bytes": {"max": 65537}}),
            "type/algorithm/confidence",
            "maximum",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"fixed": 0}),
            "type/algorithm/confidence",
            "fixed",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"option": {"option": "bool"}}),
            "type/algorithm/confidence",
            "option of an option",
        ),
        (
            "/shape/types/2/record/fields/2/type".into(),
            json!({"list": {"of": "bool", "min": 3, "max": 2}}),
            "type/algorithm/confidence",
            "list",
        ),
        (
            "/shape/types/2/record/fields/2".into(),
            json!({"name": "confidence", "type": {"option": "bool"}, "kept": "committed"}),
            "type/algorithm/confidence",
            "commits to an option",
        ),
        ("/shape/settings/0/default".into(), json!(1), "setting/limit.dispatch", "default"),
        (
            "/shape/settings/0/unit".into(),
            json!("count"),
            "entity/event/deadline/dispatch",
            "no setting of time",
        ),
        (
            "/shape/settings/3/unit".into(),
            json!("days"),
            "entity/event/deadline/handle",
            "another unit",
        ),
        ("/shape/asks/0/key/0".into(), json!("arguments.nothing"), "fact/unit", "no field"),
        (
            "/shape/asks/0/name".into(),
            json!("other"),
            "method/dispatch/guard/unit_in_service",
            "no field unit",
        ),
        (
            "/shape/guards/1/name".into(),
            json!("other"),
            "entity/event/action/dispatch",
            "not declared",
        ),
        (
            "/shape/guards/2/rule".into(),
            json!("object.returns = 0"),
            "method/return/guard/returned_once",
            "at byte",
        ),
        (
            "/shape/guards/2/rule".into(),
            json!("object.returns"),
            "method/return/guard/returned_once",
            "expected true or false",
        ),
        (
            "/shape/guards/2/rule".into(),
            json!("fact.unit.suspended"),
            "method/return/guard/returned_once/fact/unit",
            "no field unit",
        ),
        (
            "/shape/guards/0/code".into(),
            json!("YL2001"),
            "guard/parent_is_open",
            "not among the errors",
        ),
        ("/shape/errors".into(), json!(["YL9999"]), "error/YL9999", "no code"),
        (event("prefix"), json!("event"), "", ""),
        (
            event("key/0/type"),
            json!({"text": {"max": 9}}),
            "entity/event/key/event_no",
            "no single value",
        ),
        (event("fields/0/name"), json!("state"), "entity/event/state", "twice"),
        (event("indexes/0/fields"), json!([]), "entity/event/index/by_state", "no field"),
        (
            event("indexes/0/fields"),
            json!(["measure"]),
            "entity/event/index/by_state",
            "no plain field",
        ),
        (
            event("corrections/fields"),
            json!(["state"]),
            "entity/event/corrections",
            "no declared field",
        ),
        (event("corrections/actors"), json!([]), "entity/event/corrections", "nobody"),
        (event("corrections/states"), json!(["gone"]), "entity/event/corrections", "not declared"),
        (event("supervised"), json!(false), "entity/event/deadline/dispatch", "carries no"),
        (event("states/0/end"), json!(true), "entity/event/state/found", "end that is left"),
        (event("states/10/end"), json!(false), "entity/event/state/archived", "never left"),
        (event("states/1/name"), json!("found"), "entity/event/state/found", "twice"),
        (
            event("deadlines/0/limit"),
            json!("limit.nothing"),
            "entity/event/deadline/dispatch",
            "no setting of time",
        ),
        (
            event("deadlines/0/on_expiry"),
            json!([]),
            "entity/event/deadline/dispatch",
            "no consequence",
        ),
        (
            event("deadlines/0/on_expiry"),
            json!([{"order": "region"}]),
            "entity/event/deadline/dispatch",
            "no organisation",
        ),
        (
            event("deadlines/0/on_expiry"),
            json!([{"action": "file"}]),
            "entity/event/deadline/dispatch",
            "does not wait",
        ),
        (
            event("deadlines/0/extension"),
            json!("limit.verify"),
            "entity/event/deadline/dispatch",
            "never extended",
        ),
        (
            event("deadlines/2/extension"),
            json!(null),
            "entity/event/deadline/handle",
            "no declared setting",
        ),
        (row("resume", "clocks"), json!([]), "entity/event/deadline/handle", "not resumed"),
        (row("file", "actors"), json!([]), "entity/event/action/file", "nobody"),
        (row("file", "from"), json!(["gone"]), "entity/event/action/file", "not declared"),
        (row("file", "to"), json!("gone"), "entity/event/action/file", "not declared"),
        (row("file", "to"), json!("accepted"), "entity/event/state/filed", "reached from nowhere"),
        (
            row("file", "actors/0/scope"),
            json!({"region": "class"}),
            "entity/event/action/file",
            "not of the kind",
        ),
        (
            row("file", "actors/0/scope"),
            json!({"own": "gone"}),
            "entity/event/action/file",
            "has not",
        ),
        (row("file", "emits"), json!(["gone"]), "entity/event/action/file", "not declared"),
        (
            row("file", "clocks"),
            json!([{"step": "stop", "clock": "gone"}]),
            "entity/event/action/file",
            "not declared",
        ),
        (
            row("file", "sets/0/field"),
            json!("state"),
            "entity/event/action/file",
            "no declared field",
        ),
        (
            row("file", "sets/0/value"),
            json!("object.class"),
            "method/file/sets/filed_at",
            "expected a time",
        ),
        (
            row("report", "when"),
            json!("arguments.source == 'moon'"),
            "method/report/when",
            "none of",
        ),
        (
            row("report", "when"),
            json!("object.source == 'grid'"),
            "method/report/when",
            "no variable object",
        ),
        (row("report", "when"), json!(null), "entity/event/action/report", "never tried"),
        (row("report", "to"), json!(null), "entity/event/action/report", "without a state"),
        ("/shape/methods/0/performs".into(), json!([]), "method/report", "nobody"),
        (
            "/shape/methods/0/performs/0/action".into(),
            json!("gone"),
            "method/report",
            "not declared",
        ),
        (
            "/shape/methods/0/performs/0/action".into(),
            json!("file"),
            "entity/event/action/report",
            "performed by no method",
        ),
        (
            "/shape/methods/0/guards".into(),
            json!(["reason_given"]),
            "method/report",
            "rules of its own",
        ),
        (
            "/shape/methods/0/arguments/1/name".into(),
            json!("event_no"),
            "method/report/event_no",
            "twice",
        ),
        ("/shape/queries/0/over".into(), json!("gone"), "query/event", "not declared"),
        ("/shape/queries/0/readers".into(), json!([]), "query/event", "nobody"),
        (
            "/shape/queries/0/readers".into(),
            json!([{"everyone": true, "role": "auditor"}]),
            "query/event",
            "open to everyone",
        ),
        ("/shape/queries/0/readers/1/omit".into(), json!(["gone"]), "query/event", "has not"),
        ("/shape/queries/0/given".into(), json!(1), "query/event", "without an index"),
        ("/shape/queries/1/by".into(), json!("gone"), "query/events_by_unit", "no index"),
        ("/shape/queries/1/given".into(), json!(4), "query/events_by_unit", "no index"),
        (
            "/shape/events/0/fields/1/type".into(),
            json!({"text": {"max": 9}}),
            "event/event_found/class",
            "free text",
        ),
        (
            "/shape/events/0/fields/1/kept".into(),
            json!("committed"),
            "event/event_found/class",
            "hidden",
        ),
        (
            "/shape/events/0/fields/1/type".into(),
            json!({"list": {"of": "bool", "max": 2}}),
            "event/event_found/class",
            "list",
        ),
        (
            "/shape/indicators/0/formula".into(),
            json!("nothing"),
            "indicator/filed/formula",
            "no variable",
        ),
        (
            "/shape/indicators/0/formula".into(),
            json!("filed > 1"),
            "indicator/filed/formula",
            "no number",
        ),
        (
            "/shape/indicators/0/measures/0/over".into(),
            json!("gone"),
            "indicator/filed/filed",
            "not declared",
        ),
        (
            "/shape/indicators/0/measures/0/condition".into(),
            json!("object.filed_at"),
            "indicator/filed/filed",
            "not true or false",
        ),
        (
            "/shape/indicators/0/measures/0/fold".into(),
            json!({"sum": "object.class"}),
            "indicator/filed/filed",
            "folds no number",
        ),
        ("/texts/contract/en".into(), json!(" "), "contract", "empty"),
        ("/texts/contract/zh".into(), json!("长".repeat(400)), "contract", "longer"),
    ];
    for (pointer, value, place, problem) in cases {
        let mut document = dispatch();
        *at(&mut document, &pointer) = value.clone();
        let found = faults(&document);
        if place.is_empty() {
            assert!(found.is_empty(), "{pointer} {value}: {found:?}");
            continue;
        }
        let named = found.iter().any(|fault| {
            fault.place.contains(place)
                && fault.problem.contains(problem)
                && !fault.remedy.is_empty()
        });
        let lines: Vec<String> = found.iter().map(Fault::line).collect();
        assert!(named, "{pointer} {value}\nexpected {place}: {problem}\nfound {lines:#?}");
    }
}

#[test]
fn definitions_that_grow_by_doubling_are_refused_at_once() {
    let mut document: Json = serde_json::from_str(&golden_text(RECORD)).unwrap();
    let field = |name: &str, of: &str| json!({"name": name, "type": {"named": of}});
    let mut types =
        vec![json!({"record": {"name": "t0", "fields": [{"name": "a", "type": "bool"}]}})];
    for level in 1..15 {
        let below = format!("t{}", level - 1);
        let fields = [field("a", &below), field("b", &below)];
        types.push(json!({"record": {"name": format!("t{level}"), "fields": fields}}));
    }
    at(&mut document, "/shape/types").as_array_mut().unwrap().extend(types);
    let found = faults(&document);
    assert!(found.iter().any(|fault| fault.problem.contains("more than 1024 values")), "{found:?}");
    assert!(found.iter().any(|fault| fault.problem.contains("more than 16 deep")), "{found:?}");
}

#[test]
fn a_contract_beyond_the_sizes_is_refused_before_it_is_looked_at() {
    let mut document = dispatch();
    let role = |index: usize| json!(format!("r{index}"));
    *at(&mut document, "/shape/roles") = (0..257).map(role).collect();
    assert_eq!(faults(&document)[0].place, "roles");
    assert_eq!(faults(&document).len(), 1);

    let mut document = dispatch();
    let performs = json!({"entity": "event", "action": "file"});
    *at(&mut document, "/shape/methods/6/performs") = (0..700).map(|_| performs.clone()).collect();
    assert!(faults(&document)[0].problem.contains("16384 rows"));

    let mut document = dispatch();
    *at(&mut document, "/shape/guards/2/rule") = json!("object.source == '城'");
    assert!(faults(&document)[0].problem.contains("ASCII"));
}

#[test]
fn what_is_declared_and_used_by_nothing_is_a_fault() {
    for (list, item) in [
        ("roles", json!("idle")),
        ("types", json!({"choice": {"name": "idle", "cases": [{"name": "a", "tag": 0}]}})),
        ("guards", json!({"name": "idle"})),
        ("events", json!({"name": "idle"})),
        ("settings", json!({"name": "idle", "unit": "count", "default": 1, "min": 0, "max": 1})),
        ("asks", json!({"name": "idle", "fact": "a.b", "version": 1, "key": [], "value": []})),
    ] {
        let mut document = dispatch();
        at(&mut document, &format!("/shape/{list}")).as_array_mut().unwrap().push(item);
        let found = faults(&document);
        assert!(
            found.iter().any(
                |fault| fault.place.ends_with("/idle") && fault.problem == "is used by nothing"
            ),
            "{list} {found:?}"
        );
    }
}

#[test]
fn every_text_is_needed_and_none_is_superfluous() {
    for path in [RECORD, MEMBERSHIP, DISPATCH] {
        let document: Json = serde_json::from_str(&golden_text(path)).unwrap();
        assert!(faults(&document).is_empty(), "{path}");
        for place in document["texts"].as_object().unwrap().keys() {
            let mut without = document.clone();
            without["texts"].as_object_mut().unwrap().remove(place);
            let found = faults(&without);
            assert_eq!(found.len(), 1, "{place}");
            assert_eq!(
                (found[0].place.as_str(), found[0].problem.as_str()),
                (place.as_str(), "has no text")
            );
        }
        let mut with = document.clone();
        with["texts"]["role/emperor"] = json!({"zh": "皇", "en": "emperor"});
        assert_eq!(faults(&with)[0].place, "texts/role/emperor");
    }
}

#[test]
fn a_text_that_is_not_of_the_form_is_refused_with_line_and_column() {
    let text = golden_text(RECORD);
    for (from, to, problem) in [
        ("\"version\": 1", "\"version\": 1, \"colour\": 1", "unknown field `colour`"),
        ("\"version\": 1", "\"version\": 1, \"version\": 1", "duplicate field"),
        ("\"digest\": \"digest\"", "", ""),
        ("\"kept\"", "\"kept\"", ""),
        ("\"YL3002\"", "\"3002\"", "YL and four digits"),
        ("[A-Za-z0-9._:/-]{1,128}", "[A-Za-z]+", "row of classes"),
        ("\"contract\": \"record\"", "\"contract\": \"Record\"", "a name is"),
        (
            "\"texts\": {",
            "\"texts\": {\"contract\": {\"zh\":\"a\",\"en\":\"b\"},",
            "contract occurs twice",
        ),
        ("\"time\"", "\"moment\"", "unknown variant `moment`"),
    ] {
        if problem.is_empty() {
            continue;
        }
        assert!(text.contains(from), "{from}");
        let error = Interface::from_json(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("line"), "{error}");
    }
    let large = format!("{text}{}", " ".repeat(1024 * 1024));
    assert!(Interface::from_json(&large).unwrap_err().to_string().contains("1 MiB"));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Interface::from_json(&deep).is_err());
    let types = format!("{}\"bool\"{}", "{\"option\":".repeat(100), "}".repeat(100));
    assert!(Interface::from_json(&text.replacen("\"time\"", &types, 1)).is_err());
}

#[test]
fn titles_do_not_change_the_hash_and_everything_else_does() {
    let suite = yinglian_crypto::Suite::National;
    let document = dispatch();
    let hash =
        |document: &Json| Interface::from_json(&document.to_string()).unwrap().shape_hash(suite);
    let before = hash(&document);
    let mut retitled = document.clone();
    retitled["texts"]["contract"]["zh"] = json!("另一个标题");
    assert_eq!(hash(&retitled), before);
    for (pointer, value) in [
        ("/shape/version", json!(2)),
        ("/shape/settings/0/default", json!(31)),
        ("/shape/guards/2/rule", json!("object.returns == 1")),
        ("/shape/methods/3/version", json!(2)),
        ("/shape/entities/0/fields/1/type", json!({"code": "[E]{1}[0-9]{5}"})),
    ] {
        let mut changed = document.clone();
        *at(&mut changed, pointer) = value;
        assert_ne!(hash(&changed), before, "{pointer}");
    }
    // Members in another order are the same shape.
    let text = golden_text(DISPATCH);
    assert_eq!(Interface::from_json(&text).unwrap().shape_hash(suite), before);
}
