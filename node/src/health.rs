//! How the node is, in figures and in words: whether it takes envelopes, and why blocks are made or not.

use crate::adapters::api::unreadable;
use crate::config::Role;
use crate::ledger::Ledger;
use std::sync::Arc;
use std::time::Duration;
use yinglian_consensus::{GuardState, Handle, Status as ConsensusStatus};
use yinglian_mempool::Mempool;
use yinglian_node_api::{NodeStatus, PeerStatus, Reason, Refusal, Sentence, Why};
use yinglian_protocol::{Address, Code};
use yinglian_store::ChainRead;

/// Without a decision for this long, though something waits or the heartbeat has passed, blocks are said not to be made.
const STALLED_MS: u64 = 15_000;

/// Watches the parts of the node.
pub struct Health {
    /// The chain and its disk.
    pub ledger: Arc<Ledger>,
    /// The waiting room.
    pub mempool: Arc<Mempool>,
    /// Consensus and its network.
    pub consensus: Arc<Handle>,
    /// Votes, or follows.
    pub role: Role,
    /// Address of the validator key.
    pub address: Option<Address>,
    /// The node was asked to finish and end.
    pub draining: tokio::sync::watch::Receiver<bool>,
}

impl Health {
    /// Whether envelopes can be taken: consensus runs, and the disk has room.
    pub fn takes_envelopes(&self) -> Result<(), Refusal> {
        if *self.draining.borrow() {
            return Err(Refusal::new(Code::NODE_NOT_READY)
                .detail("the node finishes what it has taken and ends")
                .retry_after(Duration::from_secs(30)));
        }
        if self.consensus.status().height.0 == 0 {
            return Err(Refusal::new(Code::NODE_NOT_READY).retry_after(Duration::from_secs(2)));
        }
        match self.ledger.store.disk() {
            Ok(disk) if disk.full => {
                let detail =
                    format!("{} bytes free, {} needed", disk.free_bytes, disk.head_room_bytes);
                Err(Refusal::new(Code::DISK_FULL)
                    .detail(detail)
                    .retry_after(Duration::from_secs(30)))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Whether envelopes taken now are decided soon: also a quorum must be connected.
    pub fn ready(&self) -> Result<(), Refusal> {
        self.takes_envelopes()?;
        let missing = self.missing_without_quorum(&self.consensus.status());
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = missing.iter().map(Address::to_string).collect();
        Err(Refusal::new(Code::NO_QUORUM).detail(format!("missing: {}", names.join(", "))))
    }

    /// Validators that are missing, when the others are no quorum.
    fn missing_without_quorum(&self, status: &ConsensusStatus) -> Vec<Address> {
        let Some(set) = self.ledger.validators(self.ledger.tip().parent.height.next()) else {
            return Vec::new();
        };
        let missing: Vec<Address> = status.missing().copied().collect();
        let lost: u64 = missing.iter().filter_map(|a| set.find(a)).map(|(_, v)| v.weight).sum();
        let total = set.total_weight();
        if (total - lost.min(total)) * 3 > total * 2 { Vec::new() } else { missing }
    }

    /// Why blocks are made, or why not.
    pub async fn why(&self) -> Why {
        let status = self.consensus.status();
        let mut reasons = Vec::new();
        let without_quorum = self.missing_without_quorum(&status);
        if !without_quorum.is_empty() {
            reasons.push(self.no_quorum(&without_quorum));
        }
        reasons.extend(self.disk_reason());
        reasons.extend(guard_reason(&status.guard));
        if without_quorum.is_empty() {
            reasons.extend(status.missing().map(|address| self.one_missing(address)));
        }
        reasons.extend(self.evidence_reason());
        let waiting = self.mempool.pending() && !status.idle;
        let stalled = status.since_decision_ms.is_none_or(|ms| ms > STALLED_MS);
        if stalled && reasons.is_empty() {
            reasons.push(reason(
                None,
                format!("height {} round {}: no decision yet", status.height, status.round),
                format!("高度 {} 第 {} 轮：尚未形成决定", status.height, status.round),
            ));
        }
        let making_blocks = without_quorum.is_empty() && !(stalled && waiting);
        Why { making_blocks, reasons }
    }

    fn no_quorum(&self, missing: &[Address]) -> Reason {
        let names: Vec<String> = missing.iter().map(|address| self.name_of(address)).collect();
        let names = names.join(", ");
        reason(
            Some(Code::NO_QUORUM),
            format!("no block can be decided: these validators are not connected: {names}"),
            format!("无法形成区块：以下验证节点未连接：{names}"),
        )
    }

    fn one_missing(&self, address: &Address) -> Reason {
        let name = self.name_of(address);
        reason(
            None,
            format!("validator {name} is not connected; the others are a quorum"),
            format!("验证节点 {name} 未连接；其余节点仍可形成共识"),
        )
    }

    /// Organisation and address of a validator.
    fn name_of(&self, address: &Address) -> String {
        let set = self.ledger.validators(self.ledger.tip().parent.height.next());
        let found = set.as_ref().and_then(|set| set.find(address));
        found
            .map_or_else(|| address.to_string(), |(_, v)| format!("{} ({address})", v.organization))
    }

    fn disk_reason(&self) -> Option<Reason> {
        let disk = self.ledger.store.disk().ok()?;
        if disk.free_bytes >= disk.head_room_bytes {
            return None;
        }
        let (free, need) = (disk.free_bytes >> 20, disk.head_room_bytes >> 20);
        Some(reason(
            Some(Code::DISK_FULL),
            format!(
                "disk: {free} MiB free, {need} MiB are kept as head-room; writes are refused, reads go on"
            ),
            format!("磁盘：剩余 {free} MiB，低于预留的 {need} MiB；拒绝写入，读取不受影响"),
        ))
    }

    fn evidence_reason(&self) -> Option<Reason> {
        let evidence = self.ledger.store.evidence().ok()?;
        let pieces = evidence.len();
        (pieces > 0).then(|| {
            reason(
                None,
                format!("{pieces} pieces of evidence of double voting are stored"),
                format!("已保存 {pieces} 份重复投票证据"),
            )
        })
    }

    /// The node in figures.
    pub async fn status(&self) -> Result<NodeStatus, Refusal> {
        let consensus = self.consensus.status();
        let parent = self.ledger.tip().parent;
        let load = self.mempool.load();
        let disk = self.ledger.store.disk().map_err(unreadable)?;
        let peer_ids = &self.ledger.tip().peers;
        let peer = |validator: &yinglian_consensus::ValidatorStatus| PeerStatus {
            address: Some(validator.address),
            peer_id: peer_ids
                .iter()
                .find(|peer| peer.address == validator.address)
                .map_or_else(String::new, |peer| peer.peer_id.clone()),
            connected: validator.connected,
        };
        Ok(NodeStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            role: match self.role {
                Role::Validator => "validator".to_owned(),
                Role::Observer => "observer".to_owned(),
            },
            address: self.address,
            height: parent.height.0,
            header_hash: parent.hash,
            time_ms: parent.time_ms,
            log_size: parent.log_size,
            test_clock: self.ledger.chain.flags.test_clock(),
            pending_envelopes: load.records as u64,
            pending_bytes: load.bytes as u64,
            disk_free_bytes: disk.free_bytes,
            signing: consensus.guard == GuardState::Signing,
            peers: consensus
                .validators
                .iter()
                .filter(|validator| !validator.own)
                .map(peer)
                .collect(),
        })
    }
}

fn guard_reason(guard: &GuardState) -> Option<Reason> {
    match guard {
        GuardState::Observer | GuardState::Signing => None,
        GuardState::WaitingForReports { received, needed } => Some(reason(
            None,
            format!(
                "sign guard: waiting for what peers saw this validator sign ({received} of {needed} reports)"
            ),
            format!("签名保护：正在等待其他节点报告本节点曾签名的内容（{received}/{needed}）"),
        )),
        GuardState::Following { through } => Some(reason(
            None,
            format!(
                "sign guard: this validator may have signed through height {through} before; it signs only above"
            ),
            format!("签名保护：本节点此前可能已签名至高度 {through}，仅在其后签名"),
        )),
        GuardState::TwinHeard => Some(reason(
            None,
            "sign guard: another process signs with this validator's key; this one does not start"
                .to_owned(),
            "签名保护：另有进程正使用本节点的密钥签名，本进程不启动共识".to_owned(),
        )),
        GuardState::Closed => Some(reason(
            None,
            "sign guard: refused after a violation; this validator does not sign".to_owned(),
            "签名保护：发现违规，本节点停止签名".to_owned(),
        )),
    }
}

fn reason(code: Option<Code>, en: String, zh: String) -> Reason {
    Reason { code, text: Sentence { en, zh } }
}
