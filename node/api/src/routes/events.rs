//! Committed envelopes as server-sent events, from any height on.
//!
//! A task reads block after block and fills a bounded channel; the connection empties it. A reader that takes nothing for
//! `slow_reader` is cut: what the channel holds still reaches him, and the last event says so and where to resume.

use crate::{
    auth::Caller,
    extract::{Params, number},
    language::Language,
    metrics::Counted,
    problem::{ApiError, Problem},
    service::Api,
    views::{EntryAnswer, entries},
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::Stream;
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, sync::Arc, sync::Mutex};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use yinglian_protocol::{Code, CreditCode, Height, LogPosition};

/// Header in which a client that reconnects names the last event it saw.
const LAST_EVENT_ID: &str = "last-event-id";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParams {
    /// First block; the next one to be decided when absent. `Last-Event-ID` goes before it.
    #[param(value_type = Option<u64>)]
    from: Option<String>,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    height: Height,
    /// First position to show, within that block.
    position: u64,
}

/// Last event of a stream that the node ends.
#[derive(Debug, Serialize, ToSchema)]
struct EndAnswer {
    /// Why.
    #[serde(flatten)]
    problem: Problem,
    /// What to send as `Last-Event-ID`; absent when no event was sent.
    last_event_id: Option<u64>,
}

/// Committed envelopes as they are decided.
///
/// Signed request, `text/event-stream`. Operators and auditors see all, others their organisation's. Event `committed`: `id` is the position in the log, `data` one entry as in a block. Event `cut`: the reader was too slow; event `failed`: the node could not go on; both say where to resume. Comments keep the stream alive.
#[utoipa::path(
    get, path = "/v1/events", tag = "chain", security(("signed" = [])),
    params(EventParams, ("last-event-id" = Option<u64>, Header, description = "Position of the last event seen")),
    responses(
        (status = 200, description = "Events", body = EntryAnswer, content_type = "text/event-stream"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(api): State<Api>,
    caller: Caller,
    language: Language,
    headers: HeaderMap,
    Params(params): Params<EventParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let start = start(&api, &headers, &params).await?;
    let place = api.shared.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::busy("too many streams are open"))?;
    let counted = Counted::new(&api.shared.metrics.streams);
    tracing::info!(target: "yinglian::reads", caller = %caller.address, from = %start.height, "events read");
    let (sender, receiver) = mpsc::channel(api.config().stream_events_max);
    let ending = Arc::new(Mutex::new(None));
    let mut producer = Producer {
        only: (!caller.reads_blocks()).then_some(caller.identity.organization),
        api: api.clone(),
        sender,
        last_sent: None,
    };
    let keep_alive = KeepAlive::new().interval(api.config().stream_heartbeat).text("heartbeat");
    let reports = ending.clone();
    tokio::spawn(async move {
        let end = producer.run(start).await;
        // Set before the sender is dropped with the producer: the reader looks here after the last event.
        if let Some((name, error)) = end {
            let answer =
                EndAnswer { problem: error.problem(language), last_event_id: producer.last_sent };
            *reports.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                Some((name, answer));
        }
        drop((producer, place, counted));
    });
    Ok(Sse::new(read(receiver, ending)).keep_alive(keep_alive))
}

async fn start(api: &Api, headers: &HeaderMap, params: &EventParams) -> Result<Start, ApiError> {
    if let Some(last) = headers.get(LAST_EVENT_ID) {
        let last = last.to_str().ok().and_then(number);
        let last = last.ok_or_else(|| ApiError::malformed("header last-event-id is a number"))?;
        let position = last.saturating_add(1);
        let height = match api.node().height_of(LogPosition(position)).await? {
            Some(height) => height,
            None => api.node().tip().await?.0.next(),
        };
        return Ok(Start { height, position });
    }
    let height = match params.from.as_deref() {
        Some(text) => number(text)
            .map(Height)
            .ok_or_else(|| ApiError::malformed("query: from is a number"))?,
        None => api.node().tip().await?.0.next(),
    };
    // There is no block 0.
    Ok(Start { height: height.max(Height(1)), position: 0 })
}

type Ending = Arc<Mutex<Option<(&'static str, EndAnswer)>>>;

fn read(
    receiver: mpsc::Receiver<Event>,
    ending: Ending,
) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold((receiver, ending), |(mut receiver, ending)| async move {
        let event = match receiver.recv().await {
            Some(event) => event,
            None => {
                let mut ending = ending.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let (name, answer) = ending.take()?;
                // Serializing our own structs of strings and numbers cannot fail.
                Event::default().event(name).json_data(answer).unwrap_or_default()
            }
        };
        Some((Ok(event), (receiver, ending)))
    })
}

struct Producer {
    api: Api,
    only: Option<CreditCode>,
    sender: mpsc::Sender<Event>,
    last_sent: Option<u64>,
}

impl Producer {
    /// Runs until the reader leaves (then there is nobody to tell), is too slow, or the node fails.
    async fn run(&mut self, start: Start) -> Option<(&'static str, ApiError)> {
        let mut height = start.height;
        loop {
            let block = tokio::select! {
                () = self.sender.closed() => return None,
                block = self.entries_of(height) => block,
            };
            let entries = match block {
                Ok(entries) => entries,
                Err(error) => return Some(("failed", error)),
            };
            for entry in entries.into_iter().filter(|entry| entry.position >= start.position) {
                if self.only.is_some_and(|only| entry.organization != only) {
                    continue;
                }
                match self.send(&entry).await {
                    Sent::Yes => self.last_sent = Some(entry.position),
                    Sent::Left => return None,
                    Sent::Slow => return Some(("cut", self.cut())),
                }
            }
            height = height.next();
        }
    }

    async fn entries_of(&self, height: Height) -> Result<Vec<EntryAnswer>, ApiError> {
        self.api.node().wait_height(height).await?;
        let block = self.api.node().block(height).await?;
        // The height was announced as committed: it must be there.
        entries(&block.ok_or(Code::STATE_CORRUPT)?)
    }

    async fn send(&self, entry: &EntryAnswer) -> Sent {
        let event = Event::default()
            .event("committed")
            .id(entry.position.to_string())
            .json_data(entry)
            .unwrap_or_default();
        match tokio::time::timeout(self.api.config().slow_reader, self.sender.send(event)).await {
            Ok(Ok(())) => Sent::Yes,
            Ok(Err(_)) => Sent::Left,
            Err(_) => Sent::Slow,
        }
    }

    fn cut(&self) -> ApiError {
        self.api.shared.metrics.streams_cut.inc();
        Code::READER_SLOW.into()
    }
}

enum Sent {
    Yes,
    Left,
    Slow,
}
