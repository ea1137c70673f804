//! `yinglian submit` and `yinglian decide`: calls of the contract membership, from JSON or from flags.

use crate::failure::{Coded, Exit, text_of};
use crate::session::{self, Ended};
use crate::{clock, files, keys, output, tr};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinglian_protocol::calls::membership::{
    Action, DecisionApprove, DecisionPropose, OrganizationFacts,
};
use yinglian_protocol::calls::record::Digest;
use yinglian_protocol::calls::{Arguments, METHODS};
use yinglian_protocol::{Address, Code, CreditCode, EnvelopeId, Height, Name, Receipt, Suite};

#[derive(Debug, Args)]
pub struct SubmitArguments {
    /// Contract and method, such as membership.key.register
    #[arg(value_name = "METHOD")]
    method: String,
    /// Arguments as JSON, or @FILE
    #[arg(value_name = "JSON")]
    arguments: String,
    /// Version of the method's arguments
    #[arg(long, default_value_t = 1)]
    method_version: u16,
    #[command(flatten)]
    common: Common,
}

/// What every call takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Write the receipt; never overwrites
    #[arg(long, value_name = "FILE.receipt")]
    pub receipt: Option<PathBuf>,
    #[command(flatten)]
    pub node: session::NodeArguments,
    #[command(flatten)]
    pub key: session::KeyArguments,
}

#[derive(Debug, Subcommand)]
pub enum DecideCommand {
    /// Propose to add a validator
    AddValidator(AddValidator),
    /// Propose to remove a validator
    RemoveValidator(RemoveValidator),
    /// Propose to set a chain parameter
    SetParameter(SetParameter),
    /// Propose to retire a declared module
    RetireModule(RetireModule),
    /// Propose the next version of the rules from a height on
    SetProtocolVersion(SetProtocolVersion),
    /// Propose to register an organisation
    RegisterOrganization(RegisterOrganization),
    /// Propose any action, given as JSON
    Propose(Propose),
    /// Approve a decision that another organisation proposed
    Approve(Approve),
}

/// What every proposal takes.
#[derive(Debug, Args)]
pub struct Proposal {
    /// Document that the decision rests on; its digest goes on the chain
    #[arg(long, value_name = "FILE")]
    pub document: PathBuf,
    /// Title of the decision
    #[arg(long, default_value = "")]
    pub title: String,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
pub struct AddValidator {
    /// Credit code of the organisation that runs it
    #[arg(long, value_name = "CODE")]
    organization: CreditCode,
    /// Consensus key: hex, or a PEM file
    #[arg(long, value_name = "KEY")]
    public_key: String,
    /// Voting weight
    #[arg(long, default_value_t = 1)]
    weight: u64,
    /// Network identity of its node
    #[arg(long, value_name = "PEER")]
    peer_id: String,
    /// Network address: first of consensus, second of gossip
    #[arg(long = "address", value_name = "MULTIADDR", required = true)]
    addresses: Vec<String>,
    /// First height that the changed set decides; enough blocks ahead when absent
    #[arg(long, value_name = "HEIGHT")]
    activation_height: Option<u64>,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct RemoveValidator {
    /// Address of its consensus key
    #[arg(long, value_name = "ADDRESS")]
    validator: Address,
    /// First height that the changed set decides; enough blocks ahead when absent
    #[arg(long, value_name = "HEIGHT")]
    activation_height: Option<u64>,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct SetParameter {
    /// Name of the parameter
    #[arg(long)]
    name: Name,
    /// Its value
    #[arg(long)]
    value: u64,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct RetireModule {
    /// Name of the module
    #[arg(long, value_name = "NAME")]
    contract: Name,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct SetProtocolVersion {
    /// The version after the one in force; the one in force calls a pending change off
    #[arg(long)]
    version: u32,
    /// First height under it; every node needs a program that knows it by then
    #[arg(long, value_name = "HEIGHT")]
    height: u64,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct RegisterOrganization {
    /// Facts as JSON: code, name, short_name, region, parent
    #[arg(long, value_name = "JSON")]
    facts: String,
    /// Its first key, which becomes administrator: hex, or a PEM file
    #[arg(long, value_name = "KEY")]
    administrator: String,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct Propose {
    /// Action as JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    action: String,
    #[command(flatten)]
    proposal: Proposal,
}

#[derive(Debug, Args)]
pub struct Approve {
    /// Record id of the proposal
    #[arg(value_name = "DECISION")]
    decision: String,
    /// Document that was read; must be the proposal's
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Blocks between now and the activation that a proposal asks for when none is named: the least the rules allow, and time
/// for the other organisations to approve.
const ACTIVATION_MARGIN_BLOCKS: u64 = 40;

/// Runs `submit`.
pub fn submit(arguments: SubmitArguments) -> anyhow::Result<Exit> {
    let version = arguments.method_version;
    let Some((contract, method)) = arguments.method.split_once('.') else {
        return Err(unknown(&arguments.method));
    };
    let value = json_argument(&arguments.arguments)?;
    let call = Arguments::from_json(contract, method, version, &value).map_err(|error| {
        if matches!(error.code, Code::CONTRACT_UNKNOWN | Code::METHOD_UNKNOWN) {
            return unknown(&arguments.method);
        }
        Coded::could_not(error.code, error.detail).into()
    })?;
    run(&arguments.common, |_, _| Ok(call))
}

fn unknown(method: &str) -> anyhow::Error {
    let known: Vec<_> =
        METHODS.iter().map(|(contract, method, _)| format!("{contract}.{method}")).collect();
    Coded::could_not(Code::METHOD_UNKNOWN, method.to_owned())
        .hint(tr!("methods: {}", "方法：{}", known.join(", ")))
        .into()
}

/// JSON as given, or from a file named `@FILE`.
pub fn json_argument(text: &str) -> anyhow::Result<Value> {
    let owned = match text.strip_prefix('@') {
        Some(path) => files::read_text(Path::new(path))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&owned).map_err(|error| {
        anyhow::Error::from(error).context(Coded::could_not(
            Code::ARGUMENTS_MALFORMED,
            tr!("arguments as JSON", "JSON 参数"),
        ))
    })
}

/// Runs `decide`.
pub fn decide(command: DecideCommand) -> anyhow::Result<Exit> {
    match command {
        DecideCommand::AddValidator(wish) => {
            let public_key = keys::public_key(&wish.public_key)?;
            propose(&wish.proposal, move |height| Action::AddValidator {
                organization: wish.organization,
                public_key: public_key.clone(),
                weight: wish.weight,
                peer_id: wish.peer_id.clone(),
                addresses: wish.addresses.clone(),
                activation_height: activation(wish.activation_height, height),
            })
        }
        DecideCommand::RemoveValidator(wish) => {
            propose(&wish.proposal, |height| Action::RemoveValidator {
                address: wish.validator,
                activation_height: activation(wish.activation_height, height),
            })
        }
        DecideCommand::SetParameter(wish) => propose(&wish.proposal, |_| Action::SetParameter {
            name: wish.name.clone(),
            value: wish.value,
        }),
        DecideCommand::RetireModule(wish) => {
            propose(&wish.proposal, |_| Action::RetireModule { contract: wish.contract.clone() })
        }
        DecideCommand::SetProtocolVersion(wish) => propose(&wish.proposal, |_| {
            Action::SetProtocolVersion { version: wish.version, height: Height(wish.height) }
        }),
        DecideCommand::RegisterOrganization(wish) => {
            let organization: OrganizationFacts = from_json(&json_argument(&wish.facts)?)?;
            let administrator = keys::public_key(&wish.administrator)?;
            propose(&wish.proposal, move |_| Action::RegisterOrganization {
                organization: organization.clone(),
                administrator: administrator.clone(),
            })
        }
        DecideCommand::Propose(wish) => {
            let action: Action = from_json(&json_argument(&wish.action)?)?;
            propose(&wish.proposal, move |_| action.clone())
        }
        DecideCommand::Approve(wish) => approve(&wish),
    }
}

fn from_json<T: serde::de::DeserializeOwned>(value: &Value) -> anyhow::Result<T> {
    T::deserialize(value)
        .map_err(|error| Coded::could_not(Code::ARGUMENTS_MALFORMED, error.to_string()).into())
}

fn activation(asked: Option<u64>, newest: Height) -> Height {
    Height(asked.unwrap_or_else(|| newest.0.saturating_add(ACTIVATION_MARGIN_BLOCKS)))
}

fn propose(proposal: &Proposal, action: impl Fn(Height) -> Action) -> anyhow::Result<Exit> {
    run(&proposal.common, |suite, newest| {
        let document = document(&proposal.document, suite)?;
        let title = proposal.title.clone();
        Ok(Arguments::from(DecisionPropose { action: action(newest), document, title }))
    })
}

fn approve(wish: &Approve) -> anyhow::Result<Exit> {
    let decision = wish.decision.parse().map_err(|_| {
        Coded::could_not(Code::USAGE, tr!("{} is no record id", "{} 不是记录编号", wish.decision))
    })?;
    run(&wish.common, |suite, _| {
        let document = document(&wish.document, suite)?;
        Ok(Arguments::from(DecisionApprove { decision: EnvelopeId(decision), document }))
    })
}

pub fn document(path: &Path, suite: Suite) -> anyhow::Result<Digest> {
    let (value, length_bytes) = files::digest(path, suite)?;
    let algorithm = Name::parse(crate::record_words::digest_algorithm(suite))?;
    Ok(Digest { algorithm, value, length_bytes })
}

/// Signs the call, follows it to its end and tells it.
pub fn run(
    common: &Common,
    call: impl FnOnce(Suite, Height) -> anyhow::Result<Arguments>,
) -> anyhow::Result<Exit> {
    common.receipt.as_deref().map(files::must_be_new).transpose()?;
    crate::args::block_on(async {
        let session = session::connect_as(&common.node, &common.key, &["administrator"]).await?;
        let newest = session.newest_header().await?.0.height;
        let call = call(session.suite(), newest)?;
        let (id, ended) = session.submit(&call).await?;
        tell(&session, common, id, ended, &[]).await
    })
}

/// Tells how a call ended, with rows beside, and keeps its receipt.
pub async fn tell(
    session: &session::Session,
    common: &Common,
    id: EnvelopeId,
    ended: Ended,
    more: &[(String, String)],
) -> anyhow::Result<Exit> {
    let at = match ended {
        Ended::Committed(at) => at,
        Ended::Expired => return Err(Coded::refused(Code::EXPIRED, id.to_string()).into()),
        Ended::Rejected { code, detail } => return Err(Coded::refused(code, detail).into()),
    };
    let (code, height) = (at.code, at.height);
    let (title, _, remedy) = text_of(code);
    let waits = code.is_applied() && waits_for_second(session, &id).await;
    let value = json!({ "id": id, "height": height, "time_ms": at.time_ms, "code": code.to_string(), "title": title,
                        "remedy": remedy, "applied": code.is_applied(), "waits_for_second": waits });
    let outcome = if waits {
        tr!("waits for the signature of a second key", "等待第二人签名")
    } else if code.is_applied() {
        tr!("applied", "已生效")
    } else {
        tr!("REFUSED {code} {title}", "拒绝 {code} {title}")
    };
    let mut rows = vec![
        (tr!("record", "记录"), id.to_string()),
        (tr!("outcome", "结果"), outcome),
        (
            tr!("where", "位置"),
            tr!("block {height}, {}", "区块 {height}，{}", clock::in_words(at.time_ms)),
        ),
    ];
    if !code.is_applied() {
        rows.push((tr!("remedy", "办法"), remedy));
    }
    rows.extend_from_slice(more);
    output::data(&value, &output::table(&rows));
    if waits {
        output::hint(&tr!(
            "`yinglian org confirm {id} --key FILE` with another key of the organisation",
            "用本机构另一把密钥执行 `yinglian org confirm {id} --key 文件`"
        ));
    }
    if let Some(path) = &common.receipt {
        files::write_new(path, &session.receipt(&id).await?)?;
    }
    Ok(if code.is_applied() { Exit::Ok } else { Exit::Refused })
}

/// True when the call was only the first of two signatures. Its receipt says so; without one the user sees that it was applied.
async fn waits_for_second(session: &session::Session, id: &EnvelopeId) -> bool {
    let receipt = session.receipt(id).await.ok().and_then(|bytes| Receipt::decode(&bytes).ok());
    receipt.is_some_and(|receipt| {
        receipt.outcome.events.iter().any(|event| event.name.as_str() == "act_proposed")
    })
}
