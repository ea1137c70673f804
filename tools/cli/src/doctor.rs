//! `yinglian doctor`: is this machine, its node and its keys in order? Each check says what was found and what to do.
//!
//! Reads only. Exit 0 when nothing is wrong, 1 when something is, with warnings in between.

use crate::failure::{Exit, text_of};
use crate::{clock, devnet, files, keys, output, passphrase, session, tr};
use clap::Args;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use yinglian_protocol::{Code, Genesis, GenesisDocument, codec};

/// A block time further than this from the machine's clock means a wrong clock or a chain that stands still.
const CLOCK_DEVIATION_WARN_MS: u64 = 15_000;
/// Less free space than this is warned about, long before the node refuses to write.
const DISK_WARN_MIB: u64 = 2_048;
const DISK_FAIL_MIB: u64 = 512;
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Home of a node on this machine; that node alone is asked, at the address of its configuration
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    #[command(flatten)]
    node: session::NodeArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Fine,
    Warning,
    Wrong,
}

struct Finding {
    grade: Grade,
    check: String,
    found: String,
    remedy: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        grade: Grade,
        check: String,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.0.push(Finding { grade, check, found: found.into(), remedy: remedy.into() });
    }

    fn fine(&mut self, check: String, found: impl Into<String>) {
        self.add(Grade::Fine, check, found, "");
    }

    fn failed(&mut self, check: String, error: &anyhow::Error) {
        let coded = crate::failure::Coded::of(error);
        let causes: Vec<_> =
            error.chain().map(ToString::to_string).filter(|text| !text.is_empty()).collect();
        let found = coded.map_or_else(String::new, |coded| {
            format!("{} {}: ", coded.code, text_of(coded.code).0)
        });
        let remedy = coded.map_or_else(String::new, |coded| text_of(coded.code).2);
        self.add(Grade::Wrong, check, found + &causes.join(": "), remedy);
    }
}

/// Runs `doctor`.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let mut findings = Findings::default();
    programs(&mut findings);
    let home = arguments.home.clone().or_else(|| session::devnet_home(&arguments.node));
    match &home {
        Some(home) => {
            if let Some(url) = home_in_order(&mut findings, home) {
                node_in_order(&mut findings, &url, Some(home));
            }
        }
        None if arguments.node.node.is_empty() => {
            // Says that there is neither a node nor a network to look at.
            let nothing = crate::args::block_on(session::connect(&arguments.node)).map(|_| ());
            if let Err(error) = nothing {
                findings.failed(tr!("node", "节点"), &error);
            }
        }
        None => {
            for url in &arguments.node.node {
                node_in_order(&mut findings, url, None);
            }
        }
    }
    Ok(tell(&findings))
}

/// Where a node on this machine answers, by its configuration.
fn own_url(config: &toml::Table) -> Option<String> {
    let listen = config.get("api")?.get("listen")?.as_str()?;
    let mut address: std::net::SocketAddr = listen.parse().ok()?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    Some(format!("http://{address}"))
}

fn programs(findings: &mut Findings) {
    let own = env!("CARGO_PKG_VERSION");
    match devnet::node_version() {
        Ok(version) if version.contains(own) => {
            findings.fine(tr!("programs", "程序"), format!("yinglian {own}, {version}"))
        }
        Ok(version) => {
            let found = tr!("yinglian {own} beside {version}", "yinglian {own} 与 {version} 并存");
            findings.add(
                Grade::Warning,
                tr!("programs", "程序"),
                found,
                tr!("install both from one release", "请使用同一版本的两个程序"),
            );
        }
        Err(_) => {
            let found = tr!(
                "yinglian {own}; yinglian-node is not on this machine",
                "yinglian {own}；本机没有 yinglian-node"
            );
            findings.fine(tr!("programs", "程序"), found);
        }
    }
}

/// Checks a home, and returns where its node answers.
fn home_in_order(findings: &mut Findings, home: &Path) -> Option<String> {
    let config = files::read_text(&home.join("config.toml"))
        .and_then(|text| Ok(toml::from_str::<toml::Table>(&text)?));
    match &config {
        Ok(table) => {
            let role = table.get("role").and_then(toml::Value::as_str).unwrap_or("validator");
            findings.fine(
                tr!("configuration", "配置"),
                tr!("{}, role {role}", "{}，角色 {role}", home.display()),
            );
            if role == "validator" {
                validator_key(findings, home);
            }
        }
        Err(error) => findings.failed(tr!("configuration", "配置"), error),
    }
    private_mode(findings, &home.join("keys/node.key"));
    disk(findings, &home.join("data"));
    let table = config.ok()?;
    let url = own_url(&table);
    if url.is_none() {
        let found = tr!(
            "config.toml has no address in [api] listen",
            "config.toml 的 [api] listen 没有地址"
        );
        let remedy = tr!("write listen = \"127.0.0.1:PORT\"", "请写 listen = \"127.0.0.1:端口\"");
        findings.add(Grade::Wrong, tr!("node", "节点"), found, remedy);
    }
    url
}

fn validator_key(findings: &mut Findings, home: &Path) {
    let path = home.join("keys/validator.pem");
    private_mode(findings, &path);
    let check = tr!("validator key", "验证节点密钥");
    let text = match files::read_text(&path) {
        Ok(text) => text,
        Err(error) => return findings.failed(check, &error),
    };
    if text.contains("ENCRYPTED PRIVATE KEY") && std::env::var_os("YINGLIAN_PASSPHRASE").is_none() {
        let remedy =
            tr!("set YINGLIAN_PASSPHRASE to have it opened", "设置 YINGLIAN_PASSPHRASE 后可检查");
        return findings.add(
            Grade::Warning,
            check,
            tr!("encrypted; not opened", "已加密，未打开"),
            remedy,
        );
    }
    match keys::load(&path, &passphrase::Arguments::default()) {
        Ok(key) => {
            let address = key.address();
            let document = files::read(&home.join("genesis-document.bin"), DOCUMENT_BYTES_MAX).ok();
            let document = document
                .and_then(|bytes| codec::decode_strict::<GenesisDocument>(&bytes, usize::MAX).ok());
            let of_genesis = document
                .is_some_and(|d| d.validators.iter().any(|v| v.public_key == *key.public_key()));
            let note = if of_genesis {
                tr!("validator of the genesis", "创世验证节点")
            } else {
                tr!("not in the genesis; added later?", "不在创世中；是否后来加入？")
            };
            findings.fine(check, format!("{address} ({note})"));
        }
        Err(error) => findings.failed(check, &error),
    }
}

fn private_mode(findings: &mut Findings, path: &Path) {
    let check = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match path.metadata() {
        Ok(metadata) if metadata.permissions().mode() & 0o077 == 0 => {
            findings.fine(check, tr!("readable by its owner only", "仅属主可读"))
        }
        Ok(metadata) => {
            let mode = metadata.permissions().mode() & 0o777;
            findings.add(
                Grade::Wrong,
                check,
                tr!("mode {mode:o}", "权限 {mode:o}"),
                format!("chmod 600 {}", path.display()),
            );
        }
        Err(error) => findings.add(
            Grade::Wrong,
            check,
            error.to_string(),
            tr!("restore the key from its backup", "请从备份恢复密钥"),
        ),
    }
}

fn disk(findings: &mut Findings, folder: &Path) {
    let check = tr!("disk", "磁盘");
    let Ok(space) = rustix::fs::statvfs(folder) else {
        return findings.add(
            Grade::Wrong,
            check,
            folder.display().to_string(),
            tr!("make the data folder", "请创建数据目录"),
        );
    };
    let free_mib = space.f_bavail.saturating_mul(space.f_frsize) / 1024 / 1024;
    let grade = match free_mib {
        0..DISK_FAIL_MIB => Grade::Wrong,
        DISK_FAIL_MIB..DISK_WARN_MIB => Grade::Warning,
        _ => Grade::Fine,
    };
    let remedy = if grade == Grade::Fine { String::new() } else { text_of(Code::DISK_FULL).2 };
    findings.add(grade, check, tr!("{free_mib} MiB free", "剩余 {free_mib} MiB"), remedy);
}

/// Asks one node and no other: what another says is no news of this one.
fn node_in_order(findings: &mut Findings, url: &str, home: Option<&Path>) {
    let node = session::NodeArguments { node: vec![url.to_owned()] };
    let asked = crate::args::block_on(async {
        let session = session::connect(&node).await?;
        let newest = session.newest_header().await?.0;
        Ok((session.genesis(), newest))
    });
    let (genesis, newest) = match asked {
        Ok(asked) => asked,
        Err(error) => return findings.failed(tr!("node", "节点"), &error),
    };
    let height = newest.height;
    findings.fine(
        tr!("node", "节点"),
        tr!("{url} answers, height {height}", "{url} 有应答，高度 {height}"),
    );
    same_chain(findings, home, &genesis.to_string());
    if !newest.flags.test_clock() {
        clocks(findings, newest.time_ms);
    }
    let status = crate::args::block_on(async {
        let session = session::connect(&node).await?;
        Ok((session.node_status().await?, session.node_why().await?))
    });
    match status {
        Ok((status, why)) => {
            let connected = status.peers.iter().filter(|peer| peer.connected).count();
            let grade = if connected < status.peers.len() { Grade::Warning } else { Grade::Fine };
            let found = tr!(
                "{connected} of {} connected",
                "{} 个中已连接 {connected} 个",
                status.peers.len()
            );
            let remedy = text_of(Code::NO_QUORUM).2;
            findings.add(grade, tr!("peers", "节点连接"), found, remedy);
            let grade = if why.making_blocks { Grade::Fine } else { Grade::Wrong };
            let reasons: Vec<_> = why.reasons.iter().map(|reason| reason.text.as_str()).collect();
            let found =
                if why.making_blocks { tr!("being made", "正常") } else { reasons.join("; ") };
            findings.add(
                grade,
                tr!("blocks", "出块"),
                found,
                tr!("see `yinglian why`", "见 `yinglian why`"),
            );
        }
        Err(error) => findings.failed(tr!("status", "状态"), &error),
    }
}

fn same_chain(findings: &mut Findings, home: Option<&Path>, genesis: &str) {
    let Some(bytes) = home.and_then(|home| files::read(&home.join("genesis.bin"), 4096).ok())
    else {
        return;
    };
    let own = Genesis::decode(&bytes).map(|genesis| genesis.hash().to_string()).unwrap_or_default();
    let check = tr!("chain", "链");
    if own == genesis {
        findings.fine(check, genesis);
    } else {
        let found = tr!(
            "the node runs {genesis}, this home holds {own}",
            "节点运行 {genesis}，本目录为 {own}"
        );
        findings.add(Grade::Wrong, check, found, text_of(Code::WRONG_CHAIN).2);
    }
}

fn clocks(findings: &mut Findings, block_time_ms: u64) {
    let deviation_ms = clock::now_ms().abs_diff(block_time_ms);
    let span = clock::span(deviation_ms);
    let (grade, remedy) = if deviation_ms > CLOCK_DEVIATION_WARN_MS {
        (
            Grade::Warning,
            tr!(
                "set the clock by NTP; if it is right, see `yinglian why`",
                "请用 NTP 校时；若时钟无误，见 `yinglian why`"
            ),
        )
    } else {
        (Grade::Fine, String::new())
    };
    findings.add(
        grade,
        tr!("clock", "时钟"),
        tr!("{span} from the newest block", "与最新区块相差 {span}"),
        remedy,
    );
}

fn tell(findings: &Findings) -> Exit {
    let mut text = String::new();
    let mut rows = Vec::new();
    for finding in &findings.0 {
        let mark = match finding.grade {
            Grade::Fine => tr!("fine", "正常"),
            Grade::Warning => tr!("WARNING", "警告"),
            Grade::Wrong => tr!("WRONG", "错误"),
        };
        rows.push((format!("{mark}  {}", finding.check), finding.found.clone()));
        if finding.grade != Grade::Fine && !finding.remedy.is_empty() {
            rows.push((String::new(), tr!("remedy: {}", "办法：{}", finding.remedy)));
        }
    }
    text.push_str(&output::table(&rows));
    let wrong = findings.0.iter().filter(|finding| finding.grade == Grade::Wrong).count();
    let values: Vec<_> = findings
        .0
        .iter()
        .map(|finding| {
            let grade = format!("{:?}", finding.grade).to_lowercase();
            json!({ "grade": grade, "check": finding.check, "found": finding.found, "remedy": finding.remedy })
        })
        .collect();
    output::data(&json!({ "wrong": wrong, "findings": values }), &text);
    if wrong == 0 { Exit::Ok } else { Exit::Refused }
}
