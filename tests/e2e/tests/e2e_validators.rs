//! The set of validators changes while the network runs: one joins, one leaves, by decisions of the departments. Records made
//! before, between and after stay proven under the genesis; what would weaken the network is refused.

use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yinglian_client::{Client, EnvelopeState};
use yinglian_e2e::{Network, Node, Said, Wish, Writer, record, yinglian};
use yinglian_protocol::{Address, EnvelopeId, Height};

const DEPARTMENTS: [&str; 4] = ["pds-001", "pds-008", "pds-024", "pds-026"];
/// Blocks from a proposal to its activation: the ten that the rules ask for, and some for the others to approve in.
const MARGIN_BLOCKS: u64 = 30;

/// What the departments decide with: the network and the document that decisions rest on.
struct Council<'a> {
    network: &'a Network,
    document: PathBuf,
}

impl Council<'_> {
    fn decide(&self, department: &str, words: &[&str]) -> anyhow::Result<Said> {
        let key = self.network.key_file(department, "administrator");
        let mut arguments = vec!["--json", "decide"];
        arguments.extend(words);
        arguments.extend(["--node", &self.network.nodes[0].url]);
        arguments.extend(["--key", text(&key), "--document", text(&self.document)]);
        yinglian(arguments)
    }

    /// The first department proposes, the others approve.
    fn decide_together(&self, words: &[&str], approvals: &[&str]) -> anyhow::Result<()> {
        let proposed = self.decide(DEPARTMENTS[0], words)?.well()?.json()?;
        let decision = proposed["id"].as_str().context("id")?;
        for department in approvals {
            self.decide(department, &["approve", decision])?.well()?;
        }
        Ok(())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// Notarises a record and keeps its receipt with the chain of sets inside.
async fn notarized(network: &Network, name: &str) -> anyhow::Result<(EnvelopeId, PathBuf)> {
    let client = network.nodes[0].client()?;
    let key = network.key("pds-008", "recorder")?;
    let status = client.notarize(&key, record(name), Duration::from_secs(60)).await?;
    anyhow::ensure!(status.state == EnvelopeState::Committed, "{status:?}");
    let id = status.id.context("id")?;
    Ok((id, save_receipt(network, &client, id, name).await?))
}

async fn save_receipt(
    network: &Network,
    client: &Client,
    id: EnvelopeId,
    name: &str,
) -> anyhow::Result<PathBuf> {
    let path = network.work().join(format!("{name}.receipt"));
    std::fs::write(&path, client.receipt(id, true).await?.bytes)?;
    Ok(path)
}

/// Waits for a decided block from `since` on that carries this validator's signature.
async fn wait_vote(node: &mut Node, address: Address, since: Height) -> anyhow::Result<Height> {
    let client = node.client()?;
    let mut height = since;
    loop {
        let top = node.wait_height(height).await?;
        while height <= top {
            let quorum = client.header(height).await?.quorum;
            let (_, set) = client.validators(Some(height)).await?;
            let mut signers = quorum.signatures.iter().filter_map(|(index, _)| set.get(*index));
            if signers.any(|validator| validator.address() == address) {
                return Ok(height);
            }
            anyhow::ensure!(height.0 < since.0 + 200, "no vote of {address} in 200 blocks");
            height = height.next();
        }
    }
}

/// Turns the observer into a validator, as the guide for operators says, and returns what a proposal has to name.
fn furnish(network: &mut Network) -> anyhow::Result<[String; 4]> {
    let observer = &mut network.nodes[4];
    observer.stop()?;
    let key = observer.home.join("keys/validator.pem");
    yinglian(["keys", "generate", "--plain", "--out", text(&key)])?.well()?;
    observer.configure("", "role", "validator")?;
    observer.start()?;
    let home = observer.home.join("config.toml");
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(home)?)?;
    let listen = |section: &str| config[section]["listen"].as_str().map(str::to_owned);
    let validator = std::fs::read_to_string(network.nodes[0].home.join("config.toml"))?;
    let validator: toml::Table = toml::from_str(&validator)?;
    let peer_id = validator["gossip"]["observers"][0].as_str().context("peer id")?.to_owned();
    let addresses = (listen("consensus").context("address")?, listen("gossip").context("address")?);
    Ok([text(&key).to_owned(), peer_id, addresses.0, addresses.1])
}

#[tokio::test]
async fn a_validator_joins_and_one_leaves_and_all_receipts_stay_proven() -> anyhow::Result<()> {
    let mut network = Network::up(Wish { observers: 1, ..Wish::default() }).await?;
    let document = network.work().join("decision.txt");
    std::fs::write(&document, "minutes of the meeting that decided on validators")?;
    let (before, before_file) = notarized(&network, "before").await?;

    let [key, peer_id, engine, gossip] = furnish(&mut network)?;
    let council = Council { network: &network, document: document.clone() };
    let activation = network.nodes[0].height().await?.0 + MARGIN_BLOCKS;
    let newcomer: Vec<&str> = vec![
        "add-validator",
        "--organization",
        "11410400XX0000027C",
        "--public-key",
        &key,
        "--peer-id",
        &peer_id,
        "--address",
        &engine,
        "--address",
        &gossip,
    ];
    let height = activation.to_string();
    let words = [&newcomer[..], &["--activation-height", &height]].concat();
    // Three of four: the one that proposes and two more.
    council.decide_together(&words, &DEPARTMENTS[1..3])?;
    // Blocks come as long as records do; while the departments decide, they come only with their decisions.
    let writer = Writer::start(&network, &[0, 2])?;
    let address = network.nodes[4].believing_client()?.node_status().await?.address;
    let address = address.context("the newcomer has no address")?;
    let voted = wait_vote(&mut network.nodes[0], address, Height(activation)).await?;
    println!("newcomer active from {activation}, first vote in a quorum at {voted}");
    let (_, between_file) = notarized(&network, "between").await?;
    let mut acknowledged = writer.acknowledged();
    drop(writer);

    let leaver = network.nodes[1].believing_client()?.node_status().await?.address;
    let leaver = leaver.context("address")?.to_string();
    let council = Council { network: &network, document: document.clone() };
    let activation = network.nodes[0].height().await?.0 + MARGIN_BLOCKS;
    let height = activation.to_string();
    let words = ["remove-validator", "--validator", &leaver, "--activation-height", &height];
    // Of five organisations more than two thirds are four.
    council.decide_together(&words, &DEPARTMENTS[1..])?;
    let writer = Writer::start(&network, &[0, 2])?;
    // The vote for the last block of the old set may be late; none comes after it.
    network.nodes[1].wait_height(Height(activation + 1)).await?;
    let sign_state = network.nodes[1].data().join("consensus/sign-state");
    let last_signed = std::fs::read(&sign_state)?;
    network.nodes[1].wait_height(Height(activation + 8)).await?;
    anyhow::ensure!(std::fs::read(&sign_state)? == last_signed, "the one that left still signs");
    let (_, set) = network.nodes[0].client()?.validators(None).await?;
    anyhow::ensure!(set.len() == 4 && set.find(&leaver.parse()?).is_none(), "{set:?}");
    let (_, after_file) = notarized(&network, "after").await?;

    acknowledged.extend(writer.acknowledged());
    drop(writer);
    let council = Council { network: &network, document };
    let fewer = ["remove-validator", "--validator", &address.to_string()];
    let fewer = council.decide(DEPARTMENTS[0], &fewer)?;
    anyhow::ensure!(fewer.exit == 1 && fewer.json()?["code"] == "YL2006", "{fewer:?}");
    let other_key = network.work().join("other.pem");
    yinglian(["keys", "generate", "--plain", "--out", text(&other_key)])?.well()?;
    let mut heavy = newcomer.clone();
    heavy[4] = text(&other_key);
    heavy.extend(["--weight", "2"]);
    let heavy = council.decide(DEPARTMENTS[0], &heavy)?;
    anyhow::ensure!(heavy.exit == 1 && heavy.json()?["code"] == "YL2007", "{heavy:?}");

    let again = save_receipt(&network, &network.nodes[4].client()?, before, "before-again").await?;
    network.check_no_fork().await?;
    network.check_receipts(&acknowledged).await?;
    network.stop_all()?;
    let root = network.root_file();
    for receipt in [&before_file, &between_file, &after_file, &again] {
        yinglian(["verify", text(receipt), "--trust", text(&root)])?.well()?;
    }
    Ok(())
}
