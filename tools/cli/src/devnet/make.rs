//! Makes a network: ports, keys, the genesis document, the genesis, a home for each node.

use super::state::{self, Department, Devnet, Node, Role};
use super::{config, ports, process};
use crate::failure::Coded;
use crate::{clock, files, keys, peer_key, tr};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use yinglian_crypto::{SigningKey, Suite};
use yinglian_protocol::{
    Code, GenesisDocument, GenesisTemplate, TemplateKeys, TemplateOrganization, ValidatorSeat,
    codec, limits,
};

const TEMPLATE: &str = include_str!("../../../../genesis/devnet.toml");
/// Stands in a folder while a network is being made there.
const MARKER: &str = "unfinished";

/// What a network is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Validators.
    pub validators: u16,
    /// Observers.
    pub observers: u16,
    /// Suite of the chain.
    pub suite: Suite,
    /// Run a chosen clock.
    pub test_clock: bool,
    /// First port, or 0 for any.
    pub base_port: u16,
    /// Time between two blocks with nothing to do, milliseconds; the node's own when none.
    pub heartbeat_ms: Option<u64>,
}

/// Makes a network in an empty folder, or in one where the making was interrupted.
pub fn make(folder: &Path, wish: Wish) -> anyhow::Result<Devnet> {
    clear_interrupted(folder)?;
    let template = template(wish)?;
    files::write_private(&folder.join(MARKER), b"")?;
    for part in ["keys", "nodes", "logs", "run"] {
        files::make_private_folder(&folder.join(part))?;
    }
    let mut devnet = plan(&template, wish)?;
    let document = make_keys(folder, &template, &mut devnet)?;
    devnet.genesis = genesis_of(&document, folder)?;
    let observers = devnet.nodes.iter().filter(|node| node.role == Role::Observer);
    let observers: Vec<String> = observers.map(|node| node.peer_id.clone()).collect();
    for node in &devnet.nodes {
        furnish(folder, node, &observers, wish.heartbeat_ms)?;
    }
    files::write(&state::trust_root_file(folder), format!("{}\n", devnet.genesis).as_bytes())?;
    devnet.save(folder)?;
    std::fs::remove_file(folder.join(MARKER))?;
    Ok(devnet)
}

fn clear_interrupted(folder: &Path) -> anyhow::Result<()> {
    if folder.join(MARKER).exists() {
        for part in ["keys", "nodes", "logs", "run"] {
            let _ = std::fs::remove_dir_all(folder.join(part));
        }
        return Ok(());
    }
    refuse_occupied(folder)
}

/// A folder that holds something other than a network is left as it is, down to the last file.
pub fn refuse_occupied(folder: &Path) -> anyhow::Result<()> {
    if ["devnet.json", MARKER].iter().any(|name| folder.join(name).exists()) {
        return Ok(());
    }
    let mut entries = folder.read_dir().map_err(|error| files::unreadable(error, folder))?;
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "lock")) {
        let detail = folder.display().to_string();
        return Err(Coded::could_not(Code::FOLDER_OCCUPIED, detail).into());
    }
    Ok(())
}

/// The template with the wished suite, and with the first organisations as validators.
fn template(wish: Wish) -> anyhow::Result<GenesisTemplate> {
    let mut template: GenesisTemplate = toml::from_str(TEMPLATE).context("genesis/devnet.toml")?;
    template.suite = wish.suite;
    let organizations_max = template.organizations.len();
    if wish.validators == 0 || usize::from(wish.validators) > organizations_max {
        let detail = tr!(
            "a network on one machine has 1 to {organizations_max} validators",
            "单机网络有 1 至 {organizations_max} 个验证节点"
        );
        return Err(Coded::could_not(Code::USAGE, detail).into());
    }
    // The contracts would refuse the genesis; here is the place to say how it can be had nevertheless.
    if usize::from(wish.validators) < limits::VALIDATORS_MIN && !wish.test_clock {
        let detail = tr!("{} validators", "{} 个验证节点", wish.validators);
        let hint = tr!(
            "a network for tests may be smaller: --test-clock",
            "测试网络可以更小：--test-clock"
        );
        return Err(Coded::could_not(Code::VALIDATORS_TOO_FEW, detail).hint(hint).into());
    }
    for (index, organization) in template.organizations.iter_mut().enumerate() {
        organization.validator_weight = (index < usize::from(wish.validators)).then_some(1);
    }
    Ok(template)
}

fn plan(template: &GenesisTemplate, wish: Wish) -> anyhow::Result<Devnet> {
    let count = wish.validators.saturating_add(wish.observers);
    let ports = ports::choose(wish.base_port, count.saturating_mul(ports::PORTS_PER_NODE))?;
    let owners = template.organizations.iter().cycle().take(usize::from(count));
    let nodes = ports.chunks_exact(usize::from(ports::PORTS_PER_NODE)).zip(owners).enumerate();
    let nodes =
        nodes.map(|(index, (ports, owner))| node(index, ports, owner, wish.validators)).collect();
    let departments = template.organizations.iter().map(department).collect();
    Ok(Devnet::new(template.name.clone(), wish.suite, wish.test_clock, nodes, departments))
}

fn node(index: usize, ports: &[u16], owner: &TemplateOrganization, validators: u16) -> Node {
    let validators = usize::from(validators);
    let (name, role) = if index < validators {
        (format!("node{}", index + 1), Role::Validator)
    } else {
        (format!("observer{}", index + 1 - validators), Role::Observer)
    };
    let port = |at: usize| ports.get(at).copied().unwrap_or_default();
    Node {
        name,
        role,
        department: owner.id.to_string(),
        peer_id: String::new(),
        api_port: port(0),
        consensus_port: port(1),
        gossip_port: port(2),
    }
}

fn department(organization: &TemplateOrganization) -> Department {
    Department {
        id: organization.id.to_string(),
        code: organization.code,
        short_name: organization.short_name.clone(),
        keys: organization.keys.iter().map(|key| key.name.to_string()).collect(),
    }
}

/// Makes every key, notes the nodes' peer ids, and fills the template.
fn make_keys(
    folder: &Path,
    template: &GenesisTemplate,
    devnet: &mut Devnet,
) -> anyhow::Result<GenesisDocument> {
    let mut made = TemplateKeys { keys: BTreeMap::new(), seats: BTreeMap::new() };
    for organization in &template.organizations {
        files::make_private_folder(&folder.join("keys").join(organization.id.as_str()))?;
        for wanted in &organization.keys {
            let path = state::key_file(folder, organization.id.as_str(), wanted.name.as_str());
            let key = SigningKey::generate(template.suite)?;
            keys::save_plain(&path, &key)?;
            made.keys
                .insert((organization.id.clone(), wanted.name.clone()), key.public_key().clone());
        }
    }
    for node in &mut devnet.nodes {
        let folder = state::node_home(folder, node).join("keys");
        files::make_private_folder(&folder)?;
        node.peer_id = peer_key::generate(&folder.join("node.key"))?;
        if node.role == Role::Observer {
            continue;
        }
        let key = SigningKey::generate(template.suite)?;
        keys::save_plain(&folder.join("validator.pem"), &key)?;
        let seat = ValidatorSeat {
            public_key: key.public_key().clone(),
            peer_id: node.peer_id.clone(),
            addresses: config::addresses(node),
        };
        made.seats.insert(node.department.parse()?, seat);
    }
    Ok(template.fill(clock::now_ms(), devnet.test_clock, &made)?)
}

/// Has the node compute the genesis of a document, because the contracts fix the first state. Writes `genesis.bin`,
/// `genesis-document.bin` and for people `genesis-document.toml` into `out`. Returns the hash.
pub fn genesis_of(document: &GenesisDocument, out: &Path) -> anyhow::Result<String> {
    files::write(&out.join("genesis-document.toml"), toml::to_string(document)?.as_bytes())?;
    let encoded = out.join("genesis-document.bin");
    files::write(&encoded, &codec::encode(document))?;
    let binary = process::find_binary()?;
    let output = Command::new(&binary)
        .arg("genesis")
        .arg("--document")
        .arg(&encoded)
        .arg("--out")
        .arg(out)
        .output();
    let output = output
        .with_context(|| Coded::could_not(Code::TOOL_MISSING, binary.display().to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let detail = tr!("yinglian-node refuses the document", "yinglian-node 拒绝该文档");
        return Err(
            anyhow::anyhow!("{}", said.trim()).context(Coded::could_not(Code::USAGE, detail))
        );
    }
    let answer: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("answer of yinglian-node genesis")?;
    let hash = answer.get("genesis_hash").and_then(|value| value.as_str());
    hash.map(str::to_owned).context("answer of yinglian-node genesis")
}

fn furnish(
    folder: &Path,
    node: &Node,
    observers: &[String],
    heartbeat_ms: Option<u64>,
) -> anyhow::Result<()> {
    let home = state::node_home(folder, node);
    files::make_private_folder(&home.join("data"))?;
    let config = config::text(node, observers, heartbeat_ms)?;
    files::write(&home.join("config.toml"), config.as_bytes())?;
    for file in ["genesis.bin", "genesis-document.bin"] {
        let bytes = files::read(&folder.join(file), 64 * 1024 * 1024)?;
        files::write(&home.join(file), &bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_template_is_sound_and_validators_come_from_its_top() {
        let wish = Wish {
            validators: 4,
            observers: 1,
            suite: Suite::National,
            test_clock: false,
            base_port: 0,
            heartbeat_ms: None,
        };
        let template = template(wish).unwrap();
        let devnet = plan(&template, wish).unwrap();
        let owners: Vec<_> = devnet.nodes.iter().map(|node| node.department.as_str()).collect();
        assert_eq!(owners, ["pds-001", "pds-008", "pds-024", "pds-026", "pds-002"]);
        assert_eq!(devnet.nodes[4].role, Role::Observer);
        let ids: Vec<_> = template
            .organizations
            .iter()
            .filter(|o| o.validator_weight.is_some())
            .map(|o| o.id.as_str())
            .collect();
        assert_eq!(ids, owners[..4]);
        assert!(super::template(Wish { validators: 0, ..wish }).is_err());
        assert!(super::template(Wish { validators: 99, ..wish }).is_err());
        assert!(super::template(Wish { validators: 3, ..wish }).is_err());
        assert!(super::template(Wish { validators: 3, test_clock: true, ..wish }).is_ok());
    }

    #[test]
    fn the_filled_template_survives_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let wish = Wish {
            validators: 4,
            observers: 0,
            suite: Suite::International,
            test_clock: true,
            base_port: 0,
            heartbeat_ms: None,
        };
        let template = template(wish).unwrap();
        let mut devnet = plan(&template, wish).unwrap();
        let document = make_keys(folder.path(), &template, &mut devnet).unwrap();
        let again: GenesisDocument = toml::from_str(&toml::to_string(&document).unwrap()).unwrap();
        assert_eq!(again, document);
        assert_eq!(document.validators.len(), 4);
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("precious"), "x").unwrap();
        let wish = Wish {
            validators: 4,
            observers: 0,
            suite: Suite::National,
            test_clock: false,
            base_port: 0,
            heartbeat_ms: None,
        };
        assert!(make(folder.path(), wish).is_err());
        let error = super::super::bring_up(folder.path(), wish).unwrap_err();
        assert_eq!(Coded::of(&error).unwrap().code, Code::FOLDER_OCCUPIED);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing was made there");
    }
}
