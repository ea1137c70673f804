//! Submits envelopes, one and many, and follows them to their end.

use crate::{
    answers::{EnvelopeState, EnvelopeStatus},
    client::Client,
    error::{ClientError, ProblemBody, Refused},
    transport::Ask,
};
use bytes::Bytes;
use serde::Deserialize;
use std::{str::FromStr, time::Duration};
use tokio::time::Instant;
use yinglian_protocol::{Code, Envelope, EnvelopeId, limits};

const BINARY: &str = "application/octet-stream";
/// Most envelopes in one request.
const BATCH_ENVELOPES_MAX: usize = 4_096;
/// First and longest pause between two looks at an envelope.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Longest single wait that a node grants.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Until when a submission waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until a node took it, which promises nothing.
    Accepted,
    /// Until it is in a decided block, for at most this long.
    Committed(Duration),
}

impl Wait {
    fn query(self) -> String {
        match self {
            Self::Accepted => "?wait=accepted".into(),
            Self::Committed(timeout) => {
                format!("?wait=committed&timeout_ms={}", timeout.min(WAIT_MAX).as_millis())
            }
        }
    }

    fn extra(self) -> Duration {
        match self {
            Self::Accepted => Duration::ZERO,
            Self::Committed(timeout) => timeout.min(WAIT_MAX),
        }
    }
}

#[derive(Deserialize)]
struct BatchEntry {
    #[serde(flatten)]
    status: EnvelopeStatus,
    #[serde(default)]
    problem: Option<ProblemEntry>,
}

#[derive(Deserialize)]
struct ProblemEntry {
    status: u16,
    #[serde(flatten)]
    body: ProblemBody,
}

impl Client {
    /// Submits an envelope. The same envelope may be submitted again at any time, at any node.
    ///
    /// # Errors
    /// The node's refusal; [`Code::EXPIRED`] when it can no longer be recorded. After [`Wait::Committed`] an answer that is
    /// still [`EnvelopeState::Accepted`] means that the time was too short.
    pub async fn submit(
        &self,
        envelope: &Envelope,
        wait: Wait,
    ) -> Result<EnvelopeStatus, ClientError> {
        let bytes = checked(envelope)?;
        let id = envelope.body.id(self.genesis().await?.suite);
        let ask = Ask::post(format!("/v1/envelopes{}", wait.query()), BINARY, Bytes::from(bytes));
        self.ask(ask.waiting(wait.extra()), |answer| async {
            let node = answer.node.clone();
            let status: EnvelopeStatus = answer.json().await?;
            if status.id == Some(id) {
                Ok(status)
            } else {
                Err(ClientError::answer(&node, "the id of the envelope that was submitted"))
            }
        })
        .await
    }

    /// Submits many envelopes in as few requests as their size allows. Answers come in their order. Those for which a node
    /// has no room are submitted again after the pause that it asks for.
    ///
    /// # Errors
    /// Of a request as a whole; the refusal of an envelope stands in its place in the list.
    pub async fn submit_batch(
        &self,
        envelopes: &[Envelope],
        wait: Wait,
    ) -> Result<Vec<Result<EnvelopeStatus, ClientError>>, ClientError> {
        let suite = self.genesis().await?.suite;
        let ids: Vec<EnvelopeId> = envelopes.iter().map(|e| e.body.id(suite)).collect();
        let encoded = envelopes.iter().map(|e| checked(e).map(Bytes::from)).collect::<Vec<_>>();
        let mut answers: Vec<Result<EnvelopeStatus, ClientError>> = Vec::new();
        let mut open: Vec<(usize, Bytes)> = Vec::new();
        for (index, bytes) in encoded.into_iter().enumerate() {
            let id = ids.get(index).copied();
            answers.push(match bytes {
                Ok(bytes) => {
                    open.push((index, bytes));
                    Err(ClientError::answer("no node", format!("an answer for {id:?}")))
                }
                Err(error) => Err(error),
            });
        }
        let mut pause = self.config().pause;
        for round in 1..=self.config().rounds {
            let mut retry_after = Duration::ZERO;
            let mut again = Vec::new();
            for part in parts(open) {
                let results = self.submit_part(&part, wait).await?;
                for ((index, bytes), result) in part.into_iter().zip(results) {
                    let result = check_id(result, ids.get(index).copied());
                    if let Err(error) = &result
                        && error.may_pass()
                    {
                        retry_after = retry_after.max(error.retry_after().unwrap_or_default());
                        again.push((index, bytes));
                    }
                    if let Some(answer) = answers.get_mut(index) {
                        *answer = result;
                    }
                }
            }
            if again.is_empty() || round == self.config().rounds {
                break;
            }
            open = again;
            tokio::time::sleep(pause.max(retry_after).min(self.config().pause_max)).await;
            pause = pause.saturating_mul(2);
        }
        Ok(answers)
    }

    async fn submit_part(
        &self,
        part: &[(usize, Bytes)],
        wait: Wait,
    ) -> Result<Vec<Result<EnvelopeStatus, ClientError>>, ClientError> {
        let mut body = Vec::new();
        body.extend_from_slice(&length(part.len()));
        for (_, bytes) in part {
            body.extend_from_slice(&length(bytes.len()));
            body.extend_from_slice(bytes);
        }
        let path = format!("/v1/envelopes/batch{}", wait.query());
        let ask = Ask::post(path, BINARY, Bytes::from(body)).waiting(wait.extra());
        let expected = part.len();
        self.ask(ask, |answer| async {
            let node = answer.node.clone();
            let entries: Vec<BatchEntry> = answer.json().await?;
            if entries.len() != expected {
                return Err(ClientError::answer(&node, format!("{expected} entries")));
            }
            Ok(entries.into_iter().map(|entry| entry.into_result(&node)).collect())
        })
        .await
    }

    /// What became of an envelope, as far as the node that answers knows.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn status(&self, id: EnvelopeId) -> Result<EnvelopeStatus, ClientError> {
        self.ask(Ask::get(format!("/v1/envelopes/{id}")), |answer| answer.json()).await
    }

    /// Looks until the envelope has ended.
    ///
    /// # Errors
    /// [`ClientError::NotDecided`] when it has not by then.
    pub async fn wait_end(
        &self,
        id: EnvelopeId,
        timeout: Duration,
    ) -> Result<EnvelopeStatus, ClientError> {
        let deadline = Instant::now() + timeout;
        let (mut pause, pause_max) = LOOK_AGAIN;
        loop {
            let status = self.status(id).await?;
            if status.is_end() {
                return Ok(status);
            }
            if Instant::now() + pause >= deadline {
                return Err(ClientError::NotDecided { id });
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(pause_max);
        }
    }
}

impl BatchEntry {
    fn into_result(self, node: &str) -> Result<EnvelopeStatus, ClientError> {
        if self.status.state != EnvelopeState::Rejected {
            return Ok(self.status);
        }
        let Some(ProblemEntry { status, body }) = self.problem else {
            return Err(ClientError::answer(node, "why an envelope was rejected"));
        };
        let Ok(code) = Code::from_str(&body.code) else {
            return Err(ClientError::answer(node, "a code with a rejection"));
        };
        Err(ClientError::Refused(Box::new(Refused {
            node: node.into(),
            status,
            code,
            title: body.title,
            detail: body.detail,
            cause: body.cause,
            remedy: body.remedy,
            retry_after: body.retry_after_ms.map(Duration::from_millis),
        })))
    }
}

fn check_id(
    result: Result<EnvelopeStatus, ClientError>,
    expected: Option<EnvelopeId>,
) -> Result<EnvelopeStatus, ClientError> {
    match result {
        Ok(status) if status.id != expected => {
            Err(ClientError::answer("a node", "the ids of the envelopes that were submitted"))
        }
        other => other,
    }
}

fn checked(envelope: &Envelope) -> Result<Vec<u8>, ClientError> {
    let bytes = envelope.encode();
    if bytes.len() > limits::ENVELOPE_BYTES_MAX {
        return Err(ClientError::TooLarge {
            what: "envelope",
            bytes: bytes.len(),
            limit_bytes: limits::ENVELOPE_BYTES_MAX,
        });
    }
    Ok(bytes)
}

/// Groups that fit into a request each, in order.
fn parts(items: Vec<(usize, Bytes)>) -> Vec<Vec<(usize, Bytes)>> {
    let mut parts: Vec<Vec<(usize, Bytes)>> = Vec::new();
    let mut size = usize::MAX;
    for item in items {
        let more = item.1.len().saturating_add(4);
        let count = parts.last().map_or(0, Vec::len);
        if size.saturating_add(more) > limits::REQUEST_BYTES_MAX || count >= BATCH_ENVELOPES_MAX {
            parts.push(Vec::new());
            // The count of envelopes comes first.
            size = 4;
        }
        size = size.saturating_add(more);
        if let Some(part) = parts.last_mut() {
            part.push(item);
        }
    }
    parts
}

/// Lengths are below 1 MiB here.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_batch_keep_their_order_and_fit_into_a_request() {
        let sizes = (0..10_000).map(|i| (i % 3) * 300 + 100);
        let items: Vec<_> =
            sizes.enumerate().map(|(index, size)| (index, Bytes::from(vec![0; size]))).collect();
        let parts = parts(items);
        assert!(parts.len() > 1);
        for part in &parts {
            let bytes: usize = part.iter().map(|(_, bytes)| bytes.len() + 4).sum();
            assert!(bytes + 4 <= limits::REQUEST_BYTES_MAX, "{bytes}");
            assert!(part.len() <= BATCH_ENVELOPES_MAX && !part.is_empty());
        }
        let order: Vec<usize> = parts.into_iter().flatten().map(|(index, _)| index).collect();
        assert_eq!(order, (0..10_000).collect::<Vec<_>>());
    }
}
