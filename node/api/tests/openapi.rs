//! The description of the interface: the committed file is the served one, and it names every route.

mod support;

use support::{json, served};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi/v1.json");

/// `UPDATE_VECTORS=1 cargo test -p yinglian-node-api --test openapi` writes the file anew.
#[test]
fn the_committed_description_is_that_of_the_routes() {
    let described = yinglian_node_api::openapi_json();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(FILE, &described).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(
        committed == described,
        "docs/openapi/v1.json is out of date; UPDATE_VECTORS=1 writes it"
    );
}

#[tokio::test]
async fn description_and_page_are_served_without_anything_from_elsewhere() {
    let served = served().await;
    let description = json(served.get("/v1/openapi.json").await).await;
    assert_eq!(description["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    let page = served.get("/").await.text().await.unwrap();
    for (path, item) in description["paths"].as_object().unwrap() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
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
        let path = path.replace("{id}", &"0".repeat(64)).replace("{height}", "1").replace("{contract}", "record");
        let path = path.replace("{position}", "0").replace("{code}", "YL4006");
        let query = match path.as_str() {
            "/v1/records" => "?business_key=A-1",
            "/v1/proofs/consistency" => "?old=1&new=1",
            "/v1/proofs/registry" => "?key=00",
            _ => "",
        };
        let status = served.get(&format!("{path}{query}")).await.status().as_u16();
        let is_signed = operation["security"].is_array();
        assert_eq!(status == 401, is_signed, "{path} answers {status} without a signature");
        if is_signed {
            signed.push(path);
        }
    }
    assert_eq!(signed.len(), 5, "{signed:?}");
}
