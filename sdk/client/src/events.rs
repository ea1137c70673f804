//! Follows the committed envelopes from a height on, across broken connections and nodes.

use crate::{
    answers::CommittedEvent,
    client::Client,
    error::ClientError,
    sse::{SseEvent, SseReader},
    transport::{Answer, Ask},
};
use futures::Stream;
use std::{sync::Arc, time::Duration};
use yinglian_crypto::Signer;
use yinglian_protocol::{Code, Height};

/// A stream without even a heartbeat for this long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// First and longest pause before a stream that ended is opened again.
const REOPEN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Committed envelopes in the order of the log; each once, however often the connection breaks.
pub struct Events {
    client: Client,
    signer: Arc<dyn Signer>,
    from: Height,
    last_position: Option<u64>,
    open: Option<Open>,
    pause: Duration,
}

struct Open {
    answer: Answer,
    reader: SseReader,
}

impl Client {
    /// Committed envelopes from a height on, or from the next block: all of them for operators and auditors, else those of
    /// the signer's organisation.
    ///
    /// # Errors
    /// When the newest block cannot be had.
    pub async fn events(
        &self,
        signer: Arc<dyn Signer>,
        from: Option<Height>,
    ) -> Result<Events, ClientError> {
        let from = match from {
            Some(height) => height,
            // Fixed now: a connection that breaks before the first event must not move the beginning.
            None => match self.latest_header().await {
                Ok(decided) => decided.header.height.next(),
                Err(ClientError::Refused(refused)) if refused.code == Code::NOT_FOUND => Height(1),
                Err(error) => return Err(error),
            },
        };
        Ok(Events {
            client: self.clone(),
            signer,
            from,
            last_position: None,
            open: None,
            pause: REOPEN.0,
        })
    }
}

impl Events {
    /// The next committed envelope; waits for it without end. After an error it may be asked again and goes on where it was.
    ///
    /// # Errors
    /// A refusal, such as `FORBIDDEN`, or that no node could be reached in all rounds.
    pub async fn next(&mut self) -> Result<CommittedEvent, ClientError> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.reopen().await?,
            };
            if let Some(event) = read(&mut open).await {
                self.open = Some(open);
                if let Some(event) = self.take(&event)? {
                    return Ok(event);
                }
            } else {
                tokio::time::sleep(self.pause).await;
                self.pause = self.pause.saturating_mul(2).min(REOPEN.1);
            }
        }
    }

    /// The same as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<CommittedEvent, ClientError>> {
        futures::stream::unfold(Some(self), |state| async move {
            let mut events = state?;
            let item = events.next().await;
            let state = item.is_ok().then_some(events);
            Some((item, state))
        })
    }

    async fn reopen(&self) -> Result<Open, ClientError> {
        let mut ask = Ask::get(format!("/v1/events?from={}", self.from)).signed(&*self.signer);
        ask.last_event_id = self.last_position;
        let answer = self.client.ask_signed(ask, |answer| async { Ok(answer) }).await?;
        Ok(Open { answer, reader: SseReader::default() })
    }

    /// What to hand on of an event; `cut` and `failed` close the stream, which is then opened again.
    fn take(&mut self, event: &SseEvent) -> Result<Option<CommittedEvent>, ClientError> {
        if event.name != "committed" {
            self.open = None;
            return Ok(None);
        }
        let node = self.open.as_ref().map_or("a node", |open| open.answer.node.as_str());
        let committed: CommittedEvent = serde_json::from_str(&event.data)
            .map_err(|error| ClientError::answer(node, error.to_string()))?;
        self.pause = REOPEN.0;
        if self.last_position.is_some_and(|last| committed.position.0 <= last) {
            return Ok(None);
        }
        self.last_position = Some(committed.position.0);
        Ok(Some(committed))
    }
}

/// The next event of an open stream; none when it ended, broke or fell silent.
async fn read(open: &mut Open) -> Option<SseEvent> {
    loop {
        if let Some(event) = open.reader.next_event().ok()? {
            return Some(event);
        }
        let chunk = tokio::time::timeout(SILENCE_MAX, open.answer.response.chunk()).await;
        open.reader.push(&chunk.ok()?.ok()??);
    }
}
