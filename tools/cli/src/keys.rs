//! `yinglian keys`: software keys in PKCS#8 PEM, encrypted unless asked otherwise. Prints public halves and addresses only.

use crate::failure::{Coded, Exit};
use crate::{files, output, passphrase, peer_key, tr};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use yinglian_crypto::keystore::{self, KeystoreError};
use yinglian_crypto::{Hash, PublicKey, SigningKey, Suite};
use yinglian_protocol::calls::possession_bytes;
use yinglian_protocol::{Code, CreditCode, GenesisHash};

const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key from the system's randomness
    Generate(Generate),
    /// Make the key that names a node in the network, and print its peer id
    Node(Node),
    /// Print suite, address and public key of a key file; of a node.key its peer id
    Show(Show),
    /// Print the public half of a key file as PEM, for those who register it
    Public(Public),
    /// Sign that a key belongs to an organisation of a chain, for those who register it
    Prove(Prove),
    /// Print the address of a public key
    Address(Address),
    /// Write a key file again under a passphrase
    Encrypt(Encrypt),
}

#[derive(Debug, Args)]
pub struct Generate {
    /// File to write; never overwrites
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Suite of the chain: national (SM2, SM3) or international (Ed25519, SHA-256)
    #[arg(long, default_value = "national")]
    suite: Suite,
    /// Write the key without a passphrase (test networks only)
    #[arg(long, conflicts_with = "passphrase_file")]
    plain: bool,
    #[command(flatten)]
    passphrase: passphrase::Arguments,
}

#[derive(Debug, Args)]
pub struct Node {
    /// File to write, usually HOME/keys/node.key; never overwrites
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Key file, private or public
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: passphrase::Arguments,
}

#[derive(Debug, Args)]
pub struct Public {
    /// Key file, private or public
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File to write instead of the output; never overwrites
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: passphrase::Arguments,
}

#[derive(Debug, Args)]
pub struct Prove {
    /// Key file, private
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Credit code of the organisation that registers the key
    #[arg(long, value_name = "CODE")]
    organization: CreditCode,
    /// Genesis hash of the chain, 64 hex digits
    #[arg(long, value_name = "HASH")]
    genesis: Hash,
    #[command(flatten)]
    passphrase: passphrase::Arguments,
}

#[derive(Debug, Args)]
pub struct Address {
    /// Public key in hex, with its algorithm byte, or a PEM file
    #[arg(value_name = "KEY")]
    key: String,
}

#[derive(Debug, Args)]
pub struct Encrypt {
    /// Key file to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File to write; never overwrites
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: passphrase::Arguments,
}

/// Runs `keys`.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Generate(arguments) => generate(arguments),
        Command::Node(arguments) => node(&arguments),
        Command::Show(arguments) => show(arguments),
        Command::Public(arguments) => export_public(&arguments),
        Command::Prove(arguments) => prove(&arguments),
        Command::Address(arguments) => address(&arguments),
        Command::Encrypt(arguments) => encrypt(arguments),
    }
}

fn generate(arguments: Generate) -> anyhow::Result<Exit> {
    files::must_be_new(&arguments.out)?;
    let key = SigningKey::generate(arguments.suite)?;
    if arguments.plain {
        save_plain(&arguments.out, &key)?;
    } else {
        let passphrase = arguments.passphrase.new_passphrase()?;
        save(&arguments.out, &key, &passphrase)?;
    }
    print(key.public_key(), Some(&arguments.out));
    Ok(Exit::Ok)
}

fn node(arguments: &Node) -> anyhow::Result<Exit> {
    print_peer_id(&peer_key::generate(&arguments.out)?, &arguments.out);
    Ok(Exit::Ok)
}

fn print_peer_id(peer_id: &str, file: &Path) {
    let rows = [
        (tr!("peer id", "网络标识"), peer_id.to_owned()),
        (tr!("file", "文件"), file.display().to_string()),
    ];
    output::data(&json!({ "peer_id": peer_id, "file": file }), &output::table(&rows));
}

fn show(arguments: Show) -> anyhow::Result<Exit> {
    let text = files::read(&arguments.file, KEY_FILE_BYTES_MAX)?;
    if let Some(peer_id) = std::str::from_utf8(&text).ok().and_then(peer_key::peer_id_of) {
        print_peer_id(&peer_id, &arguments.file);
        return Ok(Exit::Ok);
    }
    let public = std::str::from_utf8(&text).ok().and_then(|text| PublicKey::from_pem(text).ok());
    match public {
        Some(key) => print(&key, None),
        None => print(load(&arguments.file, &arguments.passphrase)?.public_key(), None),
    }
    Ok(Exit::Ok)
}

fn export_public(arguments: &Public) -> anyhow::Result<Exit> {
    arguments.out.as_deref().map(files::must_be_new).transpose()?;
    let text = files::read_text(&arguments.file)?;
    let key = match PublicKey::from_pem(&text) {
        Ok(key) => key,
        Err(_) => load(&arguments.file, &arguments.passphrase)?.public_key().clone(),
    };
    let pem = key.to_pem()?;
    match &arguments.out {
        Some(path) => {
            files::write_new(path, pem.as_bytes())?;
            print(&key, Some(path));
        }
        None => output::data(&json!({ "public_key_pem": pem }), &pem),
    }
    Ok(Exit::Ok)
}

fn prove(arguments: &Prove) -> anyhow::Result<Exit> {
    let key = load(&arguments.file, &arguments.passphrase)?;
    let public_key = key.public_key();
    let genesis = GenesisHash(arguments.genesis);
    let bytes = possession_bytes(&genesis, &arguments.organization, public_key);
    let proof = key.sign_now(&bytes).to_string();
    let rows = [
        (tr!("address", "地址"), public_key.address().to_string()),
        (tr!("public key", "公钥"), public_key.to_string()),
        (tr!("proof", "持有证明"), proof.clone()),
    ];
    let value = json!({ "address": public_key.address().to_string(), "public_key": public_key.to_string(),
                        "proof": proof });
    output::data(&value, &output::table(&rows));
    Ok(Exit::Ok)
}

fn address(arguments: &Address) -> anyhow::Result<Exit> {
    let key = public_key(&arguments.key)?;
    let address = key.address().to_string();
    output::data(&json!({ "address": address }), &address);
    Ok(Exit::Ok)
}

fn encrypt(arguments: Encrypt) -> anyhow::Result<Exit> {
    let text = files::read_text(&arguments.file)?;
    let key = SigningKey::from_pem(&text).with_context(|| keystore_failure(&arguments.file))?;
    files::must_be_new(&arguments.out)?;
    let passphrase = arguments.passphrase.new_passphrase()?;
    save(&arguments.out, &key, &passphrase)?;
    print(key.public_key(), Some(&arguments.out));
    output::hint(&tr!(
        "the plain file {} is still there",
        "明文文件 {} 仍然存在",
        arguments.file.display()
    ));
    Ok(Exit::Ok)
}

fn print(key: &PublicKey, file: Option<&Path>) {
    let pem = key.to_pem().unwrap_or_default();
    let file = file.map(|path| path.display().to_string());
    let mut rows = vec![
        (tr!("suite", "密码套件"), key.suite().to_string()),
        (tr!("address", "地址"), key.address().to_string()),
        (tr!("public key", "公钥"), key.to_string()),
    ];
    rows.extend(file.clone().map(|path| (tr!("file", "文件"), path)));
    let value = json!({ "suite": key.suite(), "address": key.address().to_string(), "public_key": key.to_string(),
                        "public_key_pem": pem, "file": file });
    output::data(&value, &output::table(&rows));
}

/// Public key from hex, or from a PEM file.
pub fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = text.parse::<PublicKey>() {
        return Ok(key);
    }
    let path = Path::new(text);
    let pem = files::read_text(path)?;
    if pem.contains("ENCRYPTED PRIVATE KEY") {
        let hint = tr!(
            "`yinglian keys public {text} --out FILE` writes the public half, which is all that is needed here",
            "`yinglian keys public {text} --out 文件` 写出公钥，此处只需公钥"
        );
        return Err(keystore_failure(path).hint(hint).into());
    }
    PublicKey::from_pem(&pem)
        .or_else(|_| SigningKey::from_pem(&pem).map(|key| key.public_key().clone()))
        .with_context(|| keystore_failure(path))
}

/// Writes an encrypted key; refuses to overwrite.
fn save(path: &Path, key: &SigningKey, passphrase: &str) -> anyhow::Result<()> {
    keystore::save(path, key, passphrase).map_err(|error| {
        let coded = match &error {
            KeystoreError::Exists { .. } => {
                Coded::could_not(Code::FILE_EXISTS, path.display().to_string())
            }
            KeystoreError::File { .. } => Coded::could_not(
                Code::FILE_UNREADABLE,
                tr!("writing {}", "写入 {}", path.display()),
            ),
            _ => keystore_failure(path),
        };
        anyhow::Error::from(error).context(coded)
    })
}

/// Writes a key without a passphrase, readable by the owner only; refuses to overwrite.
pub fn save_plain(path: &Path, key: &SigningKey) -> anyhow::Result<()> {
    files::write_new_private(path, key.to_pem()?.as_bytes())
}

/// A signing key from a plain file, or from an encrypted one with its passphrase.
pub fn load(path: &Path, passphrase: &passphrase::Arguments) -> anyhow::Result<SigningKey> {
    let text = files::read_text(path)?;
    if text.contains("ENCRYPTED PRIVATE KEY") {
        let passphrase = passphrase.existing_passphrase(path)?;
        return keystore::load(path, &passphrase).with_context(|| keystore_failure(path));
    }
    SigningKey::from_pem(&text).with_context(|| keystore_failure(path))
}

fn keystore_failure(path: &Path) -> Coded {
    Coded::could_not(Code::KEYSTORE_INVALID, tr!("key file {}", "密钥文件 {}", path.display()))
}
