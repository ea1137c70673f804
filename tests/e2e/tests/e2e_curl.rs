//! A client without our SDK: curl submits the bytes, reads the answers, and fetches a receipt that proves the record.

use yinglian_e2e::{Network, Wish, curl, record, yinglian};
use yinglian_protocol::calls::Arguments;

const BINARY: &str = "application/octet-stream";
const JSON: &str = "application/json";

#[tokio::test]
async fn curl_puts_a_record_on_the_chain_and_fetches_its_receipt() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let url = &network.nodes[1].url;
    let key = network.key("pds-001", "recorder")?;
    let client = network.nodes[1].client()?;
    let envelope = client.sign(&key, &Arguments::from(record("by curl"))).await?;
    let submit = format!("{url}/v1/envelopes?wait=committed&timeout_ms=60000");
    let answer = curl(&submit, "en", Some((BINARY, &envelope.encode())))?;
    let committed = answer.status == 200 && answer.json["state"] == "committed";
    anyhow::ensure!(committed && answer.code() == "YL0000", "{answer:?}");
    let id = answer.json["id"].as_str().unwrap_or_default().to_owned();

    let receipt = network.work().join("curl.receipt");
    let receipt = receipt.to_str().unwrap_or_default();
    let fetch = format!("{url}/v1/receipts/{id}?trust=embed");
    let fetched = std::process::Command::new("curl")
        .args(["--silent", "--fail", "--noproxy", "*", "--output", receipt, &fetch])
        .status()?;
    anyhow::ensure!(fetched.success(), "{fetch}: {fetched}");
    let root = network.root_file();
    yinglian(["verify", receipt, "--trust", root.to_str().unwrap_or_default()])?.well()?;
    Ok(())
}

#[tokio::test]
async fn problems_are_told_in_english_and_in_chinese() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let url = &network.nodes[0].url;
    let unknown = format!("{url}/v1/receipts/{}", "00".repeat(32));
    let post = |kind, text: &'static str| Some((kind, text.as_bytes()));
    let cases = [
        ("/v1/envelopes", post(BINARY, "good day"), "YL1001", 400),
        ("/v1/envelopes", post(JSON, "{\"contract\":"), "YL4007", 400),
        (unknown.strip_prefix(url.as_str()).unwrap_or_default(), None, "YL4008", 404),
        ("/v1/records?business_key=E2E", None, "YL4009", 401),
    ];
    for (path, body, code, status) in cases {
        let mut words = Vec::new();
        for language in ["en", "zh-CN,zh;q=0.9"] {
            let answer = curl(&format!("{url}{path}"), language, body)?;
            anyhow::ensure!(answer.status == status && answer.code() == code, "{path}: {answer:?}");
            let kind = &answer.content_type;
            anyhow::ensure!(kind.starts_with("application/problem+json"), "{path}: {kind}");
            for field in ["type", "title", "cause", "remedy"] {
                let text = answer.json[field].as_str().unwrap_or_default();
                anyhow::ensure!(!text.is_empty(), "{path}: no {field} in {answer:?}");
            }
            words.push(answer.json["title"].as_str().unwrap_or_default().to_owned());
        }
        anyhow::ensure!(words[0].is_ascii() && !words[1].is_ascii(), "{path}: {words:?}");
    }
    Ok(())
}
