//! A conversation with nodes: which ones, with which key, and calls followed to their end.
//!
//! Nodes and keys come from the command line or the environment; where neither names any, from the network in `.devnet`.
//! What nodes answer is proven under YINGLIAN_TRUST, or under the trust root of that network.

use crate::devnet::state::{self, Devnet, Role};
use crate::failure::Coded;
use crate::{keys, language, passphrase, tr, verify};
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use yinglian_client::{
    Client, ClientConfig, ClientError, EncodedCall, EnvelopeState, EnvelopeStatus, NodeStatus,
    Wait, Why,
};
use yinglian_crypto::SigningKey;
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::{
    Code, Envelope, EnvelopeId, ExportFrame, GenesisHash, Header, Height, Quorum, Suite,
    TrustChain, TrustRoot,
};

/// A call that is not decided by then is told as such.
const DECIDED_PATIENCE: Duration = Duration::from_secs(120);
/// Longest single wait of a batch; rows that are not decided by then are looked up one by one.
const BATCH_PATIENCE: Duration = Duration::from_secs(20);
/// Pause while the chain's time has not passed an envelope's end.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// A full node asks for pauses; this many rounds of them outlast any queue of the devnet.
const ROUNDS: u32 = 40;

/// Which nodes to ask.
#[derive(Debug, Clone, Default, Args)]
pub struct NodeArguments {
    /// Address of a node; repeat for more [default: the network in .devnet]
    #[arg(
        long,
        value_name = "URL",
        env = "YINGLIAN_NODE",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub node: Vec<String>,
}

/// Which key signs.
#[derive(Debug, Clone, Default, Args)]
pub struct KeyArguments {
    /// Key file that signs [default: a key of .devnet with the role that is needed]
    #[arg(long, value_name = "FILE", env = "YINGLIAN_KEY", hide_env_values = true)]
    pub key: Option<PathBuf>,
    #[command(flatten)]
    pub passphrase: passphrase::Arguments,
}

/// Where a record was recorded, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Block.
    pub height: u64,
    /// Time of the block.
    pub time_ms: u64,
    /// Applied, or why the contract refused.
    pub code: Code,
}

/// How a submission ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// In a decided block.
    Committed(At),
    /// Can no longer enter a block.
    Expired,
    /// Refused at admission.
    Rejected {
        /// Why.
        code: Code,
        /// What is special about this case.
        detail: String,
    },
}

impl Ended {
    /// True when it is in a decided block and the contract applied it.
    pub fn is_applied(&self) -> bool {
        matches!(self, Self::Committed(at) if at.code.is_applied())
    }
}

/// A signed envelope and its id.
pub struct Signed {
    /// Id of the record.
    pub id: EnvelopeId,
    /// The envelope.
    pub envelope: Envelope,
}

/// What follows on an envelope that expired.
pub enum Again {
    /// It had entered a block after all.
    Ended(Ended),
    /// The same call, signed again.
    Signed(Signed),
}

/// A conversation. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    client: Client,
    signer: Option<Arc<SigningKey>>,
    suite: Suite,
    genesis: GenesisHash,
    url: String,
}

/// Folder of the network that stands in for what the command line leaves out.
fn devnet_folder() -> PathBuf {
    std::env::var_os("YINGLIAN_DEVNET").map_or_else(|| PathBuf::from(".devnet"), PathBuf::from)
}

/// Home of the first validator of the network in `.devnet`, when that is what is asked.
pub fn devnet_home(node: &NodeArguments) -> Option<PathBuf> {
    let folder = devnet_folder();
    let devnet = Devnet::load(&folder).ok()??;
    let first = node.node.is_empty().then(|| devnet.nodes.first())??;
    Some(state::node_home(&folder, first))
}

fn nodes(arguments: &NodeArguments) -> anyhow::Result<(Vec<String>, Option<TrustRoot>)> {
    let root = std::env::var("YINGLIAN_TRUST")
        .ok()
        .map(|text| verify::read_root(Some(&text)))
        .transpose()?;
    if !arguments.node.is_empty() {
        return Ok((arguments.node.clone(), root));
    }
    let folder = devnet_folder();
    let Some(devnet) = Devnet::load(&folder)? else {
        let detail = tr!(
            "no node is named and there is no network in {}",
            "没有指定节点，{} 中也没有网络",
            folder.display()
        );
        let hint = tr!(
            "give --node URL, or start a network with `yinglian devnet up`",
            "使用 --node URL，或用 `yinglian devnet up` 启动网络"
        );
        return Err(Coded::could_not(Code::USAGE, detail).hint(hint).into());
    };
    let validators = devnet.nodes.iter().filter(|node| node.role == Role::Validator);
    let own = TrustRoot::parse(devnet.genesis.as_bytes()).ok();
    Ok((validators.map(state::Node::api_url).collect(), root.or(own)))
}

/// Talks to one node of a network on this machine with one of its keys.
pub async fn connect_devnet(
    folder: &Path,
    devnet: &Devnet,
    node: &state::Node,
    key: &Path,
) -> anyhow::Result<Session> {
    let arguments = NodeArguments { node: vec![node.api_url()] };
    let mut session = connect(&arguments).await?;
    anyhow::ensure!(
        session.genesis.to_string() == devnet.genesis,
        "{}: another chain answers",
        folder.display()
    );
    session.signer = Some(Arc::new(keys::load(key, &passphrase::Arguments::default())?));
    Ok(session)
}

/// Talks to nodes without a key.
pub async fn connect(arguments: &NodeArguments) -> anyhow::Result<Session> {
    let (nodes, root) = nodes(arguments)?;
    let url = nodes.first().cloned().unwrap_or_default();
    let mut config = ClientConfig::new(nodes);
    config.rounds = 2;
    config.language = match language::current() {
        language::Language::Zh => "zh".to_owned(),
        language::Language::En => "en".to_owned(),
    };
    if let Some(root) = root {
        config = config.trusting(root, None);
    }
    let client = Client::new(config).map_err(told)?;
    let genesis = client.genesis().await.map_err(told)?;
    Ok(Session {
        suite: genesis.suite,
        genesis: genesis.hash(),
        client: client.clone(),
        signer: None,
        url,
    })
}

/// Talks to nodes with a key that has one of these roles.
pub async fn connect_as(
    arguments: &NodeArguments,
    key: &KeyArguments,
    roles: &[&str],
) -> anyhow::Result<Session> {
    let path = match &key.key {
        Some(path) => path.clone(),
        None => devnet_key(roles)?,
    };
    let signer = keys::load(&path, &key.passphrase)?;
    let mut session = connect(arguments).await?;
    if signer.suite() != session.suite {
        let (own, suite) = (signer.suite(), session.suite);
        let detail = tr!(
            "{} is of suite {own}, the chain of {suite}",
            "{} 属于套件 {own}，链为 {suite}",
            path.display()
        );
        return Err(Coded::could_not(Code::KEYSTORE_INVALID, detail).into());
    }
    session.signer = Some(Arc::new(signer));
    Ok(session)
}

fn devnet_key(roles: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = devnet_folder();
    let devnet = Devnet::load(&folder)?;
    let found =
        devnet.and_then(|devnet| roles.iter().find_map(|role| devnet.key_with_role(&folder, role)));
    found.ok_or_else(|| {
        let detail = tr!("no key is named", "没有指定密钥");
        let hint = tr!(
            "give --key FILE with the role {}",
            "使用 --key FILE，须具备角色 {}",
            roles.join(" / ")
        );
        Coded::could_not(Code::USAGE, detail).hint(hint).into()
    })
}

/// A failure of the client as a failure of the command, in the user's language. What is not proven was asked and answered
/// with no.
pub fn told(error: ClientError) -> anyhow::Error {
    let code = error.code();
    let coded = match &error {
        ClientError::Refused(refused) => {
            let detail = refused.detail.clone().unwrap_or_else(|| refused.node.clone());
            Coded::could_not(code, detail)
        }
        ClientError::Unproven { node, what, .. } => {
            let detail = tr!("{what} from {node} is not proven", "{node} 给出的 {what} 不能证明");
            Coded::refused(code, detail)
        }
        ClientError::Unreachable { node, .. } => Coded::could_not(code, node.clone()).hint(tr!(
            "is it running? `yinglian devnet status`",
            "是否在运行？`yinglian devnet status`"
        )),
        ClientError::Address { address, .. } => Coded::could_not(code, address.clone()),
        ClientError::Answer { node, what } => {
            let detail = tr!(
                "{node} gave an answer that is not understood: {what}",
                "{node} 的应答无法理解：{what}"
            );
            Coded::could_not(code, detail)
        }
        ClientError::NotDecided { id } => Coded::could_not(code, id.to_string()),
        ClientError::TooLarge { bytes, limit_bytes, .. } => {
            let detail = tr!(
                "{bytes} bytes of at most {limit_bytes}",
                "{bytes} 字节，上限 {limit_bytes} 字节"
            );
            Coded::could_not(code, detail)
        }
        ClientError::Sign(_) => Coded::could_not(code, tr!("not signed", "未能签名")),
        ClientError::Export { node, .. } => {
            Coded::could_not(code, tr!("audit export from {node}", "{node} 的审计导出"))
        }
        _ => Coded::could_not(code, error.to_string()),
    };
    match error {
        ClientError::Unreachable { source, .. } => anyhow::Error::from(source).context(coded),
        ClientError::Sign(source) => anyhow::Error::from(source).context(coded),
        ClientError::Export { source, .. } => anyhow::Error::from(source).context(coded),
        _ => coded.into(),
    }
}

fn ended(status: EnvelopeStatus) -> Option<Ended> {
    match status.state {
        EnvelopeState::Committed => Some(Ended::Committed(At {
            height: status.height.unwrap_or_default().0,
            time_ms: status.time_ms.unwrap_or_default(),
            code: status.code.unwrap_or(Code::APPLIED),
        })),
        EnvelopeState::Expired => Some(Ended::Expired),
        EnvelopeState::Rejected => Some(Ended::Rejected {
            code: status.code.unwrap_or(Code::INTERNAL),
            detail: status.title.unwrap_or_default(),
        }),
        EnvelopeState::Accepted | EnvelopeState::Unknown => None,
    }
}

impl Session {
    /// Suite of the chain.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Hash of the genesis that the nodes name.
    pub fn genesis(&self) -> GenesisHash {
        self.genesis
    }

    /// The client below, for what this conversation has no word for.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The key of this conversation.
    fn signer(&self) -> anyhow::Result<&SigningKey> {
        self.signer.as_deref().context("no key")
    }

    /// Signs a call.
    pub async fn sign(&self, call: &Arguments) -> anyhow::Result<Signed> {
        let envelope = self.client.sign(self.signer()?, call).await.map_err(told)?;
        Ok(Signed { id: envelope.body.id(self.suite), envelope })
    }

    /// Signs a call, submits it, and follows it to its end. One that expired first is signed again.
    pub async fn submit(&self, call: &Arguments) -> anyhow::Result<(EnvelopeId, Ended)> {
        let mut signed = self.sign(call).await?;
        loop {
            let mut ends = self.submit_batch(std::slice::from_ref(&signed.envelope)).await?;
            let mut end = ends.pop().context("answer")?;
            if end == Ended::Expired {
                match self.after_expiry(&signed, call).await? {
                    Again::Ended(committed) => end = committed,
                    Again::Signed(again) => {
                        signed = again;
                        continue;
                    }
                }
            }
            return Ok((signed.id, end));
        }
    }

    /// Signs and submits a call of any contract, and follows it to its end.
    pub async fn submit_encoded(&self, call: EncodedCall) -> anyhow::Result<(EnvelopeId, Ended)> {
        let signed = self.client.sign_encoded(self.signer()?, call, None).await;
        let envelope = signed.map_err(told)?;
        let id = envelope.body.id(self.suite);
        let mut ends = self.submit_batch(&[envelope]).await?;
        Ok((id, ends.pop().context("answer")?))
    }

    /// What to do about an envelope that expired: only a header later than its end shows that it can no longer enter, and
    /// until then it is not signed again (spec 1). By then it may turn out to have entered after all.
    pub async fn after_expiry(&self, expired: &Signed, call: &Arguments) -> anyhow::Result<Again> {
        let deadline = Instant::now() + DECIDED_PATIENCE;
        let time_ms = loop {
            let time_ms = self.newest_header().await?.0.time_ms;
            if time_ms > expired.envelope.body.valid_until_ms {
                break time_ms;
            }
            if Instant::now() > deadline {
                return Err(Coded::could_not(Code::WAIT_TIMEOUT, expired.id.to_string()).into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        let status = self.client.status(expired.id).await.map_err(told)?;
        if let Some(committed @ Ended::Committed(_)) = ended(status) {
            return Ok(Again::Ended(committed));
        }
        let valid_until_ms = time_ms.saturating_add(self.client.config().valid_ms);
        let envelope =
            self.client.sign_until(self.signer()?, call, valid_until_ms).await.map_err(told)?;
        Ok(Again::Signed(Signed { id: envelope.body.id(self.suite), envelope }))
    }

    /// Submits envelopes and follows each to its end, in their order.
    pub async fn submit_batch(&self, envelopes: &[Envelope]) -> anyhow::Result<Vec<Ended>> {
        let mut open: Vec<(usize, Envelope)> = envelopes.iter().cloned().enumerate().collect();
        let mut ends: Vec<Option<Ended>> = vec![None; envelopes.len()];
        let mut round = 0;
        while !open.is_empty() {
            let batch: Vec<Envelope> = open.iter().map(|(_, envelope)| envelope.clone()).collect();
            let answers = self
                .client
                .submit_batch(&batch, Wait::Committed(BATCH_PATIENCE))
                .await
                .map_err(told)?;
            let mut again = Vec::new();
            for ((index, envelope), answer) in open.into_iter().zip(answers) {
                let end = self.end_of(&envelope, answer).await?;
                match end {
                    // No room on the node even after the client's own patience: once more, and not for ever.
                    Ended::Rejected { code: Code::MEMPOOL_FULL | Code::QUOTA_EXCEEDED, .. }
                        if round < ROUNDS =>
                    {
                        again.push((index, envelope));
                    }
                    end => {
                        if let Some(slot) = ends.get_mut(index) {
                            *slot = Some(end);
                        }
                    }
                }
            }
            open = again;
            round += 1;
        }
        ends.into_iter().map(|end| end.context("answer")).collect()
    }

    /// Submits envelopes and waits only until all are accepted.
    pub async fn accept(&self, envelopes: &[Envelope]) -> anyhow::Result<()> {
        let mut open = envelopes.to_vec();
        for _ in 0..ROUNDS {
            let answers = self.client.submit_batch(&open, Wait::Accepted).await.map_err(told)?;
            let mut again = Vec::new();
            for (envelope, answer) in open.into_iter().zip(answers) {
                match answer {
                    Ok(_) => {}
                    Err(error)
                        if matches!(error.code(), Code::MEMPOOL_FULL | Code::QUOTA_EXCEEDED) =>
                    {
                        again.push(envelope)
                    }
                    Err(error) => return Err(told(error)),
                }
            }
            if again.is_empty() {
                return Ok(());
            }
            open = again;
        }
        Err(Coded::could_not(Code::MEMPOOL_FULL, self.url.clone()).into())
    }

    /// Metrics of the node, as text.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        self.client.metrics().await.map_err(told)
    }

    async fn end_of(
        &self,
        envelope: &Envelope,
        answer: Result<EnvelopeStatus, ClientError>,
    ) -> anyhow::Result<Ended> {
        let status = match answer {
            Ok(status) => status,
            Err(ClientError::Refused(refused)) if refused.code == Code::EXPIRED => {
                return Ok(Ended::Expired);
            }
            Err(ClientError::Refused(refused)) => {
                return Ok(Ended::Rejected {
                    code: refused.code,
                    detail: refused.detail.unwrap_or_default(),
                });
            }
            Err(error) => return Err(told(error)),
        };
        if let Some(end) = ended(status) {
            return Ok(end);
        }
        self.ensure_blocks().await?;
        let id = envelope.body.id(self.suite);
        let status = self.client.wait_end(id, DECIDED_PATIENCE).await.map_err(told)?;
        ended(status).context("answer")
    }

    /// Waiting on is of use only while blocks are being made; else the node's own words say why it is not.
    async fn ensure_blocks(&self) -> anyhow::Result<()> {
        let why = self.node_why().await?;
        if why.making_blocks {
            return Ok(());
        }
        let reasons: Vec<_> = why.reasons.iter().map(|reason| reason.text.as_str()).collect();
        let code =
            why.reasons.iter().find_map(|reason| reason.code).unwrap_or(Code::NODE_NOT_READY);
        let detail = reasons.join("; ");
        Err(Coded::could_not(code, detail)
            .hint(tr!("see `yinglian why`", "见 `yinglian why`"))
            .into())
    }

    /// Bytes of a receipt with the chain of validator sets inside.
    pub async fn receipt(&self, id: &EnvelopeId) -> anyhow::Result<Vec<u8>> {
        Ok(self.client.receipt(*id, true).await.map_err(told)?.bytes)
    }

    /// The chain of validator sets that the node knows.
    pub async fn trust_chain(&self) -> anyhow::Result<TrustChain> {
        self.client.trust().await.map_err(told)
    }

    /// The newest header.
    pub async fn newest_header(&self) -> anyhow::Result<(Header, Quorum)> {
        let decided = self.client.latest_header().await.map_err(told)?;
        Ok((decided.header, decided.quorum))
    }

    /// Where the node stands.
    pub async fn node_status(&self) -> anyhow::Result<NodeStatus> {
        self.client.node_status().await.map_err(told)
    }

    /// Why blocks are made, or not.
    pub async fn node_why(&self) -> anyhow::Result<Why> {
        self.client.why().await.map_err(told)
    }

    /// Reads the whole chain up to a height, frame by frame.
    pub async fn export(
        &self,
        to: Option<u64>,
        mut take: impl FnMut(ExportFrame) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut stream =
            self.client.export(self.signer()?, Height(1), to.map(Height)).await.map_err(told)?;
        while let Some(frame) = stream.next().await.map_err(told)? {
            take(frame)?;
        }
        Ok(())
    }
}
