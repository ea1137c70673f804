//! Signs the requests for what is not open (docs/specs/request.md).

use crate::error::ClientError;
use reqwest::Url;
use std::time::{SystemTime, UNIX_EPOCH};
use yinglian_crypto::Signer;
use yinglian_protocol::{
    GenesisHash, REQUEST_HEADER_ADDRESS, REQUEST_HEADER_NONCE, REQUEST_HEADER_SIGNATURE,
    REQUEST_HEADER_TIME, RequestParts, Suite, request_body_hash, request_bytes,
};

/// The four headers of a signed GET. Time and nonce are new each time: a node takes a nonce once.
pub(crate) async fn headers(
    signer: &dyn Signer,
    (suite, genesis): (Suite, GenesisHash),
    url: &Url,
) -> Result<[(&'static str, String); 4], ClientError> {
    let time_ms = now_ms();
    let nonce = random()?;
    let path_and_query = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let message = request_bytes(
        &genesis,
        &RequestParts {
            method: "GET",
            path_and_query: &path_and_query,
            body_hash: request_body_hash(suite, b""),
            time_ms,
            nonce,
        },
    );
    let signature = signer.sign(&message).await?;
    Ok([
        (REQUEST_HEADER_ADDRESS, signer.address().to_string()),
        (REQUEST_HEADER_TIME, time_ms.to_string()),
        (REQUEST_HEADER_NONCE, hex::encode(nonce)),
        (REQUEST_HEADER_SIGNATURE, signature.to_string()),
    ])
}

pub(crate) fn random() -> Result<[u8; 16], ClientError> {
    yinglian_crypto::random::<16>()
        .map_err(|error| ClientError::Random { reason: error.to_string() })
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
