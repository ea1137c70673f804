//! Bad input to real nodes: each gets its code, nothing is lost by it, and the node goes on.

use anyhow::Context;
use std::time::Duration;
use yinglian_client::{Client, ClientError, EnvelopeState, EnvelopeStatus, Wait};
use yinglian_crypto::{Hash, Signature, Signer, SigningKey, Suite};
use yinglian_e2e::{Network, Wish, curl, eventually, record, yinglian};
use yinglian_protocol::calls::membership::{KeyRegister, KeyRevoke};
use yinglian_protocol::calls::{Arguments, possession_bytes};
use yinglian_protocol::{Code, CreditCode, Envelope, EnvelopeBody, GenesisHash, limits};

const BINARY: &str = "application/octet-stream";
const TIMEOUT: Duration = Duration::from_secs(60);

/// A node to submit to and what a sender needs to sign for its chain.
struct Sender {
    client: Client,
    url: String,
    genesis: GenesisHash,
    key: SigningKey,
}

impl Sender {
    async fn new(network: &Network, key: SigningKey) -> anyhow::Result<Self> {
        let client = network.nodes[0].client()?;
        let genesis = client.genesis().await?.hash();
        Ok(Self { client, url: network.nodes[0].url.clone(), genesis, key })
    }

    /// An envelope that is good until somebody changes it.
    async fn good(&self, title: &str) -> anyhow::Result<Envelope> {
        Ok(self.client.sign(&self.key, &Arguments::from(record(title))).await?)
    }

    /// The body of a good envelope, changed, and signed then.
    async fn signed(&self, change: impl FnOnce(&mut EnvelopeBody)) -> anyhow::Result<Envelope> {
        let mut envelope = self.good("changed before it was signed").await?;
        change(&mut envelope.body);
        let message = envelope.body.signing_bytes(&self.genesis);
        envelope.signature = self.key.sign(&message).await?;
        Ok(envelope)
    }

    async fn submit(&self, envelope: &Envelope) -> Result<EnvelopeStatus, ClientError> {
        self.client.submit(envelope, Wait::Committed(TIMEOUT)).await
    }

    /// Fails unless the node refuses the envelope with this code, at admission or by the contract.
    async fn refused(&self, what: &str, envelope: &Envelope, code: Code) -> anyhow::Result<()> {
        let found = match self.submit(envelope).await {
            Ok(status) => status.code,
            Err(error) => Some(error.code()),
        };
        anyhow::ensure!(found == Some(code), "{what}: {found:?} instead of {code}");
        Ok(())
    }

    /// Fails unless the node refuses these bytes with this code and status.
    fn refused_bytes(&self, what: &str, bytes: &[u8], code: Code) -> anyhow::Result<()> {
        let answer = curl(&format!("{}/v1/envelopes", self.url), "en", Some((BINARY, bytes)))?;
        let right = answer.code() == code.to_string() && answer.status == code.http_status();
        anyhow::ensure!(right, "{what}: {answer:?} instead of {code}");
        Ok(())
    }
}

fn committed(status: &EnvelopeStatus) -> anyhow::Result<()> {
    let applied = status.code.is_some_and(Code::is_applied);
    anyhow::ensure!(status.state == EnvelopeState::Committed && applied, "{status:?}");
    Ok(())
}

#[tokio::test]
async fn every_bad_envelope_gets_its_code_and_good_ones_go_on() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let sender = Sender::new(&network, network.key("pds-001", "recorder")?).await?;
    let first = sender.good("before all that is bad").await?;
    committed(&sender.submit(&first).await?)?;

    let mut other_chain = sender.good("for another chain").await?;
    let other = GenesisHash(Hash([7; 32]));
    other_chain.signature = sender.key.sign(&other_chain.body.signing_bytes(&other)).await?;
    sender.refused("signed for another chain", &other_chain, Code::SIGNATURE_INVALID).await?;
    let foreign = SigningKey::generate(Suite::International)?;
    let foreign = sender.signed(|body| body.sender = foreign.address()).await?;
    sender.refused("a sender of the other suite", &foreign, Code::WRONG_CHAIN).await?;

    let now_ms = sender.client.latest_header().await?.header.time_ms;
    let expired = sender.signed(|body| body.valid_until_ms = now_ms - 1).await?;
    sender.refused("expired", &expired, Code::EXPIRED).await?;
    let far_ms = now_ms + 2 * limits::ENVELOPE_VALID_MS_MAX;
    let far = sender.signed(|body| body.valid_until_ms = far_ms).await?;
    sender.refused("valid for too long", &far, Code::VALID_UNTIL_TOO_FAR).await?;

    let stranger = Sender::new(&network, SigningKey::generate(Suite::National)?).await?;
    sender.refused("unknown sender", &stranger.good("who?").await?, Code::SENDER_UNKNOWN).await?;
    let operator = Sender::new(&network, network.key("pds-001", "operator")?).await?;
    sender.refused("wrong role", &operator.good("may not").await?, Code::ROLE_MISSING).await?;
    let mut flipped = sender.good("a bit of the signature flipped").await?;
    flipped.signature.0[40] ^= 1;
    sender.refused("signature changed", &flipped, Code::SIGNATURE_INVALID).await?;

    let contract = sender.signed(|body| body.contract = "rumour".parse().unwrap()).await?;
    sender.refused("unknown contract", &contract, Code::CONTRACT_UNKNOWN).await?;
    let method = sender.signed(|body| body.method = "whisper".parse().unwrap()).await?;
    sender.refused("unknown method", &method, Code::METHOD_UNKNOWN).await?;
    let cut = sender.signed(|body| body.arguments.truncate(20)).await?;
    sender.refused("arguments cut off", &cut, Code::ARGUMENTS_MALFORMED).await?;
    let format = sender.signed(|body| body.format = 9).await?;
    sender.refused("unknown format", &format, Code::ENVELOPE_FORMAT_UNKNOWN).await?;

    let bytes = first.encode();
    sender.refused_bytes("cut off", &bytes[..bytes.len() - 1], Code::ENVELOPE_MALFORMED)?;
    let longer = [&bytes[..], &[0]].concat();
    sender.refused_bytes("bytes after the end", &longer, Code::ENVELOPE_MALFORMED)?;
    sender.refused_bytes("no envelope at all", b"good day", Code::ENVELOPE_MALFORMED)?;
    sender.refused_bytes("empty", b"", Code::ENVELOPE_MALFORMED)?;
    let large = vec![1; limits::ENVELOPE_BYTES_MAX + 1];
    sender.refused_bytes("an envelope too large", &large, Code::ENVELOPE_TOO_LARGE)?;
    let larger = vec![1; limits::REQUEST_BYTES_MAX + 1];
    sender.refused_bytes("a request too large", &larger, Code::REQUEST_TOO_LARGE)?;

    // The same record again is the same record.
    let again = sender.submit(&first).await?;
    committed(&again)?;
    let receipt = sender.client.receipt(first.body.id(Suite::National), false).await?.receipt;
    let (height, index) = (receipt.leaf.height, receipt.leaf.index);
    anyhow::ensure!((again.height, again.index) == (Some(height), Some(index)), "{again:?}");
    anyhow::ensure!(again.repeated == Some(true), "{again:?}");
    committed(&sender.submit(&sender.good("after all that was bad").await?).await?)?;
    network.check_no_fork().await?;
    Ok(())
}

#[tokio::test]
async fn a_revoked_key_is_refused_and_what_it_signed_before_stays() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let administrator = network.key("pds-008", "administrator")?;
    let key = SigningKey::generate(Suite::National)?;
    let (public_key, address) = (key.public_key().clone(), key.address());
    let organization = CreditCode::parse("11410400XX0000086F")?;
    let genesis = network.nodes[0].client()?.genesis().await?.hash();
    let proof = key.sign_now(&possession_bytes(&genesis, &organization, &public_key));
    let sender = Sender::new(&network, key).await?;
    let register = KeyRegister { public_key, roles: vec!["recorder".parse()?], proof };
    let unproven = KeyRegister { proof: Signature([1; 64]), ..register.clone() };
    let unproven = sender.client.call(&administrator, &Arguments::from(unproven), TIMEOUT).await?;
    anyhow::ensure!(unproven.code == Some(Code::KEY_PROOF_INVALID), "{unproven:?}");
    committed(&sender.client.call(&administrator, &Arguments::from(register), TIMEOUT).await?)?;
    let before = sender.good("before the key was revoked").await?;
    committed(&sender.submit(&before).await?)?;
    let revoke =
        KeyRevoke { address, effective_height: None, reason: "the device was lost".into() };
    committed(&sender.client.call(&administrator, &Arguments::from(revoke), TIMEOUT).await?)?;
    let after = sender.good("after the key was revoked").await?;
    sender.refused("revoked key", &after, Code::KEY_REVOKED).await?;
    let receipt = sender.client.receipt(before.body.id(Suite::National), false).await?;
    anyhow::ensure!(receipt.proven.is_some(), "not proven any more");
    Ok(())
}

/// 18 digits: region, date, serial. One in eleven looks like a citizen's number to the last digit.
fn business_number(index: u32) -> String {
    let (day, serial) = (1 + index / 1000, index % 1000);
    format!("410400202611{day:02}{:04}", 1000 + serial)
}

/// GB 11643: the last digit of a citizen's number checks the others.
fn looks_like_a_citizen(number: &str) -> bool {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits: Vec<usize> = number.bytes().map(|byte| usize::from(byte - b'0')).collect();
    let sum: usize = weights.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum();
    "10X98765432".as_bytes()[sum % 11] == number.as_bytes()[17]
}

#[tokio::test]
async fn business_numbers_pass_in_their_field_and_personal_data_does_not_in_a_text()
-> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let sender = Sender::new(&network, network.key("pds-026", "recorder")?).await?;
    let numbers: Vec<String> = (0..10_000).map(business_number).collect();
    // Six to a business key: it holds 128 characters.
    let mut envelopes = Vec::new();
    for numbers in numbers.chunks(6) {
        let mut record = record("business numbers");
        record.business_key = numbers.join("/");
        envelopes.push(sender.client.sign(&sender.key, &Arguments::from(record)).await?);
    }
    let answers = sender.client.submit_batch(&envelopes, Wait::Committed(TIMEOUT)).await?;
    for answer in answers {
        committed(&answer?)?;
    }

    let citizens: Vec<&String> = numbers.iter().filter(|n| looks_like_a_citizen(n)).collect();
    println!(
        "{} records of {} numbers; {} end like a citizen's",
        envelopes.len(),
        numbers.len(),
        citizens.len()
    );
    anyhow::ensure!(citizens.len() > 500, "{} citizens", citizens.len());
    let full_width: String = citizens[1]
        .chars()
        .filter_map(|digit| char::from_u32(digit as u32 - u32::from('0') + 0xff10))
        .collect();
    let texts = [
        format!("申请人 {}", citizens[0]),
        format!("申请人{full_width}"),
        "联系电话：138 0013 8000".to_owned(),
        "卡号 6222021234567890128".to_owned(),
    ];
    for text in texts {
        let envelope = sender.good(&text).await?;
        sender.refused(&text, &envelope, Code::PERSONAL_DATA).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_full_waiting_room_asks_for_patience_and_a_missing_quorum_is_named() -> anyhow::Result<()>
{
    let mut network = Network::make(Wish::default())?;
    network.nodes[0].configure("mempool", "envelopes_max", 4)?;
    network.start_all().await?;
    let sender = Sender::new(&network, network.key("pds-001", "recorder")?).await?;
    committed(&sender.submit(&sender.good("while all is well").await?).await?)?;
    let missing = [network.nodes[2].department.clone(), network.nodes[3].department.clone()];
    let mut addresses = Vec::new();
    for node in &network.nodes[2..] {
        let address = node.believing_client()?.node_status().await?.address;
        addresses.push(address.context("address")?.to_string());
    }
    network.nodes[2].kill()?;
    network.nodes[3].kill()?;

    let url = network.nodes[0].url.clone();
    let ready = eventually("no quorum", || async {
        let answer =
            curl(&format!("{url}/v1/ready"), "en", None).map_err(|error| error.to_string())?;
        if answer.status == 503 { Ok(answer) } else { Err(format!("{answer:?}")) }
    })
    .await?;
    anyhow::ensure!(ready.code() == Code::NO_QUORUM.to_string(), "{ready:?}");
    anyhow::ensure!(addresses.iter().all(|address| ready.body.contains(address)), "{ready:?}");
    for language in ["en", "zh"] {
        let why = curl(&format!("{url}/v1/node/why"), language, None)?;
        anyhow::ensure!(why.json["making_blocks"] == false, "{why:?}");
        let named = addresses.iter().all(|address| why.body.contains(address));
        anyhow::ensure!(named, "{missing:?} are not named: {why:?}");
    }

    // Four find room, of no organisation more than what it leaves to others.
    let mut waiting = Vec::new();
    let mut taken = async |department: &str| {
        let sender = Sender::new(&network, network.key(department, "recorder")?).await?;
        let envelope = sender.good("waits for a quorum").await?;
        let answer = sender.client.submit(&envelope, Wait::Accepted).await;
        if answer.is_ok() {
            waiting.push(envelope.body.id(Suite::National));
        }
        anyhow::Ok(answer.err())
    };
    for department in ["pds-001", "pds-001", "pds-008", "pds-024"] {
        let refused = taken(department).await?;
        anyhow::ensure!(refused.is_none(), "{department}: {refused:?}");
    }
    let full = taken("pds-026").await?.context("taken beyond the limit")?;
    let ClientError::Refused(full) = full else { anyhow::bail!("{full:?}") };
    anyhow::ensure!(full.code == Code::MEMPOOL_FULL && full.status == 429, "{full:?}");
    anyhow::ensure!(full.retry_after.is_some_and(|pause| !pause.is_zero()), "{full:?}");

    // What was taken is not lost, and there is room again.
    network.nodes[2].start()?;
    network.nodes[3].start()?;
    anyhow::ensure!(waiting.len() == 4, "{waiting:?}");
    for id in waiting {
        committed(&sender.client.wait_end(id, Duration::from_secs(120)).await?)?;
    }
    committed(&sender.submit(&sender.good("when all is well again").await?).await?)
}

#[tokio::test]
async fn a_validator_without_its_peers_says_that_it_is_not_ready() -> anyhow::Result<()> {
    let mut network = Network::up(Wish::default()).await?;
    let sender = Sender::new(&network, network.key("pds-001", "recorder")?).await?;
    let envelope = sender.good("too early").await?;
    network.stop_all()?;
    network.nodes[0].start()?;
    let url = network.nodes[0].url.clone();
    eventually("the process answers", || sender.client.health()).await?;
    let answer = curl(&format!("{url}/v1/envelopes"), "zh", Some((BINARY, &envelope.encode())))?;
    let not_ready = answer.code() == Code::NODE_NOT_READY.to_string() && answer.status == 503;
    anyhow::ensure!(not_ready && !answer.retry_after.is_empty(), "{answer:?}");
    let why = curl(&format!("{url}/v1/node/why"), "zh", None)?;
    anyhow::ensure!(why.body.contains("签名保护"), "{why:?}");
    // With its peers it takes the same envelope.
    network.start_all().await?;
    committed(&sender.submit(&envelope).await?)
}

#[tokio::test]
async fn a_receipt_that_proves_nothing_is_refused_with_the_reason() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let folder = network.work();
    let file = |name: &str| folder.join(name).to_str().unwrap_or_default().to_owned();
    let letter = file("letter.txt");
    std::fs::write(&letter, "the letter as it was put on record")?;
    let key = network.key_file("pds-001", "recorder");
    let key = key.to_str().context("path")?;
    yinglian(["notarize", &letter, "--node", &network.nodes[1].url, "--key", key])?.well()?;
    let receipt = file("letter.txt.receipt");
    let bytes = std::fs::read(&receipt)?;
    let root = network.root_file();
    let root = root.to_str().context("path")?;
    yinglian(["verify", &receipt, "--file", &letter, "--trust", root])?.well()?;

    let verify = |receipt: &str, more: &[&str]| {
        let arguments = [&["verify", "--json", receipt][..], more].concat();
        let said = yinglian(arguments)?;
        let text = format!("{}{}", said.stdout, said.stderr);
        anyhow::Ok((said.exit, text))
    };
    let changed = file("changed.receipt");
    for position in (0..bytes.len()).step_by(bytes.len() / 24) {
        let mut bytes = bytes.clone();
        bytes[position] ^= 0x10;
        std::fs::write(&changed, bytes)?;
        let (exit, said) = verify(&changed, &["--file", &letter, "--trust", root])?;
        anyhow::ensure!(exit == 1 && said.contains("YL50"), "byte {position}: {exit} {said}");
    }
    let altered = file("altered.txt");
    std::fs::write(&altered, "the letter as somebody would rather have it")?;
    let other_root = file("other-root");
    std::fs::write(&other_root, format!("{}\n", "ab".repeat(32)))?;
    let cases = [
        (Code::FILE_DIGEST_MISMATCH, vec!["--file", &altered, "--trust", root], 1),
        (Code::RECEIPT_WRONG_CHAIN, vec!["--trust", &other_root], 1),
        (Code::TRUST_ROOT_MISSING, vec![], 2),
    ];
    for (code, arguments, expected) in cases {
        let (exit, said) = verify(&receipt, &arguments)?;
        let right = exit == expected && said.contains(&code.to_string());
        anyhow::ensure!(right, "{arguments:?}: exit {exit}: {said} instead of {code}");
    }
    Ok(())
}
