//! What an audit found, in words and as JSON.

use crate::{clock, output, tr};
use serde_json::{Value, json};
use yinglian_protocol::{Hash, Header};

/// Counts of what was checked.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Hash of the genesis, the trust root.
    pub genesis: String,
    /// Blocks.
    pub blocks: u64,
    /// Records, which is leaves of the log.
    pub records: u64,
    /// Signatures of senders.
    pub sender_signatures: u64,
    /// Signatures of validators in quorums.
    pub validator_signatures: u64,
    /// Registry writes replayed.
    pub registry_writes: u64,
    /// Keys in the registry after the last block.
    pub registry_entries: u64,
    /// Changes of the validator set.
    pub set_changes: u64,
    /// Records that a contract refused.
    pub refused: u64,
    /// Last header.
    pub last: Option<(Header, Hash)>,
    /// Wall time, milliseconds.
    pub elapsed_ms: u64,
    /// Threads that checked signatures.
    pub threads: usize,
}

impl Report {
    /// Records per second of wall time.
    pub fn records_per_second(&self) -> u64 {
        self.records.saturating_mul(1_000).checked_div(self.elapsed_ms.max(1)).unwrap_or(0)
    }

    /// The report as JSON.
    pub fn value(&self) -> Value {
        let last = self.last.as_ref().map(|(header, hash)| {
            json!({ "height": header.height, "hash": hash, "time_ms": header.time_ms, "log_root": header.log_root,
                    "registry_root": header.registry_root })
        });
        json!({
            "sound": true, "trust_root": self.genesis, "last": last, "blocks": self.blocks, "records": self.records,
            "refused_records": self.refused, "sender_signatures": self.sender_signatures,
            "validator_signatures": self.validator_signatures, "registry_writes": self.registry_writes,
            "registry_entries": self.registry_entries, "set_changes": self.set_changes, "elapsed_ms": self.elapsed_ms,
            "threads": self.threads, "records_per_second": self.records_per_second(),
            "checked": ["header_chain", "quorums", "sender_signatures", "expiry", "deduplication", "log", "outcomes", "registry_root", "registry_versions", "validator_sets"],
            "not_checked": ["re-execution"],
        })
    }

    /// The report for people, with the root that was trusted.
    pub fn words(&self, root: &str) -> String {
        let (height, hash, time) =
            self.last.as_ref().map_or((0, String::new(), String::new()), |(header, hash)| {
                (header.height.0, hash.to_string(), clock::in_words(header.time_ms))
            });
        let (records, refused, blocks) = (self.records, self.refused, self.blocks);
        let (senders, validators) = (self.sender_signatures, self.validator_signatures);
        let (writes, entries, changes) =
            (self.registry_writes, self.registry_entries, self.set_changes);
        let (rate, threads, elapsed) =
            (self.records_per_second(), self.threads, clock::span(self.elapsed_ms));
        let head = tr!(
            "SOUND  the whole chain, under trust root: {root}\n",
            "无误  整条链，信任根：{root}\n"
        );
        let rows = [
            (
                tr!("up to", "截至"),
                tr!("height {height}, {hash}, {time}", "高度 {height}，{hash}，{time}"),
            ),
            (
                tr!("headers", "区块头"),
                tr!(
                    "{blocks} blocks in an unbroken chain, times ascending, proposers as the rule says",
                    "{blocks} 个区块连续不断，时间递增，提议者符合规则"
                ),
            ),
            (
                tr!("quorums", "共识提交证明"),
                tr!(
                    "{validators} signatures of validators valid, each block by more than two thirds of the set in force, {changes} set changes",
                    "{validators} 个验证节点签名有效，每块均超过当时集合的三分之二，集合变更 {changes} 次"
                ),
            ),
            (
                tr!("records", "记录"),
                tr!(
                    "{records} records, {senders} signatures of senders valid, none expired, none twice, {refused} refused by contracts",
                    "{records} 条记录，{senders} 个发送者签名有效，无过期，无重复，合约拒绝 {refused} 条"
                ),
            ),
            (
                tr!("log", "日志"),
                tr!(
                    "{records} leaves rebuilt, root and size equal in every header",
                    "重建 {records} 个叶子，每个区块头的根与大小一致"
                ),
            ),
            (
                tr!("registry", "登记树"),
                tr!(
                    "{writes} writes replayed from the genesis entries, root equal in every header, {entries} keys now",
                    "自创世条目重放 {writes} 次写入，每个区块头的根一致，现有 {entries} 个键"
                ),
            ),
            (
                tr!("not done", "未做"),
                tr!(
                    "re-execution of contracts: `yinglian-node replay --home DIR` does that",
                    "合约重新执行：`yinglian-node replay --home DIR` 可做"
                ),
            ),
            (
                tr!("speed", "速度"),
                tr!(
                    "{rate} records/s, {elapsed}, {threads} threads",
                    "{rate} 条/秒，用时 {elapsed}，{threads} 线程"
                ),
            ),
        ];
        head + &output::table(&rows)
    }
}
