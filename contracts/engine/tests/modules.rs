//! The modules of the repository on a chain: uploaded, admitted, called, and refused where their tables say so.

mod chain;

use chain::{CITY, COUNTY, Chain, digest, sender};
use serde_json::json;
use yinglian_contract_api::{Calendar, Machine};
use yinglian_interface::Interface;

#[test]
fn every_module_of_the_repository_is_admitted() {
    for file in ["calendar", "documents", "duty", "dispatch"] {
        let interface = Interface::from_module(&chain::module(file)).unwrap();
        assert!(interface.module_faults().is_empty(), "{file}: {:#?}", interface.module_faults());
        let machine = Machine::new(interface);
        assert!(machine.is_ok(), "{file}: {:#?}", machine.err());
        let mut chain = Chain::new();
        chain.with_module(file);
        let interface = chain.interface(file).unwrap();
        assert_eq!(interface.shape().contract.as_str(), file);
        assert_eq!(interface.to_document(), chain::document(file));
    }
}

#[test]
fn the_golden_interface_of_the_contract_is_what_its_declaration_says() {
    let declared = Interface::from_module(include_str!("../interface.toml"));
    let declared = declared.unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(declared.to_json(), include_str!("../interface.json"));
}

#[test]
fn duty_answered_in_time_missed_explained_and_judged() {
    let mut chain = Chain::new();
    chain.with_module("duty");
    let checker = sender(CITY, "410400", &["checker"]);
    let county = sender(COUNTY, "410402", &["duty_room"]);
    let call = |no: &str| json!({"check_no": no, "region": "410402", "organization": COUNTY, "channel": "video"});
    chain.call(&checker, "duty", "call", call("D1")).unwrap();
    chain.call(&county, "duty", "answer", json!({"check_no": "D1", "on_duty": 2})).unwrap();
    assert_eq!(chain.object("duty", "check/D1")["state"], "present");
    assert_eq!(chain.object("duty", "check/D1")["in_time"], true);

    chain.call(&checker, "duty", "call", call("D2")).unwrap();
    let no_show = json!({"check_no": "D2", "evidence": digest(1)});
    assert!(chain.call(&checker, "duty", "no_show", no_show.clone()).is_err());
    chain.advance_minutes(6);
    let nobody = chain.call(&county, "duty", "answer", json!({"check_no": "D2", "on_duty": 0}));
    assert_eq!(nobody.unwrap_err(), "somebody_on_duty");
    chain.call(&checker, "duty", "no_show", no_show).unwrap();
    assert!(chain.events.contains(&"no_show".to_owned()));
    let early = chain.call(&checker, "duty", "confirm", json!({"check_no": "D2"}));
    assert!(early.is_err(), "the county has a working day to explain");
    let explanation = json!({"check_no": "D2", "explanation": "line cut by roadworks"});
    chain.call(&county, "duty", "explain", explanation).unwrap();
    let mut lead = sender(CITY, "410400", &["lead"]);
    let judge = json!({"check_no": "D2", "upheld": true});
    assert!(chain.call(&lead, "duty", "judge", judge.clone()).is_err(), "a system judges nobody");
    lead.person = true;
    chain.call(&lead, "duty", "judge", judge).unwrap();
    assert_eq!(chain.object("duty", "check/D2")["state"], "excused");
    let own =
        json!({"check_no": "D3", "region": "410400", "organization": CITY, "channel": "phone"});
    assert_eq!(chain.call(&checker, "duty", "call", own).unwrap_err(), "another_organization");
}

#[test]
fn documents_are_replaced_by_their_successors_and_expire_when_their_period_is_over() {
    let mut chain = Chain::new();
    chain.with_module("documents");
    let issuer = sender(CITY, "410400", &["issuer"]);
    let other = sender(COUNTY, "410402", &["issuer"]);
    let first = json!({"document_no": "R-1", "edition": 1, "title": "Rule", "kind": "system", "file": digest(1),
        "from": "2026-11-01T00:00:00Z", "until": null});
    chain.call(&issuer, "documents", "issue", first).unwrap();
    let second = json!({"document_no": "R-1", "edition": 2, "title": "Rule", "kind": "system", "file": digest(2),
        "from": "2026-11-01T00:00:00Z", "until": "2026-11-24T01:00:00Z", "replaces": "R-1/1"});
    let foreign = chain.call(&other, "documents", "issue_replacing", second.clone());
    assert_eq!(foreign.unwrap_err(), "replaces_own");
    let replace = json!({"document_no": "R-1", "edition": 1, "replaced_by": "R-1/2"});
    assert!(chain.call(&issuer, "documents", "replace", replace.clone()).is_err());
    chain.call(&issuer, "documents", "issue_replacing", second).unwrap();
    chain.call(&issuer, "documents", "replace", replace).unwrap();
    assert_eq!(chain.object("documents", "document/R-1/1")["state"], "replaced");
    let expire = json!({"document_no": "R-1", "edition": 2});
    assert_eq!(
        chain.call(&other, "documents", "expire", expire.clone()).unwrap_err(),
        "period_is_over"
    );
    chain.advance_minutes(90);
    chain.call(&other, "documents", "expire", expire).unwrap();
    assert_eq!(chain.object("documents", "document/R-1/2")["state"], "expired");
}

#[test]
fn a_published_year_moves_the_working_days_of_other_contracts() {
    let mut chain = Chain::new();
    chain.with_module("calendar");
    let authority = sender(CITY, "410400", &["authority"]);
    // 2026-11-25, a Wednesday, is day 329 of the year.
    let year = |off: Vec<u16>, work: Vec<u16>| json!({"year": 2026, "off": off, "work": work, "document": digest(1)});
    assert_eq!(
        chain.call(&authority, "calendar", "publish", year(vec![329], vec![329])).unwrap_err(),
        "days_apart"
    );
    let county = sender(COUNTY, "410402", &["recorder"]);
    assert!(chain.call(&county, "calendar", "publish", year(vec![329], vec![])).is_err());
    let working = |chain: &Chain| {
        chain.with_ctx(|ctx| {
            Calendar::new(ctx)
                .is_working(yinglian_contract_api::Day::of(1_795_564_800_000))
                .unwrap()
        })
    };
    assert!(working(&chain));
    chain.call(&authority, "calendar", "publish", year(vec![329], vec![])).unwrap();
    assert!(!working(&chain));
    chain.call(&authority, "calendar", "revise", year(vec![], vec![])).unwrap();
    assert!(working(&chain));
    assert_eq!(chain.object("calendar", "year/2026")["revision"], 2);
}

#[test]
fn an_event_is_merged_into_one_that_is_open() {
    let mut chain = Chain::new();
    chain.with_module("dispatch");
    let centre = sender(CITY, "410400", &["centre", "source"]);
    let report = |no: &str| {
        json!({"event_no": no, "source": "grid", "class": "E0101", "level": "ordinary", "region": "410402",
            "grid": "G1", "found_at": "2026-11-24T00:00:00Z", "algorithm": null, "found_image": digest(1)})
    };
    for no in ["E1", "E2", "E3"] {
        chain.call(&centre, "dispatch", "report", report(no)).unwrap();
    }
    let merge = |parent: &str| json!({"event_no": "E2", "parent": parent});
    assert_eq!(
        chain.call(&centre, "dispatch", "merge", merge("E2")).unwrap_err(),
        "parent_is_open"
    );
    assert!(chain.call(&centre, "dispatch", "merge", merge("E9")).is_err(), "there is no E9");
    let reject = json!({"event_no": "E3", "reason": "not of the city"});
    chain.call(&centre, "dispatch", "reject", reject).unwrap();
    assert_eq!(
        chain.call(&centre, "dispatch", "merge", merge("E3")).unwrap_err(),
        "parent_is_open"
    );
    chain.call(&centre, "dispatch", "merge", merge("E1")).unwrap();
    assert_eq!(chain.object("dispatch", "event/E2")["state"], "merged");
}
