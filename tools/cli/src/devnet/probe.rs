//! Asks a node on this machine how it is, by the two routes that are open: ready or not, and the newest header.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// What a running node says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// It answers at all.
    pub up: bool,
    /// It takes part: `/v1/ready`.
    pub ready: bool,
    /// Height of its newest header.
    pub height: Option<u64>,
    /// Time of that header, milliseconds since 1970-01-01 UTC.
    pub time_ms: Option<u64>,
}

/// Asks.
pub fn health(port: u16) -> Health {
    let Some((status, _)) = get(port, "/v1/ready") else { return Health::default() };
    let header = get(port, "/v1/headers/latest")
        .and_then(|(_, body)| serde_json::from_str::<Value>(&body).ok());
    let number = |name| {
        header.as_ref().and_then(|header| number_in(header.get("header").unwrap_or(header), name))
    };
    Health { up: true, ready: status == 200, height: number("height"), time_ms: number("time_ms") }
}

/// Numbers of 64 bits are numbers in some answers and decimal strings in others.
fn number_in(value: &Value, name: &str) -> Option<u64> {
    let number = value.get(name)?;
    number.as_u64().or_else(|| number.as_str()?.parse().ok())
}

/// HTTP/1.0, so that the answer ends with the connection.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream
        .write_all(
            format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n")
                .as_bytes(),
        )
        .ok()?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
