//! Which ports the nodes of a network listen on: three each, counted from a base, or any that are free.

use crate::failure::Coded;
use crate::tr;
use std::net::{Ipv4Addr, TcpListener};
use yinglian_protocol::Code;

/// Ports of a node: API, consensus, gossip.
pub const PORTS_PER_NODE: u16 = 3;
/// Base that the network takes when none is given.
pub const DEFAULT_BASE_PORT: u16 = 26_600;

/// Lowest port that is chosen when any will do.
const ANY_PORT_MIN: u16 = 10_000;
/// The system gives ports from here on to outgoing connections, unless it says otherwise. Such a port may be taken by a
/// stranger while its node is down, and the node could not start again.
const OUTGOING_PORT_MIN: u16 = 32_768;
/// Tries for a free port.
const TRIES: u32 = 10_000;

/// `count` free ports on the loopback address.
pub fn choose(base_port: u16, count: u16) -> anyhow::Result<Vec<u16>> {
    // All listeners are held until the last port is known, so that no port is given twice.
    let listeners: Vec<TcpListener> = (0..count)
        .map(
            |offset| {
                if base_port == 0 { bind_any() } else { bind(base_port.saturating_add(offset)) }
            },
        )
        .collect::<Result<_, _>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

fn bind_any() -> anyhow::Result<TcpListener> {
    let range =
        std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let outgoing = range
        .split_whitespace()
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(OUTGOING_PORT_MIN);
    // Where outgoing connections begin so low that nothing is left below, any port is as good as another.
    let span = outgoing.checked_sub(ANY_PORT_MIN).filter(|span| *span > 0);
    for _ in 0..TRIES {
        let draw = u16::from_le_bytes(yinglian_crypto::random::<2>()?);
        let port = span.map_or(0, |span| ANY_PORT_MIN + draw % span);
        if let Ok(listener) = bind(port) {
            return Ok(listener);
        }
    }
    Err(Coded::could_not(Code::PORT_TAKEN, tr!("no port is free", "没有空闲端口")).into())
}

fn bind(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        let detail = tr!("port {port}", "端口 {port}");
        let coded = Coded::could_not(Code::PORT_TAKEN, detail);
        anyhow::Error::from(error).context(coded)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_distinct_and_a_taken_port_is_named() {
        let mut ports = choose(0, 12).unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 12);
        assert!(
            ports.iter().all(|port| (ANY_PORT_MIN..OUTGOING_PORT_MIN).contains(port)),
            "{ports:?}"
        );
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(choose(port, 1).unwrap_err().to_string().contains(&port.to_string()));
    }
}
