//! The description of the interface: it names every route and every query, and the pages need nothing from elsewhere.

mod support;

use support::{json, served};

#[tokio::test]
async fn description_and_page_are_served_without_anything_from_elsewhere() {
    let served = served().await;
    let description = json(served.get("/v1/openapi.json").await).await;
    assert_eq!(description["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    let page = served.get("/").await.text().await.unwrap();
    for (path, item) in description["paths"].as_object().unwrap() {
        let is_query = path.starts_with("/v1/cases/");
        assert!(is_query || page.contains(&format!("<code>{path}</code>")), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let texts = (operation["summary"].as_str(), operation["operationId"].as_str());
            assert!(texts.0.is_some_and(|text| !text.is_empty()), "{method} {path} has no summary");
        }
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("{{"));
}

#[tokio::test]
async fn every_route_that_is_not_open_says_so() {
    let served = served().await;
    let description = json(served.get("/v1/openapi.json").await).await;
    let mut signed = vec![];
    for (path, item) in description["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else { continue };
        let path = path
            .replace("{id}", &"0".repeat(64))
            .replace("{height}", "1")
            .replace("{contract}", "record");
        let path = path.replace("{position}", "0").replace("{code}", "YL4006");
        let query = match path.as_str() {
            "/v1/records" => "?business_key=A-1",
            "/v1/proofs/consistency" => "?old=1&new=1",
            "/v1/proofs/registry" => "?key=00",
            "/v1/cases/case" => "?no=A-1",
            "/v1/cases/of_owner" => "?owner=11410400XX0000019H",
            "/v1/cases/of_others" => "?region=410400",
            "/v1/cases/of_tag" => "?tags=late",
            "/v1/cases/notice" | "/v1/cases/notice@1" => "?day=1&sheet=1",
            "/v1/cases/notices" => "?day=1",
            _ => "",
        };
        let status = served.get(&format!("{path}{query}")).await.status().as_u16();
        let is_signed = operation["security"].is_array();
        assert_eq!(status == 401, is_signed, "{path} answers {status} without a signature");
        if is_signed {
            signed.push(path);
        }
    }
    assert_eq!(signed.len(), 5 + 6, "{signed:?}");
}

#[tokio::test]
async fn queries_are_described_as_they_are_declared() {
    let served = served().await;
    let description = json(served.get("/v1/openapi.json").await).await;
    let query = &description["paths"]["/v1/cases/of_others"]["get"];
    assert_eq!(query["operationId"], "cases.of_others.1");
    let names: Vec<&str> = query["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["region", "cursor", "limit"]);
    assert!(
        query["description"]
            .as_str()
            .unwrap()
            .contains("inspector whose organisation is not owner, without note, amount")
    );
    assert!(description["paths"]["/v1/cases/notice"]["get"]["security"].is_null());
    let schemas = &description["components"]["schemas"];
    let object = &schemas["cases.of_others.object.1"]["properties"]["object"];
    assert_eq!(object["required"], serde_json::json!(["owner", "region", "tags"]));
    assert_eq!(object["properties"]["amount"]["maximum"], u32::MAX);
    assert_eq!(
        schemas["cases.case.object.1"]["properties"]["object"]["properties"]["tags"]["maxItems"],
        4
    );
    assert!(schemas["record.notarize.arguments.1"]["properties"]["digest"].is_object());
    assert!(every_reference_leads_somewhere(&description, &description));
}

fn every_reference_leads_somewhere(all: &serde_json::Value, part: &serde_json::Value) -> bool {
    match part {
        serde_json::Value::Object(members) => {
            members.iter().all(|(name, value)| match value.as_str() {
                Some(text) if name == "$ref" => {
                    all.pointer(text.strip_prefix('#').unwrap()).is_some()
                }
                _ => every_reference_leads_somewhere(all, value),
            })
        }
        serde_json::Value::Array(items) => {
            items.iter().all(|item| every_reference_leads_somewhere(all, item))
        }
        _ => true,
    }
}

#[tokio::test]
async fn a_contract_that_is_admitted_is_described_from_then_on() {
    let served = served().await;
    let cases = served.node.state().declared.pop().unwrap();
    let before = json(served.get("/v1/openapi.json").await).await;
    assert!(before["paths"]["/v1/cases/case"].is_null());
    served.node.state().declared.push(cases);
    let after = json(served.get("/v1/openapi.json").await).await;
    assert!(after["paths"]["/v1/cases/case"].is_object());
}

#[tokio::test]
async fn the_page_to_try_it_on_comes_whole_from_the_node() {
    let served = served().await;
    let response = served.get("/v1/docs").await;
    assert!(
        response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'self'")
    );
    let page = response.text().await.unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"));
    let files: Vec<&str> = page.split('"').filter(|part| part.starts_with("/v1/docs/")).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        let response = served.get(file).await;
        assert_eq!(response.status(), 200, "{file}");
        assert!(!response.text().await.unwrap().contains("sourceMappingURL"), "{file}");
    }
    assert_eq!(served.get("/v1/docs/index.html").await.status(), 404);
}
