//! Genesis, headers, validator sets, and the code behind them.

use crate::{
    answers::DecidedHeader,
    client::{Client, TIP_FRESH},
    error::ClientError,
    transport::Ask,
};
use serde::Deserialize;
use tokio::time::Instant;
use yinglian_protocol::{
    Code, Genesis, Header, Height, Quorum, Validator, ValidatorSet, codec, limits,
};

/// Largest encoded genesis, bytes.
const GENESIS_BYTES_MAX: usize = 1024;

#[derive(Deserialize)]
struct ValidatorsBody {
    height: u64,
    validators: Vec<Validator>,
}

impl Client {
    /// The genesis; under a trust root only the one that the root names.
    ///
    /// # Errors
    /// [`Code::RECEIPT_WRONG_CHAIN`] when the nodes are of another chain.
    pub async fn genesis(&self) -> Result<&Genesis, ClientError> {
        self.shared.genesis.get_or_try_init(|| self.fetch_genesis()).await
    }

    async fn fetch_genesis(&self) -> Result<Genesis, ClientError> {
        let expected = self.shared.trusted.as_ref().map(|trusted| trusted.genesis());
        self.ask(Ask::get("/v1/genesis?format=binary"), |answer| async {
            let (node, bytes) = answer.bytes(GENESIS_BYTES_MAX).await?;
            let genesis = Genesis::decode(&bytes)
                .map_err(|error| ClientError::answer(&node, error.to_string()))?;
            if expected.is_some_and(|expected| expected != genesis.hash()) {
                let code = Code::RECEIPT_WRONG_CHAIN;
                return Err(ClientError::Unproven { node, what: "genesis", code });
            }
            Ok(genesis)
        })
        .await
    }

    /// The newest header of the node that answers.
    ///
    /// # Errors
    /// A refusal with [`Code::NOT_FOUND`] before the first block.
    pub async fn latest_header(&self) -> Result<DecidedHeader, ClientError> {
        self.fetch_header("latest", None).await
    }

    /// The header of a height.
    ///
    /// # Errors
    /// A refusal with [`Code::NOT_FOUND`] when it is not decided yet.
    pub async fn header(&self, height: Height) -> Result<DecidedHeader, ClientError> {
        self.fetch_header(&height.to_string(), Some(height)).await
    }

    async fn fetch_header(
        &self,
        name: &str,
        height: Option<Height>,
    ) -> Result<DecidedHeader, ClientError> {
        let ask = Ask::get(format!("/v1/headers/{name}?format=binary"));
        self.ask(ask, |answer| async {
            let limit = limits::HEADER_BYTES_MAX + limits::QUORUM_BYTES_MAX;
            let (node, bytes) = answer.bytes(limit).await?;
            let (header, quorum): (Header, Quorum) = codec::decode_strict(&bytes, limit)
                .map_err(|error| ClientError::answer(&node, error.to_string()))?;
            if height.is_some_and(|height| height != header.height) {
                return Err(ClientError::answer(&node, "the header of the height asked for"));
            }
            let proven = self.prove_header(&node, &header, &quorum).await?;
            Ok(DecidedHeader { header, quorum, proven })
        })
        .await
    }

    /// Block time that envelopes may be dated from, milliseconds since 1970-01-01 UTC; at most a few seconds old.
    pub(crate) async fn tip_time_ms(&self) -> Result<u64, ClientError> {
        let mut tip = self.shared.tip.lock().await;
        if let Some((asked, time_ms)) = *tip
            && asked.elapsed() < TIP_FRESH
        {
            return Ok(time_ms);
        }
        let time_ms = self.newest_time_ms().await?;
        *tip = Some((Instant::now(), time_ms));
        Ok(time_ms)
    }

    /// Time of the newest block; before the first that of the genesis.
    pub(crate) async fn newest_time_ms(&self) -> Result<u64, ClientError> {
        match self.latest_header().await {
            Ok(decided) => Ok(decided.header.time_ms),
            Err(ClientError::Refused(refused)) if refused.code == Code::NOT_FOUND => {
                Ok(self.genesis().await?.time_ms)
            }
            Err(error) => Err(error),
        }
    }

    /// The set that decides a height; the next height's when none is named.
    ///
    /// # Errors
    /// A refusal with [`Code::NOT_FOUND`] when no set is known for the height.
    pub async fn validators(
        &self,
        height: Option<Height>,
    ) -> Result<(Height, ValidatorSet), ClientError> {
        let suite = self.genesis().await?.suite;
        let query = height.map(|height| format!("?height={height}")).unwrap_or_default();
        self.ask(Ask::get(format!("/v1/validators{query}")), |answer| async {
            let node = answer.node.clone();
            let body: ValidatorsBody = answer.json().await?;
            let set = ValidatorSet::new(body.validators)
                .map_err(|error| ClientError::answer(&node, error.to_string()))?;
            let height = Height(body.height);
            self.prove_set(&node, height, &set, suite).await?;
            Ok((height, set))
        })
        .await
    }
}
