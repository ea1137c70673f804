//! A network with the declarations of its contracts, and what a scenario does with it.

use anyhow::Context;
use serde_json::Value as Json;
use std::{collections::BTreeMap, time::Duration};
use yinglian_client::{Client, EnvelopeState, Wait};
use yinglian_crypto::{Signer, SigningKey};
use yinglian_e2e::{Network, Wish, curl, yinglian};
use yinglian_interface::Interface;
use yinglian_protocol::{Code, Envelope, EnvelopeBody, Name};

const PATIENCE: Duration = Duration::from_secs(60);
/// How long an envelope of a scenario is valid after the newest block, milliseconds.
const VALID_MS: u64 = 600_000;

/// A running network with a test clock.
pub struct City {
    network: Network,
    client: Client,
    interfaces: BTreeMap<String, Interface>,
}

impl City {
    /// Four validators that take part.
    pub async fn up() -> anyhow::Result<Self> {
        let network = Network::up(Wish { observers: 0, test_clock: true }).await?;
        let client = network.nodes.first().context("a node")?.client()?;
        let city = Self { network, client, interfaces: BTreeMap::new() };
        city.first_block().await?;
        Ok(city)
    }

    /// The chain's time is that of a block, so there has to be one.
    async fn first_block(&self) -> anyhow::Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        while self.client.latest_header().await.is_err() {
            anyhow::ensure!(tokio::time::Instant::now() < end, "no block was made");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// A key file of the network, written `pds-008/provider`.
    pub fn key(&self, place: &str) -> anyhow::Result<SigningKey> {
        let (department, name) = place.split_once('/').context("department/key")?;
        self.network.key(department, name).with_context(|| place.to_owned())
    }

    /// What a contract declares, as the node tells it.
    pub fn interface(&mut self, contract: &str) -> anyhow::Result<&Interface> {
        if !self.interfaces.contains_key(contract) {
            let node = self.network.nodes.first().context("a node")?;
            let answer = curl(&format!("{}/v1/interfaces/{contract}", node.url), "en", None)?;
            anyhow::ensure!(answer.status == 200, "interface of {contract}: {}", answer.body);
            let interface = Interface::from_json(&answer.json["interface"].to_string())?;
            self.interfaces.insert(contract.to_owned(), interface);
        }
        self.interfaces.get(contract).context("interface")
    }

    /// Time of the newest block.
    pub async fn now_ms(&self) -> anyhow::Result<u64> {
        Ok(self.client.latest_header().await?.header.time_ms)
    }

    /// Moves the clock of every node, and waits for a block that shows it.
    pub async fn advance(&self, by_ms: u64) -> anyhow::Result<()> {
        let before = self.now_ms().await?;
        let (dir, by) = (self.network.dir(), by_ms.to_string());
        let dir = dir.to_str().context("folder")?;
        yinglian(["devnet", "clock", "--advance-ms", &by, "--dir", dir])?.well()?;
        let end = tokio::time::Instant::now() + PATIENCE;
        // Two blocks later, so that rules, which read the last header's time, see it too.
        let mut seen = 0;
        let mut height = self.client.latest_header().await?.header.height;
        while seen < 2 {
            anyhow::ensure!(tokio::time::Instant::now() < end, "the clock did not move");
            tokio::time::sleep(Duration::from_millis(100)).await;
            let header = self.client.latest_header().await?.header;
            if header.height > height && header.time_ms >= before + by_ms {
                seen += 1;
            }
            height = header.height;
        }
        Ok(())
    }

    /// Calls a method; `applied`, or the code of the refusal and its guard.
    pub async fn call(
        &mut self,
        key: &SigningKey,
        call: &str,
        arguments: &Json,
    ) -> anyhow::Result<String> {
        let (contract, method) = call.split_once('.').context("contract.method")?;
        let arguments = self.interface(contract)?.encode_arguments(method, 1, arguments);
        let arguments = match arguments {
            Ok(arguments) => arguments,
            Err(refusal) => return Ok(format!("{} {}", refusal.code, refusal.path)),
        };
        let genesis = self.client.genesis().await?;
        let body = EnvelopeBody {
            format: 1,
            contract: Name::parse(contract)?,
            method: Name::parse(method)?,
            method_version: 1,
            arguments,
            sender: key.address(),
            valid_until_ms: self.now_ms().await? + VALID_MS,
            random: yinglian_crypto::random()?,
        };
        let signature = key.sign(&body.signing_bytes(&genesis.hash())).await?;
        let envelope = Envelope { body, signature };
        let id = envelope.body.id(genesis.suite);
        let status = match self.client.submit(&envelope, Wait::Committed(PATIENCE)).await {
            Ok(status) => status,
            Err(error) => return Ok(error.code().to_string()),
        };
        anyhow::ensure!(status.state == EnvelopeState::Committed, "{call}: {status:?}");
        let receipt = self.client.receipt(id, false).await?;
        anyhow::ensure!(receipt.proven.is_some(), "{call} is not proven");
        let outcome = receipt.receipt.outcome;
        if outcome.code == Code::APPLIED {
            return Ok("applied".into());
        }
        let guard = outcome.events.first().and_then(|event| event.fields.first());
        let guard = guard.map(|(_, guard)| format!(" {guard}")).unwrap_or_default();
        Ok(format!("{}{guard}", outcome.code))
    }

    /// An object by entity and key, proven under the header's registry root.
    pub async fn object(&mut self, entity: &str, key: &str) -> anyhow::Result<Option<Json>> {
        let (contract, entity) = entity.split_once('.').context("contract.entity")?;
        let shape = self.interface(contract)?.shape().entity(entity).context("entity")?;
        let registry_key = format!("{}/{key}", shape.prefix).into_bytes();
        let found = self.client.registry(&registry_key).await?;
        anyhow::ensure!(found.proven, "{entity} {key} is not proven");
        let Some(value) = found.value else { return Ok(None) };
        Ok(Some(self.interface(contract)?.object_to_json(value.schema, &value.body)?))
    }
}
