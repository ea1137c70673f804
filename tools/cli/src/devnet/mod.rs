//! `yinglian devnet`: a network of node processes on this machine, for trying, testing and the demonstration.
//!
//! Makes keys and genesis once, then starts, watches and stops processes. Everything lies in one folder of mode 0700.
//! Never: a process that outlives `down`, a key that leaves the folder.

mod admin;
mod config;
mod make;
mod ports;
mod probe;
mod process;
pub mod state;

pub use make::{Wish, genesis_of};
pub use probe::health;
pub use process::{kill, running, version as node_version};

use crate::failure::{Coded, Exit};
use crate::{files, output, progress, tr};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use state::{Devnet, Node, Role};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yinglian_crypto::Suite;
use yinglian_protocol::Code;

const DEFAULT_VALIDATORS: u16 = 4;
/// Nodes get this long from their start to their first answer as ready.
const READY_PATIENCE: Duration = Duration::from_secs(90);
const POLL_PAUSE: Duration = Duration::from_millis(100);
const LOG_LINES_SHOWN: usize = 12;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the network, making it first where there is none
    Up(Up),
    /// Stop all nodes
    Down(Down),
    /// Say which nodes run and how high they are
    Status(Folder),
    /// Start one node
    Start(Start),
    /// Stop one node
    Stop(One),
    /// End one node at once, as a power cut would
    Kill(One),
    /// Move the clock of a network made with --test-clock
    Clock(admin::Clock),
}

#[derive(Debug, Clone, Args)]
pub struct Folder {
    /// Folder of the network
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".devnet",
        env = "YINGLIAN_DEVNET",
        hide_env_values = true
    )]
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    folder: Folder,
    /// Validators, each run by a department of genesis/devnet.toml [default: 4]
    #[arg(long, value_name = "N")]
    validators: Option<u16>,
    /// Nodes that follow without a vote [default: 0]
    #[arg(long, value_name = "N")]
    observers: Option<u16>,
    /// Suite of the chain, national or international [default: national]
    #[arg(long)]
    suite: Option<Suite>,
    /// Flag the chain as a test and let `devnet clock` move its time
    #[arg(long)]
    test_clock: bool,
    /// First of the ports, three a node; 0 for any that are free [default: 26600]
    #[arg(long, value_name = "PORT")]
    base_port: Option<u16>,
}

#[derive(Debug, Args)]
pub struct Down {
    #[command(flatten)]
    folder: Folder,
    /// Remove the folder with all keys and data
    #[arg(long)]
    remove: bool,
}

#[derive(Debug, Args)]
pub struct One {
    /// Number or name of the node: 2, node2, observer1
    #[arg(value_name = "NODE")]
    node: String,
    #[command(flatten)]
    folder: Folder,
}

#[derive(Debug, Args)]
pub struct Start {
    #[command(flatten)]
    one: One,
    /// Do not wait until the node takes part
    #[arg(long)]
    no_wait: bool,
}

/// Runs `devnet`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Up(arguments) => up(&arguments),
        Command::Down(arguments) => down(&arguments),
        Command::Status(folder) => status(&folder.dir),
        Command::Start(Start { one, no_wait }) => with_node(&one, |devnet, node| {
            process::start(&process::find_binary()?, &one.folder.dir, node)?;
            if no_wait { Ok(()) } else { wait_ready(&one.folder.dir, devnet, &[node]) }
        }),
        Command::Stop(one) => {
            with_node(&one, |_, node| process::stop(&one.folder.dir, &[node]).map(|_| ()))
        }
        Command::Kill(one) => with_node(&one, |_, node| process::kill(&one.folder.dir, node)),
        Command::Clock(clock) => admin::run(&clock),
    }
}

/// Holds the folder for one command at a time; released when dropped.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let file =
        File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(file)
}

/// Makes the network where there is none, starts its nodes, and waits until all take part.
pub fn bring_up(folder: &Path, wish: Wish) -> anyhow::Result<Devnet> {
    files::make_private_folder(folder)?;
    make::refuse_occupied(folder)?;
    let _lock = lock(folder)?;
    let devnet = match Devnet::load(folder)? {
        Some(devnet) => devnet,
        None => make::make(folder, wish)?,
    };
    start_nodes(folder, &devnet, &devnet.nodes.iter().collect::<Vec<_>>())?;
    Ok(devnet)
}

/// Starts nodes and waits until they take part.
pub fn start_nodes(folder: &Path, devnet: &Devnet, nodes: &[&Node]) -> anyhow::Result<()> {
    let binary = process::find_binary()?;
    nodes.iter().try_for_each(|node| process::start(&binary, folder, node))?;
    wait_ready(folder, devnet, nodes)
}

/// Starts one node and does not wait until it takes part.
pub fn launch(folder: &Path, node: &Node) -> anyhow::Result<()> {
    process::start(&process::find_binary()?, folder, node)
}

/// Stops all nodes.
pub fn bring_down(folder: &Path, devnet: &Devnet) -> anyhow::Result<()> {
    process::stop(folder, &devnet.nodes.iter().collect::<Vec<_>>()).map(|_| ())
}

fn up(arguments: &Up) -> anyhow::Result<Exit> {
    let folder = &arguments.folder.dir;
    files::make_private_folder(folder)?;
    make::refuse_occupied(folder)?;
    let _lock = lock(folder)?;
    let devnet = match Devnet::load(folder)? {
        Some(devnet) => {
            check_same(&devnet, arguments)?;
            devnet
        }
        None => make::make(folder, wish(arguments))?,
    };
    start_nodes(folder, &devnet, &devnet.nodes.iter().collect::<Vec<_>>())?;
    tell_up(folder, &devnet);
    Ok(Exit::Ok)
}

fn wish(arguments: &Up) -> Wish {
    Wish {
        validators: arguments.validators.unwrap_or(DEFAULT_VALIDATORS),
        observers: arguments.observers.unwrap_or(0),
        suite: arguments.suite.unwrap_or(Suite::National),
        test_clock: arguments.test_clock,
        base_port: arguments.base_port.unwrap_or(ports::DEFAULT_BASE_PORT),
        heartbeat_ms: None,
    }
}

/// A network that exists is what it is; wishes that differ from it are refused rather than ignored.
fn check_same(devnet: &Devnet, arguments: &Up) -> anyhow::Result<()> {
    let count = |role| {
        u16::try_from(devnet.nodes.iter().filter(|node| node.role == role).count())
            .unwrap_or(u16::MAX)
    };
    let same = arguments.validators.is_none_or(|wish| wish == count(Role::Validator))
        && arguments.observers.is_none_or(|wish| wish == count(Role::Observer))
        && arguments.suite.is_none_or(|wish| wish == devnet.suite)
        && (!arguments.test_clock || devnet.test_clock);
    if same {
        return Ok(());
    }
    let folder = arguments.folder.dir.display();
    let detail = tr!(
        "the network in {folder} exists and was made otherwise",
        "{folder} 中已有网络，且与所求不同"
    );
    let hint = tr!(
        "choose another --dir, or `yinglian devnet down --remove` first",
        "换一个 --dir，或先执行 `yinglian devnet down --remove`"
    );
    Err(Coded::could_not(Code::USAGE, detail).hint(hint).into())
}

fn wait_ready(folder: &Path, devnet: &Devnet, nodes: &[&Node]) -> anyhow::Result<()> {
    let deadline = Instant::now() + READY_PATIENCE;
    let bar = progress::counter(&tr!("nodes ready", "节点就绪"), nodes.len());
    loop {
        let ready = nodes.iter().filter(|node| probe::health(node.api_port).ready).count();
        bar.set(ready);
        if ready == nodes.len() {
            return Ok(());
        }
        let ended = nodes.iter().find(|node| process::running(folder, node).is_none());
        let late = Instant::now() > deadline;
        if let Some(node) =
            ended.or_else(|| nodes.iter().find(|node| late && !probe::health(node.api_port).ready))
        {
            return Err(not_ready(folder, devnet, node, late));
        }
        std::thread::sleep(POLL_PAUSE);
    }
}

fn not_ready(folder: &Path, devnet: &Devnet, node: &Node, late: bool) -> anyhow::Error {
    let (name, owner) = (&node.name, devnet.department_name(&node.department));
    let what = if late {
        tr!("{name} ({owner}) did not get ready", "{name}（{owner}）未能就绪")
    } else {
        tr!("{name} ({owner}) ended", "{name}（{owner}）已退出")
    };
    let tail = process::log_tail(folder, node, LOG_LINES_SHOWN);
    let log = state::log_file(folder, node);
    let coded = Coded::could_not(Code::NODE_NOT_READY, what).hint(tr!(
        "its log: {}",
        "日志：{}",
        log.display()
    ));
    anyhow::anyhow!("{tail}").context(coded)
}

fn tell_up(folder: &Path, devnet: &Devnet) {
    let root = state::trust_root_file(folder);
    let mut text = status_table(folder, devnet);
    text.push_str(&tr!(
        "trust root  {} ({})\n",
        "信任根  {}（{}）\n",
        devnet.genesis,
        root.display()
    ));
    output::data(&status_value(folder, devnet), &text);
    output::hint(&tr!(
        "`yinglian notarize FILE` puts a file on record",
        "`yinglian notarize 文件` 为文件存证"
    ));
}

fn down(arguments: &Down) -> anyhow::Result<Exit> {
    let folder = &arguments.folder.dir;
    if !folder.exists() {
        output::data(
            &json!({ "stopped": [] }),
            &tr!("there is no network in {}", "{} 中没有网络", folder.display()),
        );
        return Ok(Exit::Ok);
    }
    let _lock = lock(folder)?;
    let devnet = Devnet::expect(folder)?;
    let running: Vec<&Node> =
        devnet.nodes.iter().filter(|node| process::running(folder, node).is_some()).collect();
    let stubborn = process::stop(folder, &devnet.nodes.iter().collect::<Vec<_>>())?;
    for name in &stubborn {
        output::warn(&tr!(
            "{name} did not end by itself and was killed",
            "{name} 未自行退出，已强制结束"
        ));
    }
    if arguments.remove {
        std::fs::remove_dir_all(folder)?;
    }
    let names: Vec<_> = running.iter().map(|node| node.name.as_str()).collect();
    let text = tr!("stopped {} nodes", "已停止 {} 个节点", names.len());
    output::data(
        &json!({ "stopped": names, "killed": stubborn, "removed": arguments.remove }),
        &text,
    );
    Ok(Exit::Ok)
}

fn with_node(
    one: &One,
    work: impl Fn(&Devnet, &Node) -> anyhow::Result<()>,
) -> anyhow::Result<Exit> {
    let folder = &one.folder.dir;
    let devnet = Devnet::expect(folder)?;
    let _lock = lock(folder)?;
    let node = devnet.node(&one.node)?;
    work(&devnet, node)?;
    output::data(&node_value(folder, &devnet, node), &status_table(folder, &devnet));
    Ok(Exit::Ok)
}

fn status(folder: &Path) -> anyhow::Result<Exit> {
    let devnet = Devnet::expect(folder)?;
    output::data(&status_value(folder, &devnet), &status_table(folder, &devnet));
    Ok(Exit::Ok)
}

fn state_words(folder: &Path, node: &Node) -> String {
    let health = probe::health(node.api_port);
    match (process::running(folder, node), health.ready) {
        (None, _) => tr!("stopped", "已停止"),
        (Some(_), false) => tr!("not ready", "未就绪"),
        (Some(_), true) => {
            let height = health.height.unwrap_or(0);
            tr!("ready, height {height}", "就绪，高度 {height}")
        }
    }
}

fn status_table(folder: &Path, devnet: &Devnet) -> String {
    let suite = devnet.suite;
    let head = tr!("network     {}, {suite} suite\n", "网络  {}，{suite} 套件\n", devnet.chain);
    let rows: Vec<_> = devnet
        .nodes
        .iter()
        .map(|node| {
            let owner = devnet.department_name(&node.department);
            (
                node.name.clone(),
                format!("{}  {owner}  {}", node.api_url(), state_words(folder, node)),
            )
        })
        .collect();
    head + &output::table(&rows)
}

fn node_value(folder: &Path, devnet: &Devnet, node: &Node) -> Value {
    let health = probe::health(node.api_port);
    let pid = process::running(folder, node).map(|pid| pid.as_raw_nonzero().get());
    json!({ "name": node.name, "role": node.role, "department": node.department,
            "department_name": devnet.department_name(&node.department), "url": node.api_url(), "peer_id": node.peer_id, "addresses": config::addresses(node), "pid": pid,
            "running": pid.is_some(), "ready": health.ready, "height": health.height,
            "home": state::node_home(folder, node), "log": state::log_file(folder, node) })
}

fn status_value(folder: &Path, devnet: &Devnet) -> Value {
    let nodes: Vec<_> = devnet.nodes.iter().map(|node| node_value(folder, devnet, node)).collect();
    json!({ "folder": folder, "chain": devnet.chain, "suite": devnet.suite, "test_clock": devnet.test_clock,
            "genesis": devnet.genesis, "trust_root": state::trust_root_file(folder), "nodes": nodes,
            "departments": devnet.departments })
}
