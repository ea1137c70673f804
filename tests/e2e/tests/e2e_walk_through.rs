//! The walk-through for clients without an SDK, run as the guide prints it: curl, openssl, and nothing of ours but the node.

use anyhow::Context;
use std::path::Path;
use std::process::Command;
use yinglian_e2e::{Network, Wish, yinglian};

const GUIDES: [&str; 2] = ["docs/guides/en/curl.md", "docs/guides/zh/curl.md"];

/// The commands of a guide, one after the other.
fn commands(guide: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(guide);
    let text = std::fs::read_to_string(&path).with_context(|| guide.to_owned())?;
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    Ok(blocks.collect::<Vec<_>>().join("\n"))
}

#[test]
fn both_guides_have_the_same_commands() -> anyhow::Result<()> {
    let [english, chinese] = GUIDES.map(commands);
    let (english, chinese) = (english?, chinese?);
    anyhow::ensure!(english.contains("openssl dgst -sm3 -sign") && english == chinese);
    Ok(())
}

#[tokio::test]
async fn the_commands_of_the_guide_put_a_file_on_record_and_read_it_back() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let folder = network.work();
    std::fs::write(folder.join("report.pdf"), "what was reported")?;
    let script = format!("set -euo pipefail\n{}", commands(GUIDES[0])?);
    let done = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder)
        .env("NODE", &network.nodes[2].url)
        .env("KEY", network.key_file("pds-008", "recorder"))
        .env("TRUST", network.root_file())
        .env("no_proxy", "*")
        .output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    anyhow::ensure!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    anyhow::ensure!(said.contains("\"state\":\"committed\"") && said.contains("YL0000"), "{said}");

    let records = std::fs::read(folder.join("records.json"))?;
    let records: serde_json::Value = serde_json::from_slice(&records)?;
    anyhow::ensure!(records[0]["organization"] == "11410400XX0000086F", "{records}");
    anyhow::ensure!(records[0]["arguments"]["title"] == "annual report", "{records}");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (receipt, file, root) = (path("report.receipt"), path("report.pdf"), network.root_file());
    let root = root.to_str().context("root")?;
    yinglian(["verify", &receipt, "--file", &file, "--trust", root])?.well()?;
    std::fs::write(&file, "what was not reported")?;
    let refused = yinglian(["verify", &receipt, "--file", &file, "--trust", root])?;
    anyhow::ensure!(refused.exit == 1, "{refused:?}");
    Ok(())
}
