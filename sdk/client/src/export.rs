//! Reads the audit export frame by frame.

use crate::{
    client::Client,
    error::ClientError,
    transport::{Answer, Ask},
};
use futures::Stream;
use std::time::Duration;
use yinglian_crypto::Signer;
use yinglian_protocol::{Code, ExportBuffer, ExportFrame, Height};

/// A stream that gives no byte for this long is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// An audit export while it is read. Its frames are in order and within their limits; what they say is for an audit to check.
pub struct ExportStream {
    answer: Answer,
    buffer: ExportBuffer,
    expected: yinglian_protocol::GenesisHash,
    ended: bool,
}

impl Client {
    /// The audit export of a range of blocks, for operators and auditors: genesis, blocks, end.
    ///
    /// # Errors
    /// A refusal with `FORBIDDEN`, `NOT_AUTHORIZED`, or `NOT_FOUND` when `to` is not decided.
    pub async fn export(
        &self,
        signer: &dyn Signer,
        from: Height,
        to: Option<Height>,
    ) -> Result<ExportStream, ClientError> {
        let expected = self.genesis().await?.hash();
        let to = to.map(|to| format!("&to={to}")).unwrap_or_default();
        let ask = Ask::get(format!("/v1/export?from={from}{to}")).signed(signer);
        let answer = self.ask_signed(ask, |answer| async { Ok(answer) }).await?;
        Ok(ExportStream { answer, buffer: ExportBuffer::new(), expected, ended: false })
    }
}

impl ExportStream {
    /// The next frame; none after the end.
    ///
    /// # Errors
    /// When the stream breaks off, is malformed, or is another chain's. It cannot be gone on with: begin anew from the
    /// height that is missing.
    pub async fn next(&mut self) -> Result<Option<ExportFrame>, ClientError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            let node = self.answer.node.clone();
            let broken = |source| ClientError::Export { node: node.clone(), source };
            if let Some(frame) = self.buffer.next_frame().map_err(broken)? {
                self.check_chain(&frame)?;
                self.ended = matches!(frame, ExportFrame::End { .. });
                return Ok(Some(frame));
            }
            let chunk = tokio::time::timeout(SILENCE_MAX, self.answer.response.chunk()).await;
            let chunk =
                chunk.map_err(|_| ClientError::answer(&node, "bytes of the export in time"))?;
            match chunk.map_err(|source| ClientError::Unreachable { node: node.clone(), source })? {
                Some(chunk) => self.buffer.push(&chunk),
                None => {
                    self.ended = true;
                    self.buffer.finish().map_err(broken)?;
                    return Ok(None);
                }
            }
        }
    }

    /// The same as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<ExportFrame, ClientError>> {
        futures::stream::try_unfold(self, |mut export| async move {
            Ok(export.next().await?.map(|frame| (frame, export)))
        })
    }

    fn check_chain(&self, frame: &ExportFrame) -> Result<(), ClientError> {
        match frame {
            ExportFrame::Genesis(genesis) if genesis.genesis.hash() != self.expected => {
                Err(ClientError::Unproven {
                    node: self.answer.node.clone(),
                    what: "export",
                    code: Code::RECEIPT_WRONG_CHAIN,
                })
            }
            _ => Ok(()),
        }
    }
}
