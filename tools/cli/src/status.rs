//! `yinglian status` and `yinglian why`: where a node stands, and why no block is being made, in words.

use crate::failure::Exit;
use crate::output::yes_no;
use crate::{clock, output, session, tr};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    node: session::NodeArguments,
}

/// Runs `status`.
pub fn status(arguments: Arguments) -> anyhow::Result<Exit> {
    let status = crate::args::block_on(async {
        session::connect(&arguments.node).await?.node_status().await
    })?;
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let peers = status.peers.len();
    let free_mib = status.disk_free_bytes / 1024 / 1024;
    let (pending, pending_kib) = (status.pending_envelopes, status.pending_bytes / 1024);
    let mut rows = vec![
        (tr!("version", "版本"), status.version.clone()),
        (tr!("role", "角色"), status.role.clone()),
        (tr!("height", "高度"), status.height.to_string()),
        (tr!("header", "区块头"), status.header_hash.to_string()),
        (tr!("block time", "区块时间"), clock::in_words(status.time_ms)),
        (tr!("records", "记录数"), status.log_size.to_string()),
        (
            tr!("waiting", "等待中"),
            tr!("{pending} envelopes, {pending_kib} KiB", "{pending} 个请求，{pending_kib} KiB"),
        ),
        (
            tr!("peers", "节点连接"),
            tr!("{connected} of {peers} connected", "{peers} 个中已连接 {connected} 个"),
        ),
        (tr!("signs", "参与签名"), yes_no(status.signing)),
        (tr!("disk free", "磁盘剩余"), format!("{free_mib} MiB")),
    ];
    if let Some(address) = &status.address {
        rows.insert(2, (tr!("address", "地址"), address.to_string()));
    }
    if status.test_clock {
        rows.push((tr!("test clock", "测试时钟"), yes_no(true)));
    }
    let peers: Vec<_> = status
        .peers
        .iter()
        .map(|peer| json!({ "address": peer.address.map(|a| a.to_string()), "peer_id": peer.peer_id, "connected": peer.connected }))
        .collect();
    let value = json!({ "version": status.version, "role": status.role, "address": status.address.map(|a| a.to_string()),
        "height": status.height, "header_hash": status.header_hash, "time_ms": status.time_ms, "log_size": status.log_size,
        "test_clock": status.test_clock, "pending_envelopes": status.pending_envelopes, "pending_bytes": status.pending_bytes,
        "disk_free_bytes": status.disk_free_bytes, "signing": status.signing, "peers": peers });
    output::data(&value, &output::table(&rows));
    Ok(Exit::Ok)
}

/// Runs `why`: exit 0 when blocks are being made, 1 when not.
pub fn why(arguments: Arguments) -> anyhow::Result<Exit> {
    let why =
        crate::args::block_on(async { session::connect(&arguments.node).await?.node_why().await })?;
    let mut text = if why.making_blocks {
        tr!("blocks are being made\n", "正在出块\n")
    } else {
        tr!("NO blocks are being made\n", "没有出块\n")
    };
    for reason in &why.reasons {
        let code = reason.code.map(|code| format!("{code} ")).unwrap_or_default();
        text.push_str(&format!("- {code}{}\n", reason.text));
        if let Some(remedy) = &reason.remedy {
            text.push_str(&tr!("  remedy: {remedy}\n", "  办法：{remedy}\n"));
        }
    }
    let reasons: Vec<_> = why
        .reasons
        .iter()
        .map(|reason| json!({ "code": reason.code.map(|code| code.to_string()), "text": reason.text, "remedy": reason.remedy }))
        .collect();
    output::data(&json!({ "making_blocks": why.making_blocks, "reasons": reasons }), &text);
    Ok(if why.making_blocks { Exit::Ok } else { Exit::Refused })
}
