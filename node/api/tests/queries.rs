//! Declared queries: who reads what, and every read that is refused.

mod support;

use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use support::{Served, chain::ORGANIZATIONS, json, problem, served};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const INSIDE: &str = "410402";
const OUTSIDE: &str = "410500";

async fn with_cases() -> Served {
    let served = served().await;
    let mut state = served.node.state();
    for (no, owner, region, amount) in [
        ("A-1", 0, INSIDE, 5),
        ("A-2", 0, OUTSIDE, 7),
        ("B-1", 1, INSIDE, 9),
        ("B-2", 1, OUTSIDE, 11),
    ] {
        let case = json!({
            "owner": ORGANIZATIONS[owner], "region": region, "amount": amount, "note": "between us",
            "tags": if amount > 6 { json!(["late", "big"]) } else { json!([]) },
        });
        state.put("case", no, &case);
    }
    for (day, sheet) in [(1, 1), (1, 2), (2, 1)] {
        let notice = json!({"title": format!("{day}, {sheet}"), "open": "yes"});
        state.put("notice", &format!("{day}/{sheet}"), &notice);
    }
    state.put("secret", "", &json!({"owner": ORGANIZATIONS[1], "word": "mellon"}));
    drop(state);
    served
}

async fn keys(served: &Served, caller: &str, path: &str) -> Vec<String> {
    let response = served.signed(caller, path).await;
    assert_eq!(response.status(), 200, "{caller} {path}");
    let page = json(response).await;
    assert!(page["cursor"].is_null(), "{page}");
    let objects = page["objects"].as_array().unwrap().iter();
    objects.map(|object| object["key"].as_str().unwrap().to_owned()).collect()
}

async fn refused(served: &Served, caller: &str, path: &str) -> (u16, String) {
    problem(served.signed(caller, path).await).await
}

#[tokio::test]
async fn an_object_is_read_by_its_key_with_role_and_relation() {
    let served = with_cases().await;
    let answer = json(served.signed("clerk", "/v1/cases/case?no=A-1").await).await;
    let case = json!({
        "owner": ORGANIZATIONS[0], "region": INSIDE, "amount": 5, "note": "between us", "tags": [],
    });
    assert_eq!(answer, json!({"key": "A-1", "revision": 1, "written_at": null, "object": case}));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_yours_are_told_in_the_same_words() {
    let served = with_cases().await;
    let mut answers = vec![];
    for path in ["/v1/cases/case?no=B-1", "/v1/cases/case?no=Z-9"] {
        let response = served.signed("clerk", path).await;
        assert_eq!(response.status(), 404, "{path}");
        answers.push(json(response).await);
    }
    assert_eq!(answers[0], answers[1]);
    // The region is not the inspector's.
    let response = served.signed("inspector", "/v1/cases/case?no=A-2").await;
    assert_eq!(json(response).await, answers[0]);
}

#[tokio::test]
async fn a_query_that_is_not_open_takes_a_signature_and_a_role_of_this_contract() {
    let served = with_cases().await;
    for path in ["/v1/cases/case?no=A-1", "/v1/cases/case?no=Z-9", "/v1/cases/of_tag?tags=late"] {
        assert_eq!(problem(served.get(path).await).await, (401, "YL4009".into()), "{path}");
    }
    // The auditor is no reader of this query; `clerk` is no role of the chain, and that of another contract is another.
    for caller in ["auditor", "recorder", "operator", "clerk elsewhere"] {
        for no in ["A-1", "Z-9"] {
            let path = format!("/v1/cases/case?no={no}");
            assert_eq!(refused(&served, caller, &path).await, (403, "YL4010".into()), "{caller}");
        }
    }
    let secret = "/v1/cases/secret";
    for caller in ["auditor", "clerk"] {
        assert_eq!(refused(&served, caller, secret).await, (403, "YL4010".into()), "{caller}");
    }
    let revoked = refused(&served, "revoked", "/v1/cases/of_tag?tags=late").await;
    assert_eq!(revoked, (401, "YL4009".into()));
}

#[tokio::test]
async fn a_signature_over_another_query_is_none_and_a_bad_one_does_not_become_anonymous() {
    let served = with_cases().await;
    let signed = support::Signed::now(&served, "clerk", "/v1/cases/case?no=A-2");
    let response = served.signed_with(signed, "/v1/cases/case?no=A-1").await;
    assert_eq!(problem(response).await, (401, "YL4009".into()));
    let signed = support::Signed::now(&served, "clerk", "/v1/cases/notice?day=1&sheet=2");
    let response = served.signed_with(signed, "/v1/cases/notice?day=1&sheet=1").await;
    assert_eq!(problem(response).await, (401, "YL4009".into()));
}

#[tokio::test]
async fn fields_are_kept_back_unless_one_fitting_reader_sees_them() {
    let served = with_cases().await;
    let case = json(served.signed("inspector", "/v1/cases/case?no=A-1").await).await;
    assert!(case["object"].get("note").is_none() && case["object"]["amount"] == 5, "{case}");
    // As another's case the amount is kept back, as one of the region it is not.
    let page =
        json(served.signed("inspector", &format!("/v1/cases/of_others?region={INSIDE}")).await)
            .await;
    let seen: Vec<&Value> =
        page["objects"].as_array().unwrap().iter().map(|o| &o["object"]).collect();
    assert_eq!(seen.len(), 2, "{page}");
    assert!(seen.iter().all(|case| case.get("note").is_none() && case.get("amount").is_some()));
    let page =
        json(served.signed("inspector", &format!("/v1/cases/of_others?region={OUTSIDE}")).await)
            .await;
    let seen = page["objects"].as_array().unwrap();
    // Outside the region only the other's case is seen, without the amount.
    assert_eq!(seen.len(), 1, "{page}");
    assert!(seen[0]["key"] == "A-2" && seen[0]["object"].get("amount").is_none(), "{page}");
}

#[tokio::test]
async fn lists_hold_what_was_asked_for_and_is_the_callers_to_read() {
    let served = with_cases().await;
    let own = format!("/v1/cases/of_owner?owner={}", ORGANIZATIONS[0]);
    let others = format!("/v1/cases/of_owner?owner={}", ORGANIZATIONS[1]);
    assert_eq!(keys(&served, "clerk", &own).await, ["A-1", "A-2"]);
    assert!(keys(&served, "clerk", &others).await.is_empty());
    assert_eq!(keys(&served, "auditor", &others).await, ["B-1", "B-2"]);
    assert_eq!(keys(&served, "auditor", "/v1/cases/of_tag?tags=big").await, ["A-2", "B-1", "B-2"]);
    assert!(keys(&served, "auditor", "/v1/cases/of_tag?tags=small").await.is_empty());
    // Anybody registered sees his own organisation's.
    assert_eq!(keys(&served, "recorder", "/v1/cases/all").await, ["A-1", "A-2"]);
    assert_eq!(keys(&served, "auditor", "/v1/cases/all").await, ["A-1", "A-2", "B-1", "B-2"]);
}

#[tokio::test]
async fn what_is_open_to_everyone_needs_no_signature_and_each_version_has_its_fields() {
    let served = with_cases().await;
    let newest = json(served.get("/v1/cases/notice?day=1&sheet=2").await).await;
    assert_eq!(newest["object"], json!({"title": "1, 2"}));
    let first = json(served.get("/v1/cases/notice@1?day=1&sheet=2").await).await;
    assert_eq!(first["object"], json!({"title": "1, 2", "open": "yes"}));
    let page = json(served.get("/v1/cases/notices?day=1").await).await;
    assert_eq!(page["objects"].as_array().unwrap().len(), 2, "{page}");
    assert_eq!(
        json(served.signed("clerk", "/v1/cases/notices?day=2").await).await["objects"][0]["key"],
        "2/1"
    );
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_is_good_for_its_caller_and_question_alone() {
    let served = with_cases().await;
    {
        let mut state = served.node.state();
        for number in 0..1_000 {
            let owner = ORGANIZATIONS[usize::from(number % 100 != 0)];
            let case =
                json!({"owner": owner, "region": INSIDE, "amount": number, "note": "", "tags": []});
            state.put("case", &format!("N-{number:04}"), &case);
        }
    }
    let (mut found, mut cursor, mut pages) = (vec![], String::new(), 0);
    loop {
        let page =
            json(served.signed("recorder", &format!("/v1/cases/all?limit=3{cursor}")).await).await;
        let objects = page["objects"].as_array().unwrap().iter();
        found.extend(objects.map(|object| object["key"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(text) = page["cursor"].as_str() else { break };
        assert!(!text.contains(&hex::encode("N-")), "a cursor shows no key");
        cursor = format!("&cursor={text}");
    }
    let mut own: Vec<String> = (0..1_000).step_by(100).map(|n| format!("N-{n:04}")).collect();
    own.splice(0..0, ["A-1".to_owned(), "A-2".to_owned()]);
    assert_eq!((found, pages), (own, 5));
    for (caller, path) in
        [("auditor", "/v1/cases/all?limit=3"), ("recorder", "/v1/cases/of_tag?limit=3")]
    {
        let status = served.signed(caller, &format!("{path}{cursor}")).await.status();
        assert!(status == 400 || status == 403, "{caller} {path}: {status}");
    }
    assert_eq!(
        refused(&served, "recorder", "/v1/cases/all?cursor=00").await,
        (400, "YL4007".into())
    );
    let page = json(served.signed("auditor", "/v1/cases/all?limit=500").await).await;
    assert_eq!(page["objects"].as_array().unwrap().len(), 500);
}

#[tokio::test]
async fn a_page_that_scans_too_much_ends_early_and_says_where_to_go_on() {
    let served = with_cases().await;
    {
        let mut state = served.node.state();
        let case = json!({"owner": ORGANIZATIONS[1], "region": INSIDE, "amount": 1, "note": "", "tags": []});
        (0..6_000).for_each(|number| state.put("case", &format!("N-{number:04}"), &case));
    }
    let page = json(served.signed("recorder", "/v1/cases/all").await).await;
    assert_eq!(page["objects"].as_array().unwrap().len(), 2);
    let cursor = page["cursor"].as_str().unwrap();
    let page =
        json(served.signed("recorder", &format!("/v1/cases/all?cursor={cursor}")).await).await;
    assert_eq!(page, json!({"objects": [], "cursor": null}));
}

#[tokio::test]
async fn questions_that_nobody_declared_are_refused() {
    let served = with_cases().await;
    for path in [
        "/v1/cases/case",
        "/v1/cases/case?no=",
        "/v1/cases/case?no=a_1",
        "/v1/cases/case?no=A-1&no=A-2",
        "/v1/cases/case?no=A-1&more=1",
        "/v1/cases/case?no=A-1&limit=1",
        "/v1/cases/case?no=%FF",
    ] {
        assert_eq!(refused(&served, "clerk", path).await, (400, "YL4007".into()), "{path}");
    }
    for path in [
        "/v1/cases/all?limit=0",
        "/v1/cases/all?limit=501",
        "/v1/cases/all?limit=01",
        "/v1/cases/of_tag",
        "/v1/cases/of_tag?tags=BIG",
        "/v1/cases/notices?day=01",
        "/v1/cases/notices?day=4294967296",
        "/v1/cases/notice?day=1",
        "/v1/cases/notice?day=1&sheet=%222%22",
    ] {
        assert_eq!(refused(&served, "auditor", path).await, (400, "YL4007".into()), "{path}");
    }
    for path in [
        "/v1/cases/nothing",
        "/v1/cases/notice@3?day=1&sheet=1",
        "/v1/cases/notice@01?day=1&sheet=1",
        "/v1/nobody/case",
        "/v1/CASES/case",
    ] {
        assert_eq!(problem(served.get(path).await).await, (404, "YL4008".into()), "{path}");
    }
}

#[tokio::test]
async fn an_object_of_another_layout_is_not_shown() {
    let served = with_cases().await;
    {
        let mut state = served.node.state();
        let value = state.objects.get_mut(&b"cases.case/A-1"[..]).unwrap();
        value.schema = 9;
    }
    assert_eq!(refused(&served, "clerk", "/v1/cases/case?no=A-1").await.0, 404);
    assert_eq!(keys(&served, "recorder", "/v1/cases/all").await, ["A-2"]);
}

#[tokio::test]
async fn reads_of_what_is_sensitive_are_recorded_and_others_are_not() {
    let log = Log::default();
    // The server runs on the thread of this test.
    let _guard = tracing::subscriber::set_default(log.clone());
    let served = with_cases().await;
    let answer = json(served.signed("inspector", "/v1/cases/secret").await).await;
    assert_eq!(answer["object"]["word"], "mellon");
    served.signed("clerk", "/v1/cases/case?no=A-1").await;
    let lines = log.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["contract=cases", "query=secret", ORGANIZATIONS[1]] {
        assert!(lines[0].contains(part), "{lines:?}");
    }
    assert!(!lines[0].contains("mellon"), "{lines:?}");
}

/// What goes to the log of reads.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "yinglian::reads"
    }

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0.push_str(&format!("{}={value:?} ", field.name()));
            }
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
