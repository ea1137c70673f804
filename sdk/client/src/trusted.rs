//! The trust root and the validator sets proven under it so far. Asks for newer sets when an answer needs them.

use crate::{
    client::Client,
    config::Trust,
    error::ClientError,
    transport::{Answer, Ask},
};
use std::sync::{Arc, PoisonError, RwLock};
use yinglian_protocol::{
    Code, DefaultEngine, GenesisHash, Header, Height, Proven, ProvenSets, Quorum, Receipt, Suite,
    TrustChain, TrustRoot, ValidatorSet, VerifyOptions, limits, verify,
};

pub(crate) struct Trusted {
    root: TrustRoot,
    known: RwLock<Option<Arc<Known>>>,
    /// Taken while newer sets are fetched: many answers that need them ask once.
    refresh: tokio::sync::Mutex<()>,
}

/// A chain of sets and what it proves.
pub(crate) struct Known {
    pub chain: TrustChain,
    pub sets: ProvenSets,
}

impl Trusted {
    pub(crate) fn new(trust: Trust) -> Result<Self, ClientError> {
        let known = match trust.chain {
            None => None,
            Some(chain) => {
                let sets = chain.prove(&trust.root).map_err(|code| ClientError::Unproven {
                    node: "the given trust file".into(),
                    what: "chain of validator sets",
                    code,
                })?;
                Some(Arc::new(Known { chain, sets }))
            }
        };
        Ok(Self {
            root: trust.root,
            known: RwLock::new(known),
            refresh: tokio::sync::Mutex::new(()),
        })
    }

    pub(crate) fn genesis(&self) -> GenesisHash {
        self.root.genesis()
    }

    fn known(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the chain that reaches further.
    fn keep(&self, new: Known) -> Arc<Known> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let newest = |known: &Known| known.sets.newest().map(|(height, _)| *height);
        match &*known {
            Some(old) if newest(old) >= newest(&new) => old.clone(),
            _ => {
                let new = Arc::new(new);
                *known = Some(new.clone());
                new
            }
        }
    }
}

impl Client {
    /// The newest chain of sets that was proven, to be kept as a `.trust` file. Asks the nodes when none is known.
    ///
    /// # Errors
    /// Without a trust root the chain is returned as the node gave it, decoded but unproven.
    pub async fn trust(&self) -> Result<TrustChain, ClientError> {
        match &self.shared.trusted {
            Some(trusted) => Ok(self.refresh(trusted, None).await?.chain.clone()),
            None => {
                self.ask(Ask::get("/v1/trust"), |answer| async { Ok(fetched(answer).await?.1) })
                    .await
            }
        }
    }

    /// Fetches and proves the chain of sets anew, unless somebody did while we waited.
    async fn refresh(
        &self,
        trusted: &Trusted,
        before: Option<&Arc<Known>>,
    ) -> Result<Arc<Known>, ClientError> {
        let _alone = trusted.refresh.lock().await;
        if let (Some(before), Some(now)) = (before, trusted.known())
            && !Arc::ptr_eq(before, &now)
        {
            return Ok(now);
        }
        let known = self
            .ask(Ask::get("/v1/trust"), |answer| async {
                let (node, chain) = fetched(answer).await?;
                let sets = chain.prove(&trusted.root).map_err(|code| ClientError::Unproven {
                    node,
                    what: "chain of validator sets",
                    code,
                })?;
                Ok(Known { chain, sets })
            })
            .await?;
        Ok(trusted.keep(known))
    }

    /// Runs a check under the known sets; when they do not reach, once more under newer ones.
    pub(crate) async fn prove<T>(
        &self,
        node: &str,
        what: &'static str,
        check: impl Fn(&TrustRoot, &Known) -> Result<T, Code>,
    ) -> Result<Option<T>, ClientError> {
        let Some(trusted) = &self.shared.trusted else { return Ok(None) };
        let unproven = |code| ClientError::Unproven { node: node.into(), what, code };
        let known = match trusted.known() {
            Some(known) => known,
            None => Box::pin(self.refresh(trusted, None)).await?,
        };
        match check(&trusted.root, &known) {
            Err(Code::RECEIPT_SET_UNPROVEN) => {
                let newer = Box::pin(self.refresh(trusted, Some(&known))).await?;
                check(&trusted.root, &newer).map(Some).map_err(unproven)
            }
            result => result.map(Some).map_err(unproven),
        }
    }

    pub(crate) async fn prove_header(
        &self,
        node: &str,
        header: &Header,
        quorum: &Quorum,
    ) -> Result<bool, ClientError> {
        let check =
            |_: &TrustRoot, known: &Known| known.sets.check_header(header, quorum, &DefaultEngine);
        Ok(self.prove(node, "header", check).await?.is_some())
    }

    pub(crate) async fn prove_receipt(
        &self,
        node: &str,
        receipt: &Receipt,
    ) -> Result<Option<Proven>, ClientError> {
        self.prove(node, "receipt", |root, known| {
            verify(
                receipt,
                root,
                &VerifyOptions { trust: Some(&known.chain), ..Default::default() },
            )
        })
        .await
    }

    /// True when the set is the proven one of the height, or there is no trust root to prove it under.
    pub(crate) async fn prove_set(
        &self,
        node: &str,
        height: Height,
        set: &ValidatorSet,
        suite: Suite,
    ) -> Result<(), ClientError> {
        let check = |_: &TrustRoot, known: &Known| match known.sets.at(height) {
            Some(proven) if proven.hash(suite) == set.hash(suite) => Ok(()),
            _ => Err(Code::RECEIPT_SET_UNPROVEN),
        };
        self.prove(node, "validator set", check).await.map(drop)
    }
}

async fn fetched(answer: Answer) -> Result<(String, TrustChain), ClientError> {
    let (node, bytes) = answer.bytes(limits::TRUST_BYTES_MAX).await?;
    match TrustChain::decode(&bytes) {
        Ok(chain) => Ok((node, chain)),
        Err(code) => Err(ClientError::answer(&node, format!("a trust file ({code})"))),
    }
}
