//! Those who act for a department: a person whose delegation runs out, and administrators who sign together. By the commands
//! that a department would use.

use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yinglian_crypto::SigningKey;
use yinglian_e2e::{Network, Said, Wish, record, yinglian};
use yinglian_protocol::Code;
use yinglian_protocol::calls::format_time;

const DEPARTMENT: &str = "pds-008";
const ORGANIZATION: &str = "11410400XX0000086F";
const TIMEOUT: Duration = Duration::from_secs(60);
const MINUTE_MS: u64 = 60_000;

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

fn field<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value[name].as_str().with_context(|| format!("{name} in {value}"))
}

/// The department at its desk.
struct Desk<'a>(&'a Network);

impl Desk<'_> {
    /// `yinglian org` with a key of the department.
    fn org(&self, key: &Path, words: &[&str]) -> anyhow::Result<Said> {
        let mut arguments = vec!["--json", "org"];
        arguments.extend(words);
        arguments.extend(["--node", &self.0.nodes[0].url, "--key", text(key)]);
        yinglian(arguments)
    }

    fn administrator(&self) -> PathBuf {
        self.0.key_file(DEPARTMENT, "administrator")
    }

    /// A new key with its proof: file, and what `keys prove` said.
    fn new_key(&self, name: &str) -> anyhow::Result<(PathBuf, Value)> {
        let file = self.0.work().join(name);
        yinglian(["keys", "generate", "--plain", "--out", text(&file)])?.well()?;
        let root = std::fs::read_to_string(self.0.root_file())?;
        let (genesis, mut arguments) = (root.trim(), vec!["--json", "keys", "prove", text(&file)]);
        arguments.extend(["--organization", ORGANIZATION, "--genesis", genesis]);
        Ok((file.clone(), yinglian(arguments)?.well()?.json()?))
    }

    fn add_key(&self, by: &Path, proven: &Value, roles: &[&str]) -> anyhow::Result<Said> {
        let mut words = vec!["add-key", "--public-key", field(proven, "public_key")?];
        words.extend(["--proof", field(proven, "proof")?]);
        words.extend(roles.iter().flat_map(|role| ["--role", role]));
        self.org(by, &words)
    }

    /// With which code a record of this key ends; none when it expired on the way.
    async fn record_by(&self, file: &Path) -> anyhow::Result<Option<Code>> {
        let key = SigningKey::from_pem(&std::fs::read_to_string(file)?)?;
        let client = self.0.nodes[0].client()?;
        Ok(client.notarize(&key, record("by a delegate"), TIMEOUT).await?.code)
    }
}

#[tokio::test]
async fn a_person_acts_for_its_department_until_the_delegation_is_over() -> anyhow::Result<()> {
    let network = Network::up(Wish { test_clock: true, ..Wish::default() }).await?;
    let desk = Desk(&network);
    let (person, proven) = desk.new_key("person.pem")?;
    let added = desk.add_key(&desk.administrator(), &proven, &[])?.well()?.json()?;
    assert_eq!(desk.record_by(&person).await?, Some(Code::ROLE_MISSING));

    let number = network.work().join("number.txt");
    std::fs::write(&number, "岗-017\n")?;
    let made = yinglian(["--json", "org", "holder", text(&number)])?.well()?.json()?;
    let now_ms = added["time_ms"].as_u64().context("time_ms")?;
    let time = |minutes: u64| format_time(now_ms + minutes * MINUTE_MS).context("time");
    let (from, until) = (format_time(now_ms).context("time")?, time(10)?);
    let mut words = vec!["delegate", "--address", field(&proven, "address")?, "--kind", "person"];
    words.extend(["--holder", field(&made, "commitment")?, "--role", "recorder"]);
    words.extend(["--region", "410400", "--from", &from, "--until", &until]);
    desk.org(&desk.administrator(), &words)?.well()?;
    assert_eq!(desk.record_by(&person).await?, Some(Code::APPLIED));

    let dir = network.dir();
    let advance = (11 * MINUTE_MS).to_string();
    yinglian(["devnet", "clock", "--advance-ms", &advance, "--dir", text(&dir)])?.well()?;
    // The first block after the jump still reads the time of the one before.
    let mut code = None;
    for _ in 0..5 {
        code = desk.record_by(&person).await?;
        if code == Some(Code::ROLE_MISSING) {
            break;
        }
    }
    assert_eq!(code, Some(Code::ROLE_MISSING));
    Ok(())
}

#[tokio::test]
async fn what_two_administrators_sign_happens_with_the_second_signature() -> anyhow::Result<()> {
    let network = Network::up(Wish::default()).await?;
    let desk = Desk(&network);
    let first = desk.administrator();
    let (second, proven) = desk.new_key("second.pem")?;
    desk.add_key(&first, &proven, &["administrator"])?.well()?;
    let acts = ["key.register", "key.rotate", "delegate.grant", "delegate.change"];
    let words: Vec<&str> =
        ["two-person"].into_iter().chain(acts.into_iter().flat_map(|act| ["--act", act])).collect();
    let rule = desk.org(&first, &words)?.well()?.json()?;
    let alone = desk.org(&first, &["confirm", field(&rule, "id")?])?;
    assert_eq!(alone.exit, 1, "{alone:?}");
    assert_eq!(field(&alone.json()?, "code")?, Code::SAME_SIGNER.to_string());
    desk.org(&second, &["confirm", field(&rule, "id")?])?.well()?;

    let (recorder, proven) = desk.new_key("recorder.pem")?;
    let act = desk.add_key(&first, &proven, &["recorder"])?.well()?.json()?;
    let early = desk.record_by(&recorder).await;
    assert!(early.is_err(), "the key is not registered yet: {early:?}");
    desk.org(&second, &["confirm", field(&act, "id")?])?.well()?;
    assert_eq!(desk.record_by(&recorder).await?, Some(Code::APPLIED));
    Ok(())
}
