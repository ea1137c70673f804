//! Accepts connections within their limits and ends in order: a head that never comes, a body that is never taken and a
//! connection too many cost nothing for long.

use crate::{
    language::Language, metrics::Counted, problem::ApiError, service::Api, visitors::Visit,
};
use axum::Router;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{Instant, Sleep},
};

/// How long open requests may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(5);
/// Pause after the system refused to accept, as when file handles run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then lets open requests finish within a few seconds.
pub async fn serve(api: Api, listener: TcpListener, stop: impl Future<Output = ()> + Send) {
    let router = api.router();
    let places = Arc::new(Semaphore::new(api.config().connections_max));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accept = async {
            // Never closed, so a place is always got in the end.
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let Some(visit) = api.shared.visitors.connect(from.ip(), std::time::Instant::now())
                else {
                    refuse(&api, &stream);
                    continue;
                };
                let connection = connection(&api, router.clone(), stream, Arc::new(visit));
                let connection = graceful.watch(connection);
                let counted = Counted::new(&api.shared.metrics.connections);
                tokio::spawn(async move {
                    // A connection that breaks concerns only its client.
                    let _ = connection.await;
                    drop((place, counted));
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

fn connection(
    api: &Api,
    router: Router,
    stream: TcpStream,
    visit: Arc<Visit>,
) -> impl GracefulConnection<Error = hyper::Error> + use<> {
    // Small answers must not wait for Nagle's algorithm.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stalling::new(stream, api.config().stalled_write));
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(api.config().head_timeout)
        .max_buf_size(64 * 1024)
        .serve_connection(io, Visited { router: TowerToHyperService::new(router), visit })
}

/// Says why, as far as the system takes it at once, and hangs up.
fn refuse(api: &Api, stream: &TcpStream) {
    let error = ApiError::busy("too many connections from this address");
    api.shared.metrics.refused(error.refusal.code);
    let body = serde_json::to_string(&error.problem(Language::En)).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json; charset=utf-8\r\nretry-after: 1\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.try_write(answer.as_bytes());
}

/// The router, with each request told whose it is.
struct Visited {
    router: TowerToHyperService<Router>,
    visit: Arc<Visit>,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Visited {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future =
        <TowerToHyperService<Router> as hyper::service::Service<hyper::Request<Incoming>>>::Future;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(Arc::clone(&self.visit));
        self.router.call(request)
    }
}

/// A stream that fails when its peer takes no byte for too long.
struct Stalling<S> {
    stream: S,
    limit: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Stalling<S> {
    fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, waiting: None }
    }

    /// Passes a write's answer on, unless it has been "not yet" for too long.
    fn judge<T>(
        &mut self,
        poll: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.waiting = None;
            return poll;
        }
        let limit = self.limit;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "peer takes no bytes")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalling<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalling<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(poll, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judge(poll, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(poll, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
