//! Proofs of the registry and of the log, checked before they are handed on.

use crate::{client::Client, error::ClientError, transport::Ask};
use serde::Deserialize;
use yinglian_protocol::{
    Code, Hash, Height, LogPosition, RegistryValue, Suite, codec, limits,
    log::{ConsistencyProof, InclusionProof},
    registry::RegistryProof,
};

/// A registry key's newest value, or its absence, proven against a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenValue {
    /// Header whose registry root the proof leads to.
    pub height: Height,
    /// The value; none when the key is absent.
    pub value: Option<RegistryValue>,
    /// The proof.
    pub proof: RegistryProof,
    /// True when that header was checked under the client's trust root.
    pub proven: bool,
}

#[derive(Deserialize)]
struct RegistryBody {
    height: u64,
    value: Option<String>,
    proof: String,
}

#[derive(Deserialize)]
struct InclusionBody {
    size: u64,
    index: u64,
    root: Hash,
    leaf_hash: Hash,
    path: Vec<Hash>,
}

#[derive(Deserialize)]
struct ConsistencyBody {
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    path: Vec<Hash>,
}

impl Client {
    /// The newest value of a registry key with its proof.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] when the proof does not lead to the header's registry root.
    pub async fn registry(&self, key: &[u8]) -> Result<ProvenValue, ClientError> {
        let suite = self.genesis().await?.suite;
        let ask = Ask::get(format!("/v1/proofs/registry?key={}", hex::encode(key)));
        let (node, body) = self
            .ask(ask, |answer| async {
                let node = answer.node.clone();
                Ok((node, answer.json::<RegistryBody>().await?))
            })
            .await?;
        let height = Height(body.height);
        let (value, proof) = decode(&node, &body)?;
        let (root, proven) = self.registry_root(height).await?;
        let value_hash = value.as_ref().map(|value| value.hash(suite));
        proof.verify(suite, &root, key, value_hash.as_ref()).map_err(|_| {
            ClientError::Unproven {
                node,
                what: "registry value",
                code: Code::RECEIPT_PROOF_INVALID,
            }
        })?;
        Ok(ProvenValue { height, value, proof, proven })
    }

    /// Root of the registry after a block; before the first block that of the genesis.
    async fn registry_root(&self, height: Height) -> Result<(Hash, bool), ClientError> {
        if height == Height(0) {
            let proven = self.shared.trusted.is_some();
            return Ok((self.genesis().await?.registry_root, proven));
        }
        let decided = self.header(height).await?;
        Ok((decided.header.registry_root, decided.proven))
    }

    /// Proof that a leaf is in the log, with the root that it leads to. Compare the root with a proven header's.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] when the proof does not lead to the root that comes with it.
    pub async fn log_inclusion(
        &self,
        position: LogPosition,
        size: Option<u64>,
    ) -> Result<(Hash, InclusionProof, Hash), ClientError> {
        let suite = self.genesis().await?.suite;
        let size = size.map(|size| format!("?size={size}")).unwrap_or_default();
        self.ask(Ask::get(format!("/v1/proofs/log/{position}{size}")), |answer| async {
            let node = answer.node.clone();
            let InclusionBody { size, index, root, leaf_hash, path } = answer.json().await?;
            let proof = InclusionProof { size, index, path };
            let holds = index == position.0 && proof.verify(suite, &leaf_hash, &root).is_ok();
            if holds { Ok((leaf_hash, proof, root)) } else { Err(unproven(node, "log inclusion")) }
        })
        .await
    }

    /// Proof that the log of `old` leaves is the beginning of that of `new` leaves, with both roots.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] when the proof does not connect the roots that come with it.
    pub async fn log_consistency(
        &self,
        old: u64,
        new: u64,
    ) -> Result<(Hash, Hash, ConsistencyProof), ClientError> {
        let suite = self.genesis().await?.suite;
        let ask = Ask::get(format!("/v1/proofs/consistency?old={old}&new={new}"));
        self.ask(ask, |answer| async {
            let node = answer.node.clone();
            let body: ConsistencyBody = answer.json().await?;
            let asked = (body.old, body.new) == (old, new);
            let (old_root, new_root) = (body.old_root, body.new_root);
            let proof = ConsistencyProof { old_size: old, new_size: new, path: body.path };
            if asked && connects(suite, &proof, &old_root, &new_root) {
                Ok((old_root, new_root, proof))
            } else {
                Err(unproven(node, "log consistency"))
            }
        })
        .await
    }
}

fn connects(suite: Suite, proof: &ConsistencyProof, old_root: &Hash, new_root: &Hash) -> bool {
    proof.verify(suite, old_root, new_root).is_ok()
}

fn unproven(node: String, what: &'static str) -> ClientError {
    ClientError::Unproven { node, what, code: Code::RECEIPT_PROOF_INVALID }
}

fn decode(
    node: &str,
    body: &RegistryBody,
) -> Result<(Option<RegistryValue>, RegistryProof), ClientError> {
    let bytes = |text: &str| {
        hex::decode(text).map_err(|error| ClientError::answer(node, error.to_string()))
    };
    let value = body.value.as_deref().map(bytes).transpose()?;
    let value = value
        .map(|value| RegistryValue::decode(&value))
        .transpose()
        .map_err(|error| ClientError::answer(node, error.to_string()))?;
    let proof = codec::decode_strict(&bytes(&body.proof)?, limits::REGISTRY_VALUE_BYTES_MAX)
        .map_err(|error| ClientError::answer(node, error.to_string()))?;
    Ok((value, proof))
}
