//! Builds and signs envelopes, and sees a call through to its end.

use crate::{
    answers::{EnvelopeState, EnvelopeStatus},
    client::Client,
    error::ClientError,
    signed,
    submit::Wait,
};
use std::time::Duration;
use tokio::time::Instant;
use yinglian_crypto::Signer;
use yinglian_protocol::{
    Code, Envelope, EnvelopeBody, EnvelopeId, Name,
    calls::{Arguments, record::Notarize},
};

/// Layout version of the bodies built here.
const FORMAT: u8 = 1;
/// Pause while the chain's time has not passed an envelope's end.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A call whose arguments were encoded by a contract's interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedCall {
    /// Contract.
    pub contract: Name,
    /// Method.
    pub method: Name,
    /// Version of the method's arguments.
    pub version: u16,
    /// The arguments in their canonical bytes.
    pub arguments: Vec<u8>,
}

impl EncodedCall {
    fn of(arguments: &Arguments) -> Result<Self, ClientError> {
        let (contract, method, version) = arguments.method();
        let name = |text: &str| {
            Name::parse(text).map_err(|error| ClientError::Config { reason: error.to_string() })
        };
        let (contract, method) = (name(contract)?, name(method)?);
        Ok(Self { contract, method, version, arguments: arguments.encode() })
    }
}

impl Client {
    /// An envelope of a call, signed. It is valid for [`crate::ClientConfig::valid_ms`] after the newest block: the end is
    /// block time, and a client's own clock has no part in it.
    ///
    /// # Errors
    /// When the newest block cannot be had or the signer does not sign.
    pub async fn sign(
        &self,
        signer: &dyn Signer,
        arguments: &Arguments,
    ) -> Result<Envelope, ClientError> {
        let tip_ms = self.tip_time_ms().await?;
        self.sign_until(signer, arguments, tip_ms.saturating_add(self.config().valid_ms)).await
    }

    /// The same with a chosen end, milliseconds since 1970-01-01 UTC of block time.
    ///
    /// # Errors
    /// When the signer does not sign.
    pub async fn sign_until(
        &self,
        signer: &dyn Signer,
        arguments: &Arguments,
        valid_until_ms: u64,
    ) -> Result<Envelope, ClientError> {
        self.sign_encoded(signer, EncodedCall::of(arguments)?, Some(valid_until_ms)).await
    }

    /// An envelope of a call of any contract, signed. Without a chosen end it is valid as one of [`Self::sign`].
    ///
    /// # Errors
    /// When the newest block cannot be had or the signer does not sign.
    pub async fn sign_encoded(
        &self,
        signer: &dyn Signer,
        call: EncodedCall,
        valid_until_ms: Option<u64>,
    ) -> Result<Envelope, ClientError> {
        let genesis = self.genesis().await?;
        let valid_until_ms = match valid_until_ms {
            Some(chosen) => chosen,
            None => self.tip_time_ms().await?.saturating_add(self.config().valid_ms),
        };
        let body = EnvelopeBody {
            format: FORMAT,
            contract: call.contract,
            method: call.method,
            method_version: call.version,
            arguments: call.arguments,
            sender: signer.address(),
            valid_until_ms,
            random: signed::random()?,
        };
        let signature = signer.sign(&body.signing_bytes(&genesis.hash())).await?;
        Ok(Envelope { body, signature })
    }

    /// Notarises a record (存证) and waits until it is in a decided block.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn notarize(
        &self,
        signer: &dyn Signer,
        record: Notarize,
        timeout: Duration,
    ) -> Result<EnvelopeStatus, ClientError> {
        self.call(signer, &Arguments::from(record), timeout).await
    }

    /// Signs a call, submits it and waits until it is committed: applied, or refused by the contract with a code. When the
    /// envelope expires first, another is signed, but only once a block shows that the old one can no longer be recorded.
    ///
    /// # Errors
    /// The node's refusal at admission; [`ClientError::NotDecided`] with the id when the time runs out.
    pub async fn call(
        &self,
        signer: &dyn Signer,
        arguments: &Arguments,
        timeout: Duration,
    ) -> Result<EnvelopeStatus, ClientError> {
        let deadline = Instant::now() + timeout;
        loop {
            let envelope = self.sign(signer, arguments).await?;
            if let Some(end) = self.see_through(&envelope, deadline).await? {
                return Ok(end);
            }
            if Instant::now() >= deadline {
                let id = envelope.body.id(self.genesis().await?.suite);
                return Err(ClientError::NotDecided { id });
            }
        }
    }

    /// The end of an envelope; none when it expired and may be signed again.
    async fn see_through(
        &self,
        envelope: &Envelope,
        deadline: Instant,
    ) -> Result<Option<EnvelopeStatus>, ClientError> {
        let id = envelope.body.id(self.genesis().await?.suite);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.submit(envelope, Wait::Committed(left)).await {
                Ok(status) if status.state == EnvelopeState::Committed => return Ok(Some(status)),
                Ok(_) if left.is_zero() => return Err(ClientError::NotDecided { id }),
                Ok(_) => {}
                Err(error) if error.code() == Code::EXPIRED => break,
                Err(error) => return Err(error),
            }
        }
        self.after_expiry(id, envelope.body.valid_until_ms, deadline).await
    }

    /// Spec 1: only a header later than the envelope's end shows that it can no longer enter. The header is proven where the
    /// client has a trust root, so that no single node can make it sign twice by lying about the time.
    async fn after_expiry(
        &self,
        id: EnvelopeId,
        valid_until_ms: u64,
        deadline: Instant,
    ) -> Result<Option<EnvelopeStatus>, ClientError> {
        while self.newest_time_ms().await? <= valid_until_ms {
            if Instant::now() >= deadline {
                return Err(ClientError::NotDecided { id });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        // Another node may have recorded it in the meantime.
        let status = self.status(id).await?;
        Ok((status.state == EnvelopeState::Committed).then_some(status))
    }
}
