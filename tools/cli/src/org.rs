//! `yinglian org`: an organisation's own keys, its delegates, and the acts that two of its keys sign.

use crate::failure::{Coded, Exit};
use crate::membership::{Common, run};
use crate::{files, keys, output, tr};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use yinglian_crypto::{Hash, Signature};
use yinglian_protocol::calls::membership::{
    ActConfirm, ActsRequire, DelegateChange, DelegateGrant, DelegateKind, DelegateRevoke,
    DelegationTerms, KeyRegister, KeyRevoke, KeyRotate,
};
use yinglian_protocol::calls::{Arguments, parse_time};
use yinglian_protocol::{Address, Code, EnvelopeId, Height, Name, Region, Suite, codec};

const HOUR_MS: u64 = 3_600_000;
/// What the commitment to a delegate is made for: contract, entity and field.
const HOLDER: (&str, &str) = ("membership.delegation", "holder");

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register a key of the organisation; without roles it is for a delegate
    AddKey(AddKey),
    /// Replace a key by a new one with the same roles, or the same delegation
    RotateKey(RotateKey),
    /// Revoke a key from a height on
    RevokeKey(RevokeKey),
    /// Make the commitment to a delegate's number, and the salt that opens it
    Holder(Holder),
    /// Let a key act as a post or a person for a time
    Delegate(Delegate),
    /// Change what a delegate may do, where and when
    ChangeDelegate(ChangeDelegate),
    /// End a delegation before its time
    EndDelegate(EndDelegate),
    /// Set which acts two keys of the organisation sign
    TwoPerson(TwoPerson),
    /// Sign an act that another key of the organisation proposed
    Confirm(Confirm),
}

/// A key that is new to the chain.
#[derive(Debug, Args)]
struct NewKey {
    /// The new key: hex, or a PEM file
    #[arg(long, value_name = "KEY")]
    public_key: String,
    /// What `yinglian keys prove` printed for the new key
    #[arg(long, value_name = "HEX")]
    proof: Signature,
}

#[derive(Debug, Args)]
pub struct AddKey {
    #[command(flatten)]
    new: NewKey,
    /// Role of the key, repeatable
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Name>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct RotateKey {
    /// Address of the old key
    #[arg(long, value_name = "ADDRESS")]
    address: Address,
    #[command(flatten)]
    new: NewKey,
    /// Height from which the old key is revoked; the next one when absent
    #[arg(long, value_name = "HEIGHT")]
    effective_height: Option<u64>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct RevokeKey {
    /// Address of the key
    #[arg(long, value_name = "ADDRESS")]
    address: Address,
    /// Height from which it is revoked; the next one when absent
    #[arg(long, value_name = "HEIGHT")]
    effective_height: Option<u64>,
    /// Why; no personal data
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct Holder {
    /// File whose first line is the number of the post or person
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Suite of the chain
    #[arg(long, default_value = "national")]
    suite: Suite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Post,
    Person,
}

#[derive(Debug, Args)]
struct Terms {
    /// Role of the delegate, repeatable
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Name>,
    /// Region code, within the organisation's
    #[arg(long, value_name = "CODE")]
    region: Region,
    /// When it begins, such as 2026-12-01T00:00:00+08:00
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it is over; five years later at most
    #[arg(long, value_name = "TIME")]
    until: String,
}

#[derive(Debug, Args)]
pub struct Delegate {
    /// Address of a key of the organisation that has no roles
    #[arg(long, value_name = "ADDRESS")]
    address: Address,
    /// A post or a person
    #[arg(long, value_enum)]
    kind: Kind,
    /// What `yinglian org holder` printed as the commitment
    #[arg(long, value_name = "HEX")]
    holder: Hash,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct ChangeDelegate {
    /// Address of the delegate's key
    #[arg(long, value_name = "ADDRESS")]
    address: Address,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct EndDelegate {
    /// Address of the delegate's key
    #[arg(long, value_name = "ADDRESS")]
    address: Address,
    /// Why; no personal data
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct TwoPerson {
    /// Method of membership that two keys sign, such as key.register, repeatable; none lifts the rule
    #[arg(long = "act", value_name = "METHOD")]
    acts: Vec<Name>,
    /// How many hours an act waits for its second signature
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=720))]
    confirm_within_hours: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct Confirm {
    /// Record id of the proposal
    #[arg(value_name = "ACT")]
    act: String,
    #[command(flatten)]
    common: Common,
}

/// Runs `org`.
pub fn execute(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::AddKey(wish) => {
            let public_key = keys::public_key(&wish.new.public_key)?;
            let proof = wish.new.proof;
            send(&wish.common, KeyRegister { public_key, roles: wish.roles, proof })
        }
        Command::RotateKey(wish) => {
            let call = KeyRotate {
                address: wish.address,
                public_key: keys::public_key(&wish.new.public_key)?,
                effective_height: wish.effective_height.map(Height),
                proof: wish.new.proof,
            };
            send(&wish.common, call)
        }
        Command::RevokeKey(wish) => {
            let call = KeyRevoke {
                address: wish.address,
                effective_height: wish.effective_height.map(Height),
                reason: wish.reason,
            };
            send(&wish.common, call)
        }
        Command::Holder(wish) => holder(&wish),
        Command::Delegate(wish) => {
            let kind = match wish.kind {
                Kind::Post => DelegateKind::Post,
                Kind::Person => DelegateKind::Person,
            };
            let terms = terms(wish.terms)?;
            let call = DelegateGrant { address: wish.address, kind, holder: wish.holder, terms };
            send(&wish.common, call)
        }
        Command::ChangeDelegate(wish) => {
            let terms = terms(wish.terms)?;
            send(&wish.common, DelegateChange { address: wish.address, terms })
        }
        Command::EndDelegate(wish) => {
            send(&wish.common, DelegateRevoke { address: wish.address, reason: wish.reason })
        }
        Command::TwoPerson(wish) => {
            let confirm_within_ms = wish.confirm_within_hours.saturating_mul(HOUR_MS);
            send(&wish.common, ActsRequire { methods: wish.acts, confirm_within_ms })
        }
        Command::Confirm(wish) => {
            let act = wish.act.parse().map_err(|_| {
                let detail = tr!("{} is no record id", "{} 不是记录编号", wish.act);
                Coded::could_not(Code::USAGE, detail)
            })?;
            send(&wish.common, ActConfirm { act: EnvelopeId(act) })
        }
    }
}

fn send(common: &Common, call: impl Into<Arguments>) -> anyhow::Result<Exit> {
    let call = call.into();
    run(common, |_, _| Ok(call))
}

fn terms(wish: Terms) -> anyhow::Result<DelegationTerms> {
    let time = |text: &str| {
        parse_time(text).ok_or_else(|| {
            let detail = tr!(
                "{text} is no time such as 2026-12-01T00:00:00+08:00",
                "{text} 不是时间，格式如 2026-12-01T00:00:00+08:00"
            );
            Coded::could_not(Code::USAGE, detail)
        })
    };
    Ok(DelegationTerms {
        from_ms: time(&wish.from)?,
        until_ms: time(&wish.until)?,
        roles: wish.roles,
        region: wish.region,
    })
}

/// The number itself is read from a file and never printed: a command line ends up in histories.
fn holder(wish: &Holder) -> anyhow::Result<Exit> {
    let text = files::read_text(&wish.file)?;
    let number = text.lines().next().unwrap_or_default().trim();
    if number.is_empty() {
        let detail = wish.file.display().to_string();
        return Err(Coded::could_not(Code::INPUT_EMPTY, detail).into());
    }
    let salt = yinglian_crypto::random::<32>()?;
    let commitment = commitment(wish.suite, &salt, number).to_string();
    let salt = hex::encode(salt);
    let rows = [
        (tr!("commitment", "承诺值"), commitment.clone()),
        (tr!("salt, keep it", "盐值，请保存"), salt.clone()),
    ];
    output::data(&json!({ "commitment": commitment, "salt": salt }), &output::table(&rows));
    Ok(Exit::Ok)
}

/// `H(domain ‖ field ‖ salt ‖ value)` (docs/specs/interface.md).
fn commitment(suite: Suite, salt: &[u8; 32], number: &str) -> Hash {
    let text = |text: &str| codec::encode(&text.to_owned());
    suite.hash(&[&text(HOLDER.0), &text(HOLDER.1), salt, &text(number)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_to_one_number_one_salt_and_one_suite() {
        let first = commitment(Suite::National, &[1; 32], "岗-017");
        assert_eq!(first, commitment(Suite::National, &[1; 32], "岗-017"));
        assert_ne!(first, commitment(Suite::National, &[2; 32], "岗-017"));
        assert_ne!(first, commitment(Suite::National, &[1; 32], "岗-018"));
        assert_ne!(first, commitment(Suite::International, &[1; 32], "岗-017"));
    }

    #[test]
    fn times_are_read_with_their_zone_or_refused() {
        let wish = |from: &str| Terms {
            roles: Vec::new(),
            region: Region::parse("410400").unwrap(),
            from: from.into(),
            until: "2026-12-31T16:00:00Z".into(),
        };
        let read = terms(wish("2027-01-01T00:00:00+08:00")).unwrap();
        assert_eq!(read.from_ms, read.until_ms);
        for text in ["2026-12-01", "tomorrow", "2026-12-01T00:00:00"] {
            assert!(terms(wish(text)).is_err(), "{text}");
        }
    }
}
