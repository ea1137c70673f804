//! `yinglian interface` and `yinglian call`: any contract of the chain, by what it declares.

use crate::failure::{Coded, Exit};
use crate::membership::{Common, json_argument, tell};
use crate::session::{self, Ended, Session, told};
use crate::{language, output, tr};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yinglian_client::EncodedCall;
use yinglian_interface::{Field, Interface, Text};
use yinglian_protocol::calls::{ModuleEntry, module_key};
use yinglian_protocol::{Code, EnvelopeId, Name, Receipt, codec, limits};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a contract declares: methods, objects, queries
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Show {
    /// Name of the contract
    #[arg(value_name = "CONTRACT")]
    contract: Name,
    #[command(flatten)]
    node: session::NodeArguments,
}

#[derive(Debug, Args)]
pub struct CallArguments {
    /// Contract and method, such as duty.call
    #[arg(value_name = "CONTRACT.METHOD")]
    method: String,
    /// Arguments as JSON, or @FILE
    #[arg(long = "arguments", value_name = "JSON", default_value = "{}")]
    arguments_json: String,
    /// Version of the method's arguments
    #[arg(long, default_value_t = 1)]
    method_version: u16,
    #[command(flatten)]
    common: Common,
}

/// What a node says that a contract declares.
pub struct Answer {
    /// The interface.
    pub interface: Interface,
    /// The admitted version, proven where this client trusts a root; none for a coded contract.
    pub entry: Option<(ModuleEntry, bool)>,
    /// The answer itself.
    pub json: Value,
}

/// Asks for a contract's interface, and holds a module's against the registry.
pub async fn fetch(session: &Session, contract: &Name) -> anyhow::Result<Answer> {
    let json = session.client().interface(contract).await.map_err(told)?;
    let malformed = || {
        let detail = tr!("interface of {contract}", "{contract} 的接口");
        Coded::could_not(Code::INTERNAL, detail)
    };
    let text = json.get("interface").map(Value::to_string).ok_or_else(malformed)?;
    let interface = Interface::from_json(&text)
        .map_err(|error| anyhow::Error::from(error).context(malformed()))?;
    let proven = session.client().registry(&module_key(contract.as_str())).await.map_err(told)?;
    let entry = proven.value.and_then(|value| {
        codec::decode_strict::<ModuleEntry>(&value.body, limits::REGISTRY_VALUE_BYTES_MAX).ok()
    });
    let hash = interface.shape_hash(session.suite());
    let same = entry.as_ref().is_none_or(|entry| entry.shape_hash == hash);
    if !same || json["shape_hash"].as_str() != Some(&hash.to_string()) {
        let detail = tr!(
            "the node's interface of {contract} is not the one that was admitted",
            "节点给出的 {contract} 接口不是已准入的接口"
        );
        return Err(Coded::refused(Code::INTERNAL, detail).into());
    }
    Ok(Answer { interface, entry: entry.map(|entry| (entry, proven.proven)), json })
}

/// A text in the language of the process.
pub fn said(text: Option<&Text>) -> String {
    let Some(text) = text else { return String::new() };
    match language::current() {
        language::Language::Zh => text.zh.clone(),
        language::Language::En => text.en.clone(),
    }
}

/// Runs `interface`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    let Command::Show(wish) = command;
    crate::args::block_on(async {
        let session = session::connect(&wish.node).await?;
        let answer = fetch(&session, &wish.contract).await?;
        output::data(&answer.json, &describe(&answer.interface));
        Ok(Exit::Ok)
    })
}

/// Methods with their arguments, objects with their states, queries: for people.
pub fn describe(interface: &Interface) -> String {
    let (shape, texts) = (interface.shape(), interface.texts());
    let mut lines = vec![format!(
        "{} {}  {}",
        shape.contract,
        tr!("version {}", "版本 {}", shape.version),
        said(texts.find("contract"))
    )];
    lines.push(tr!("methods", "方法"));
    for method in interface.methods() {
        let arguments: Vec<String> = method.arguments.iter().map(argument).collect();
        let title = said(texts.find(&format!("method/{}", method.name)));
        let version =
            if method.version == 1 { String::new() } else { format!("@{}", method.version) };
        lines.push(format!("  {}{version}({})  {title}", method.name, arguments.join(", ")));
    }
    lines.push(tr!("objects", "对象"));
    for entity in &shape.entities {
        let states: Vec<String> =
            entity.states.iter().map(|state| state.name.to_string()).collect();
        let title = said(texts.find(&format!("entity/{}", entity.name)));
        lines.push(format!("  {}  {title}  {}", entity.name, states.join(" ")));
    }
    lines.push(tr!("queries", "查询"));
    for query in &shape.queries {
        lines.push(format!(
            "  {}  {}",
            query.name,
            said(texts.find(&format!("query/{}", query.name)))
        ));
    }
    lines.join("\n")
}

/// `name: type` as its JSON has it.
fn argument(field: &Field) -> String {
    let of = serde_json::to_value(&field.of).unwrap_or_default();
    format!("{}: {}", field.name, notation(&of))
}

/// A type in the notation of modules.
fn notation(of: &Value) -> String {
    let Some((word, inner)) = of.as_object().and_then(|of| of.iter().next()) else {
        return of.as_str().unwrap_or_default().to_owned();
    };
    let number = |name: &str| inner[name].as_u64().unwrap_or_default();
    match word.as_str() {
        "option" => format!("{}?", notation(inner)),
        "list" => format!("list({}, {}..{})", notation(&inner["of"]), number("min"), number("max")),
        "named" | "id" if inner.is_string() => inner.as_str().unwrap_or_default().to_owned(),
        "id" => format!("object({})", inner["object"].as_str().unwrap_or_default()),
        "code" => format!("code({})", inner.as_str().unwrap_or_default()),
        "text" | "bytes" => format!("{word}({}..{})", number("min"), number("max")),
        "fixed" => format!("fixed({inner})"),
        "decimal" => format!("decimal({})", number("scale")),
        _ => word.clone(),
    }
}

/// A call whose arguments are encoded as the interface says.
pub fn encode(
    interface: &Interface,
    method: &str,
    version: u16,
    arguments: &Value,
) -> anyhow::Result<EncodedCall> {
    let contract = interface.shape().contract.clone();
    let bytes = interface.encode_arguments(method, version, arguments).map_err(|refusal| {
        let coded = Coded::could_not(refusal.code, format!("{contract}.{method}: {refusal}"));
        let known: Vec<String> =
            interface.methods().map(|method| method.name.to_string()).collect();
        match interface.method(method, version) {
            Ok(found) => {
                let fields: Vec<String> = found.arguments.iter().map(argument).collect();
                coded.hint(tr!("arguments: {}", "参数：{}", fields.join(", ")))
            }
            Err(_) => coded.hint(tr!("methods: {}", "方法：{}", known.join(", "))),
        }
    })?;
    let method = Name::parse(method).context("method")?;
    Ok(EncodedCall { contract, method, version, arguments: bytes })
}

/// Runs `call`.
pub fn call(wish: CallArguments) -> anyhow::Result<Exit> {
    let usage = || {
        let detail = tr!("{} is not CONTRACT.METHOD", "{} 不是 合约.方法", wish.method);
        Coded::could_not(Code::USAGE, detail)
    };
    let (contract, method) = wish.method.split_once('.').ok_or_else(usage)?;
    let contract = Name::parse(contract).map_err(|_| usage())?;
    let arguments = json_argument(&wish.arguments_json)?;
    let common = &wish.common;
    common.receipt.as_deref().map(crate::files::must_be_new).transpose()?;
    crate::args::block_on(async {
        let roles = ["administrator", "recorder"];
        let session = session::connect_as(&common.node, &common.key, &roles).await?;
        let answer = fetch(&session, &contract).await?;
        let encoded = encode(&answer.interface, method, wish.method_version, &arguments)?;
        let (id, ended) = session.submit_encoded(encoded).await?;
        let refusal = why(&session, &answer.interface, &id, &ended).await?;
        tell(&session, common, id, ended, &refusal).await
    })
}

/// The guard that refused, with its cause and remedy in the contract's own words; it stands in the outcome, which the receipt proves.
pub async fn why(
    session: &Session,
    interface: &Interface,
    id: &EnvelopeId,
    ended: &Ended,
) -> anyhow::Result<Vec<(String, String)>> {
    if !matches!(ended, Ended::Committed(at) if !at.code.is_applied()) {
        return Ok(Vec::new());
    }
    let receipt = session.receipt(id).await?;
    let Ok(receipt) = Receipt::decode(&receipt) else { return Ok(Vec::new()) };
    let fields = receipt.outcome.events.iter().flat_map(|event| &event.fields);
    let guards = fields.filter(|(name, _)| name.as_str() == "guard");
    let texts = interface.texts();
    let mut rows = Vec::new();
    for (_, guard) in guards {
        let text = |part: &str| said(texts.find(&format!("guard/{guard}{part}")));
        rows.push((tr!("guard", "条件"), format!("{guard}  {}", text(""))));
        rows.push((tr!("cause", "原因"), text("/cause")));
        rows.push((tr!("to do", "办法"), text("/remedy")));
    }
    Ok(rows)
}

/// One line of a list of contracts.
pub fn summary_row(summary: &Value) -> (String, String) {
    let text = |name: &str| summary[name].as_str().unwrap_or_default().to_owned();
    let version = summary["version"].as_u64().unwrap_or_default();
    (text("contract"), tr!("version {version}, {}", "版本 {version}，{}", text("shape_hash")))
}

/// Contracts of the chain whose rules came from a decision.
pub fn declared(list: &Value) -> Vec<Value> {
    let all = list.as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|summary| summary["origin"] == json!("declared")).collect()
}
