//! `yinglian verify`: does this receipt prove its record under this trust root? Offline; the answer is `sdk/protocol`'s.

use crate::failure::{Coded, Exit, text_of};
use crate::second_opinion::SmCrypto;
use crate::{clock, evidence, files, output, record_words, tr, trust_store};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use yinglian_protocol::{
    Code, Proven, Receipt, SignatureEngine, Suite, TrustChain, TrustRoot, VerifyOptions, Warning,
    limits, verify,
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Receipts or evidence packages to check
    #[arg(value_name = "FILE.receipt", required = true)]
    receipts: Vec<PathBuf>,
    /// File that the receipt is said to prove
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Trust root: 64 hex digits of the genesis hash, a file that holds them, a checkpoint, or a .trust file
    #[arg(long, value_name = "ROOT", env = "YINGLIAN_TRUST", hide_env_values = true)]
    trust: Option<String>,
    /// Chain of validator sets to use instead of the embedded one
    #[arg(long, value_name = "FILE.trust")]
    sets: Option<PathBuf>,
    /// Who checks the signatures; sm-crypto adds a second opinion over all of them (national suite only)
    #[arg(long, value_enum, default_value = "rustcrypto")]
    engine: Engine,
}

/// Implementation of SM2 that gives the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    // The engine of sdk/crypto.
    #[value(name = "rustcrypto")]
    RustCrypto,
    // That one, and then sm-crypto over all signatures again.
    #[value(name = "sm-crypto")]
    SmCrypto,
}

/// Runs `verify`.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    if arguments.file.is_some() && arguments.receipts.len() > 1 {
        return Err(Coded::could_not(
            Code::USAGE,
            tr!("--file goes with one receipt", "--file 只能配一份回执"),
        )
        .into());
    }
    let root = read_root(arguments.trust.as_deref())?;
    let sets = arguments.sets.as_deref().map(read_chain).transpose()?;
    let mut values = Vec::new();
    let (mut refused, mut failed) = (false, None);
    for path in &arguments.receipts {
        let answer = if evidence::is_package(path) {
            evidence::verify_package(path, &root)
        } else {
            tell(path, check(path, &root, sets.as_ref(), &arguments))
        };
        match answer {
            Ok((exit, value)) => {
                refused |= exit == Exit::Refused;
                values.push(value);
            }
            // What cannot be checked does not keep the others from their answer.
            Err(error) if arguments.receipts.len() > 1 => {
                crate::failure::print(&error);
                values.push(json!({ "proven": null, "receipt": path.display().to_string(),
                                    "code": Coded::of(&error).map(|coded| coded.code.to_string()) }));
                failed = Some(Exit::CouldNot);
            }
            Err(error) => return Err(error),
        }
    }
    if output::json() {
        let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
        output::data(&value, "");
    }
    // A refusal says more than that another receipt could not be read.
    Ok(if refused { Exit::Refused } else { failed.unwrap_or(Exit::Ok) })
}

/// The trust root that a command was given; none is a failure of its own (spec 12).
pub fn read_root(text: Option<&str>) -> anyhow::Result<TrustRoot> {
    let Some(text) = text else {
        let detail = tr!(
            "a receipt proves nothing without a root that you trust",
            "没有您信任的信任根，回执不能证明任何事"
        );
        return Err(Coded::could_not(Code::TRUST_ROOT_MISSING, detail)
            .hint(tr!("give --trust ROOT: the genesis hash, obtained from somebody you trust and not from the node", "使用 --trust ROOT：创世哈希，应取自您信任的一方，而不是被验证的节点"))
            .into());
    };
    let path = Path::new(text);
    let bytes = if path.is_file() {
        files::read(path, limits::TRUST_BYTES_MAX as u64)?
    } else {
        text.as_bytes().to_vec()
    };
    TrustRoot::parse(&bytes)
        .map_err(|code| Coded::could_not(code, tr!("trust root {text}", "信任根 {text}")).into())
}

/// A `.trust` file.
pub fn read_chain(path: &Path) -> anyhow::Result<TrustChain> {
    let bytes = files::read(path, limits::TRUST_BYTES_MAX as u64)?;
    TrustChain::decode(&bytes)
        .map_err(|code| Coded::could_not(code, path.display().to_string()).into())
}

/// A receipt; bytes that are none are refused, a file that cannot be read is no answer.
pub fn read_receipt(path: &Path) -> anyhow::Result<Receipt> {
    let bytes = files::read(path, limits::RECEIPT_BYTES_MAX as u64)?;
    Receipt::decode(&bytes).map_err(|code| Coded::refused(code, path.display().to_string()).into())
}

struct Checked {
    receipt: Receipt,
    proven: Proven,
    file: Option<PathBuf>,
    second_opinion: Option<u64>,
}

fn check(
    path: &Path,
    root: &TrustRoot,
    sets: Option<&TrustChain>,
    arguments: &Arguments,
) -> anyhow::Result<Checked> {
    let receipt = read_receipt(path)?;
    let remembered = trust_store::load(&root.genesis());
    let embedded = receipt.trust.as_ref().map_or(0, |chain| chain.links.len() + 1);
    // The remembered chain serves where the receipt brings none, or a shorter one.
    let remembered = remembered.filter(|chain| chain.links.len() + 1 > embedded);
    let chain = sets.or(remembered.as_ref());
    let proven = prove(&receipt, root, chain, None)
        .map_err(|code| Coded::refused(code, path.display().to_string()))?;
    let second_opinion = (arguments.engine == Engine::SmCrypto)
        .then(|| again(path, &receipt, root, chain))
        .transpose()?;
    if let Some(file) = &arguments.file {
        check_file(file, &receipt)?;
    }
    if let Some(embedded) = receipt.trust.as_ref().filter(|_| trust_store::knows(&root.genesis())) {
        trust_store::keep(&root.genesis(), embedded)?;
    }
    Ok(Checked { receipt, proven, file: arguments.file.clone(), second_opinion })
}

fn prove(
    receipt: &Receipt,
    root: &TrustRoot,
    trust: Option<&TrustChain>,
    engine: Option<&dyn SignatureEngine>,
) -> Result<Proven, Code> {
    verify(receipt, root, &VerifyOptions { trust, now_ms: Some(clock::now_ms()), engine })
}

fn again(
    path: &Path,
    receipt: &Receipt,
    root: &TrustRoot,
    chain: Option<&TrustChain>,
) -> anyhow::Result<u64> {
    if receipt.header.suite != Suite::National {
        let detail = tr!("sm-crypto judges the national suite only", "sm-crypto 只能验证国密套件");
        return Err(Coded::could_not(Code::USAGE, detail).into());
    }
    let engine = SmCrypto::default();
    prove(receipt, root, chain, Some(&engine)).map_err(|code| {
        let detail = tr!(
            "{}: sm-crypto refuses what rustcrypto accepts",
            "{}：sm-crypto 拒绝了 rustcrypto 接受的签名",
            path.display()
        );
        Coded::refused(code, detail)
    })?;
    // Each signature that a proof needs was accepted, or there would be no proof; nothing else was asked.
    anyhow::ensure!(
        engine.asked() == engine.accepted(),
        "{} asked, {} accepted",
        engine.asked(),
        engine.accepted()
    );
    Ok(engine.accepted())
}

fn check_file(file: &Path, receipt: &Receipt) -> anyhow::Result<()> {
    let Some(notarized) = record_words::notarized(&receipt.envelope.body) else {
        return Err(Coded::refused(Code::NOT_A_DOCUMENT_RECEIPT, file.display().to_string()).into());
    };
    let suite = record_words::digest_suite(&notarized.digest).ok_or_else(|| {
        Coded::could_not(Code::DIGEST_INVALID, notarized.digest.algorithm.to_string())
    })?;
    let (digest, length_bytes) = files::digest(file, suite)?;
    if digest == notarized.digest.value && length_bytes == notarized.digest.length_bytes {
        return Ok(());
    }
    let (algorithm, recorded) = (&notarized.digest.algorithm, notarized.digest.value);
    let recorded_bytes = notarized.digest.length_bytes;
    let detail = tr!(
        "{}: {algorithm} {digest}, {length_bytes} bytes; recorded was {recorded}, {recorded_bytes} bytes",
        "{}：{algorithm} {digest}，{length_bytes} 字节；存证时为 {recorded}，{recorded_bytes} 字节",
        file.display()
    );
    Err(Coded::refused(Code::FILE_DIGEST_MISMATCH, detail).into())
}

/// Prints the answer for one receipt. A refusal is an answer; what could not be checked is a failure of the command.
fn tell(path: &Path, checked: anyhow::Result<Checked>) -> anyhow::Result<(Exit, Value)> {
    match checked {
        Ok(checked) => {
            if !output::json() {
                output::data(&Value::Null, &words(path, &checked));
            }
            Ok((Exit::Ok, value(path, &checked)))
        }
        Err(error) => {
            let refusal = Coded::of(&error);
            let Some(refusal) = refusal.filter(|coded| coded.exit == Exit::Refused) else {
                return Err(error);
            };
            let (title, cause, remedy) = text_of(refusal.code);
            let value = json!({ "proven": false, "receipt": path.display().to_string(), "code": refusal.code.to_string(),
                                "title": title, "detail": refusal.detail, "cause": cause, "remedy": remedy });
            if !output::json() {
                let rows = [
                    (tr!("reason", "理由"), cause),
                    (tr!("detail", "详情"), refusal.detail.clone()),
                    (tr!("remedy", "办法"), remedy),
                ];
                let rows: Vec<_> = rows.into_iter().filter(|(_, text)| !text.is_empty()).collect();
                let code = refusal.code;
                output::data(
                    &Value::Null,
                    &(tr!("REFUSED  {code} {title}\n", "拒绝  {code} {title}\n")
                        + &output::table(&rows)),
                );
            }
            Ok((Exit::Refused, value))
        }
    }
}

/// A trust root in words.
pub fn root_words(root: &TrustRoot) -> String {
    match root {
        TrustRoot::Genesis(hash) => tr!("genesis {hash}", "创世 {hash}"),
        TrustRoot::Checkpoint(at) => {
            let (height, hash) = (at.height, at.header_hash);
            tr!("checkpoint at height {height}, {hash}", "高度 {height} 的检查点 {hash}")
        }
    }
}

fn words(path: &Path, checked: &Checked) -> String {
    let proven = &checked.proven;
    let (height, time) = (proven.checkpoint_height, clock::in_words(proven.checkpoint_time_ms));
    let root = root_words(&proven.root);
    let head = tr!(
        "PROVEN  under trust root: {root}\n        as of checkpoint: height {height}, {}, {time}\n",
        "已证明  信任根：{root}\n        截至检查点：高度 {height}，{}，{time}\n",
        proven.checkpoint_hash
    );
    let mut rows = vec![(tr!("receipt", "回执"), path.display().to_string())];
    rows.extend(record_words::proven_rows(proven));
    rows.extend(record_words::call_rows(&checked.receipt.envelope.body));
    if let Some(file) = &checked.file {
        rows.push((
            tr!("file", "文件"),
            tr!("{} is the file that was recorded", "{} 就是当时存证的文件", file.display()),
        ));
    }
    if let Some(count) = checked.second_opinion {
        rows.push((
            tr!("second opinion", "第二意见"),
            tr!("sm-crypto accepts all {count} signatures", "sm-crypto 接受全部 {count} 个签名"),
        ));
    }
    let mut text = head + &output::table(&rows);
    for warning in &proven.warnings {
        let warning = warning_words(warning);
        text.push_str(&tr!("warning: {warning}\n", "警告：{warning}\n"));
    }
    text
}

fn warning_words(warning: &Warning) -> String {
    match warning {
        Warning::TrustRootOld { age_ms } => {
            let age = clock::span(*age_ms);
            tr!(
                "the trust root is {age} old; keys of retired validators could sign another history: take a newer root",
                "信任根已有 {age}；已退役验证节点的密钥可能签出另一段历史：请换用较新的信任根"
            )
        }
        Warning::TestClock => tr!(
            "the chain runs a chosen clock: its times prove nothing",
            "该链使用测试时钟：其时间不能证明任何事"
        ),
        Warning::Refused(code) => {
            let title = text_of(*code).0;
            tr!(
                "the contract refused the call ({code} {title}); what is proven is the refusal",
                "合约拒绝了该请求（{code} {title}）；所证明的是这次拒绝"
            )
        }
    }
}

fn value(path: &Path, checked: &Checked) -> Value {
    let proven = &checked.proven;
    let root = match &proven.root {
        TrustRoot::Genesis(hash) => json!({ "kind": "genesis", "genesis": hash }),
        TrustRoot::Checkpoint(at) => {
            json!({ "kind": "checkpoint", "genesis": at.genesis, "height": at.height, "header_hash": at.header_hash })
        }
    };
    let warnings: Vec<String> = proven.warnings.iter().map(warning_words).collect();
    json!({
        "proven": true, "receipt": path.display().to_string(), "trust_root": root,
        "checkpoint": { "height": proven.checkpoint_height, "hash": proven.checkpoint_hash, "time_ms": proven.checkpoint_time_ms, "signers": proven.signers },
        "record": record_words::proven_value(proven), "call": record_words::call_value(&checked.receipt.envelope.body),
        "file": checked.file.as_ref().map(|path| path.display().to_string()), "second_opinion_signatures": checked.second_opinion,
        "warnings": warnings,
    })
}
