//! What a person does with curl.

mod support;

use support::{chain::SUITE, served};

fn curl(arguments: &[&str]) -> (String, serde_json::Value) {
    let output = std::process::Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--write-out",
            "\n%{http_code} %{content_type}",
        ])
        .args(arguments)
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, head) = text.rsplit_once('\n').unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_submits_a_binary_file_and_reads_the_problem_of_a_bad_one() {
    let served = served().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envelope.bin");
    let envelope = served.envelope("A-1");
    std::fs::write(&file, envelope.encode()).unwrap();
    let url = format!("{}/v1/envelopes?wait=committed", served.base);
    let data = format!("@{}", file.display());
    let octets = "content-type: application/octet-stream";
    let (head, body) = curl(&["--data-binary", &data, "--header", octets, &url]);
    assert_eq!(head, "200 application/json");
    assert_eq!(body["id"], envelope.body.id(SUITE).to_string());
    assert_eq!(body["state"], "committed");

    let mut forged = envelope;
    forged.body.random = [3; 16];
    std::fs::write(&file, forged.encode()).unwrap();
    let zh = "accept-language: zh-CN";
    let (head, body) = curl(&["--data-binary", &data, "--header", octets, "--header", zh, &url]);
    assert_eq!(head, "403 application/problem+json; charset=utf-8");
    assert_eq!((body["code"].as_str(), body["status"].as_u64()), (Some("YL1009"), Some(403)));
    let text = yinglian_protocol::Code::SIGNATURE_INVALID.zh().unwrap();
    assert_eq!(body["title"], text.title);
    assert_eq!(body["remedy"], text.remedy);
    assert_eq!(body["type"], "/v1/codes/YL1009");

    std::fs::write(&file, vec![0; 3 << 20]).unwrap();
    let (head, body) = curl(&["--data-binary", &data, "--header", octets, &url]);
    assert_eq!((head.split(' ').next(), body["code"].as_str()), (Some("413"), Some("YL4006")));
}
