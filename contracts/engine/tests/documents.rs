//! What a document must hold before a decision can admit it, and what becomes of a module when it is replaced or retired.

mod chain;

use chain::{Chain, administrator, document, module, sender};
use serde_json::{Value as Json, json};
use yinglian_interface::{Interface, MODULE_PART_BYTES, document_hash};
use yinglian_protocol::{Code, Hash, Height, Suite, calls::ModuleEntry};

fn changed(file: &str, edits: &[(&str, &str)]) -> String {
    let mut text = module(file);
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let interface = Interface::from_module(&text);
    interface.unwrap_or_else(|faults| panic!("{faults:#?}")).to_document()
}

#[test]
fn a_document_is_complete_with_its_last_part_in_any_order() {
    // Texts make it long: more than one part.
    let long = "x".repeat(900);
    let mut json: Json = serde_json::from_str(&document("dispatch")).unwrap();
    for text in json["texts"].as_object_mut().unwrap().values_mut() {
        text["en"] = json!(long);
    }
    let text = Interface::from_json(&json.to_string()).unwrap().to_document();
    assert!(text.len() > 4 * MODULE_PART_BYTES && text.len() <= 256 * 1024, "{}", text.len());
    let hash = document_hash(Suite::National, text.as_bytes());
    let mut chain = Chain::new();
    let parts: Vec<&[u8]> = text.as_bytes().chunks(MODULE_PART_BYTES).collect();
    for (number, part) in parts.iter().enumerate().rev() {
        assert!(chain.admit(hash).is_err(), "not whole before part {number}");
        chain.upload_part(&hash, number, parts.len(), part).unwrap();
    }
    assert_eq!(chain.admit(hash).unwrap(), "dispatch");
    assert!(chain.interface("dispatch").is_some());
    // A whole document does not change.
    let other = vec![b' '; MODULE_PART_BYTES];
    assert_eq!(chain.upload_part(&hash, 0, parts.len(), &other).unwrap_err(), "part_fits");
}

#[test]
fn each_guard_refuses_what_it_is_for() {
    let mut chain = Chain::new();
    let upload = |chain: &mut Chain, text: &str| chain.upload(text.as_bytes()).unwrap_err();
    let calendar = document("calendar");
    // Of one part, the first is the last.
    let hash = document_hash(Suite::National, calendar.as_bytes());
    let part = calendar.as_bytes();
    assert_eq!(chain.upload_part(&hash, 1, 1, part).unwrap_err(), "part_fits");
    assert_eq!(chain.upload_part(&hash, 0, 2, part).unwrap_err(), "part_fits");
    assert_eq!(chain.upload_part(&Hash([7; 32]), 0, 1, part).unwrap_err(), "digest_fits");
    assert_eq!(upload(&mut chain, "{}"), "document_is_valid");
    assert_eq!(upload(&mut chain, &format!("{calendar} ")), "document_is_valid");
    let coded = changed("calendar", &[("revision = 1,", "revision = \"code\",")]);
    assert_eq!(upload(&mut chain, &coded), "document_is_valid");
    let named = changed("calendar", &[("contract = \"calendar\"", "contract = \"membership\"")]);
    assert_eq!(upload(&mut chain, &named), "name_is_free");
    let dotted = changed("calendar", &[("contract = \"calendar\"", "contract = \"a.b\"")]);
    assert_eq!(upload(&mut chain, &dotted), "name_is_free");
    let foreign = changed(
        "calendar",
        &[("[entities.year]\n", "[entities.year]\nprefix = \"organization\"\n")],
    );
    assert_eq!(upload(&mut chain, &foreign), "name_is_free");
    let nobody = sender(chain::CITY, "410400", &["recorder"]);
    let arguments = json!({"part": 0, "parts": 1, "digest": hash.to_string(), "bytes": "00"});
    let refused = chain.call(&nobody, "modules", "upload", arguments).unwrap_err();
    assert_eq!(refused, Code::ACTOR_MISMATCH.to_string());
    assert!(chain.values.keys().all(|key| !key.starts_with(b"modules.document")));
}

#[test]
fn a_newer_version_keeps_what_was_published() {
    let mut chain = Chain::new();
    chain.with_module("calendar");
    let again = chain.upload(document("calendar").as_bytes());
    assert_eq!(again.unwrap_err(), "version_is_higher");
    let second = ("version = 1", "version = 2");
    let broken: [&[(&str, &str)]; 4] = [
        &[second, ("revision = { type = \"u16\"", "revision = { type = \"u32\"")],
        &[second, ("\"list(u16(1..366), 40, unique)\"", "\"list(u16(1..366), 41, unique)\"")],
        &[second, ("action = \"revise\"", "action = \"correct\"")],
        &[second, ("tells = [\"off\", \"work\"]", "tells = [\"off\"]")],
    ];
    for edits in broken {
        let text = changed("calendar", edits);
        assert_eq!(chain.upload(text.as_bytes()).unwrap_err(), "layouts_stay", "{edits:?}");
    }
    let stricter =
        changed("calendar", &[second, ("by = [\"authority\"]", "by = [\"authority person\"]")]);
    let hash = chain.upload(stricter.as_bytes()).unwrap();
    let authority = sender(chain::CITY, "410400", &["authority"]);
    let year = json!({"year": 2026, "off": [1], "work": [], "document": chain::digest(1)});
    chain.call(&authority, "calendar", "publish", year.clone()).unwrap();
    chain.admit(hash).unwrap();
    assert!(chain.call(&authority, "calendar", "revise", year).is_err(), "the new rule holds");
}

#[test]
fn a_document_held_against_an_older_version_waits_for_another_upload() {
    let mut chain = Chain::new();
    chain.with_module("calendar");
    let title = |version: &str| changed("calendar", &[("version = 1", version)]);
    let second = chain.upload(title("version = 2").as_bytes()).unwrap();
    let third = chain.upload(title("version = 3").as_bytes()).unwrap();
    chain.admit(second).unwrap();
    assert!(chain.admit(third).is_err());
    chain.upload(title("version = 3").as_bytes()).unwrap();
    chain.admit(third).unwrap();
}

#[test]
fn a_retired_module_is_called_by_nobody() {
    let mut chain = Chain::new();
    let hash = chain.upload(document("calendar").as_bytes()).unwrap();
    chain.admit(hash).unwrap();
    assert!(chain.interface("calendar").is_some());
    let name = yinglian_protocol::Name::parse("calendar").unwrap();
    let entry = ModuleEntry {
        contract: name,
        version: 1,
        digest: hash,
        shape_hash: hash,
        admitted_at: Height(1),
        retired_at: Some(Height(2)),
    };
    chain.put_entry(&entry);
    assert!(chain.interface("calendar").is_none());
    let year = json!({"year": 2026, "off": [1], "work": [], "document": chain::digest(1)});
    assert_eq!(
        chain.call(&administrator(), "calendar", "publish", year).unwrap_err(),
        "no contract"
    );
}

/// Damaged documents and hostile bytes: refused by a guard, or admitted as what they say; never a panic, never a broken state.
#[test]
fn hostile_documents_end_in_a_guard() {
    let text = document("duty").into_bytes();
    let mut random = 0x9E37_79B9_u64;
    let mut next = move || {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize
    };
    let mut refused = 0;
    for _ in 0..200 {
        let mut chain = Chain::new();
        let mut damaged = text.clone();
        for _ in 0..=next() % 3 {
            let at = next() % damaged.len();
            match next() % 3 {
                0 => damaged[at] = next() as u8,
                1 => drop(damaged.remove(at)),
                _ => damaged.insert(at, b"{}[],:\"0"[next() % 8]),
            }
        }
        match chain.upload(&damaged) {
            Ok(hash) => drop(chain.admit(hash).unwrap()),
            Err(guard) => {
                assert!(["document_is_valid", "name_is_free"].contains(&guard.as_str()), "{guard}");
                refused += 1;
            }
        }
    }
    assert!(refused > 150, "{refused}");
}

/// Rules that many methods would read are refused before they are compiled.
#[test]
fn a_document_that_costs_too_much_is_refused_before_the_work() {
    let rule = format!("size(arguments.reason) > 0{}", " && size(arguments.reason) > 0".repeat(30));
    let guards: Vec<Json> =
        (0..200).map(|n| json!({"name": format!("g{n}"), "rule": rule})).collect();
    let names: Vec<String> = (0..200).map(|n| format!("g{n}")).collect();
    let rows: Vec<Json> = (0..60)
        .map(|n| json!({"action": format!("a{n}"), "to": "s", "actors": [{}], "guards": names}))
        .collect();
    let methods: Vec<Json> = (0..60)
        .map(|n| json!({"name": format!("a{n}"), "version": 1,
            "arguments": [{"name": "no", "type": {"u32": {}}}, {"name": "reason", "type": {"text": {"max": 9}}}],
            "performs": [{"entity": "e", "action": format!("a{n}")}]}))
        .collect();
    let shape = json!({"format": 1, "contract": "heavy", "version": 1, "guards": guards,
        "entities": [{"name": "e", "prefix": "heavy.e", "schema": 1, "key": [{"name": "no", "type": {"u32": {}}}],
            "fields": [], "states": [{"name": "s", "end": true}], "transitions": rows}],
        "methods": methods});
    let text = json!({"shape": shape, "texts": {}}).to_string();
    let refused = Interface::from_document(&text.as_bytes()[..text.len().min(256 * 1024)]);
    assert!(
        text.len() > 256 * 1024 || refused.unwrap_err().to_string().contains("too many methods")
    );
}
