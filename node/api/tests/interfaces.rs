//! What contracts declare, as anybody reads it.

mod support;

use serde_json::json;
use support::{chain::SUITE, json, problem, served};
use yinglian_interface::Interface;

#[tokio::test]
async fn interfaces_are_open_and_read_back_with_the_hash_that_they_name() {
    let served = served().await;
    let list = json(served.get("/v1/interfaces").await).await;
    let held = served.node.state().declared[0].interface.clone();
    let hash = held.shape_hash(SUITE).to_string();
    let summary = json!({
        "contract": "record", "version": held.shape().version, "shape_hash": hash, "origin": "coded",
    });
    assert_eq!(list[0], summary);
    let answer = json(served.get("/v1/interfaces/record").await).await;
    assert_eq!(answer["shape_hash"], hash);
    let read = Interface::from_json(&answer["interface"].to_string()).unwrap();
    assert_eq!(read, *held);
}

#[tokio::test]
async fn unknown_contracts_and_names_that_are_none_are_refused() {
    let served = served().await;
    assert_eq!(problem(served.get("/v1/interfaces/nobody").await).await, (404, "YL4008".into()));
    assert_eq!(problem(served.get("/v1/interfaces/No%20One").await).await, (400, "YL4007".into()));
}
