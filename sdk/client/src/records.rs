//! Receipts, which are open, and records and blocks, which need a signer.

use crate::{
    answers::{ReceiptAnswer, RecordView},
    client::Client,
    error::ClientError,
    transport::Ask,
};
use yinglian_crypto::Signer;
use yinglian_protocol::{
    CreditCode, EXPORT_FRAME_BYTES_MAX, EnvelopeId, ExportBlock, Height, Receipt, codec, limits,
};

impl Client {
    /// The receipt of a record against the newest header. With `embed_trust` the chain of validator sets is inside, so that
    /// the file can be verified alone.
    ///
    /// # Errors
    /// A refusal with `NOT_FOUND` while it is not decided; [`ClientError::Unproven`] when it does not prove its record.
    pub async fn receipt(
        &self,
        id: EnvelopeId,
        embed_trust: bool,
    ) -> Result<ReceiptAnswer, ClientError> {
        let query = if embed_trust { "?trust=embed" } else { "" };
        self.ask(Ask::get(format!("/v1/receipts/{id}{query}")), |answer| async {
            let (node, bytes) = answer.bytes(limits::RECEIPT_BYTES_MAX).await?;
            let unproven =
                |code| ClientError::Unproven { node: node.clone(), what: "receipt", code };
            let receipt = Receipt::decode(&bytes).map_err(unproven)?;
            if receipt.envelope.body.id(receipt.header.suite) != id {
                return Err(ClientError::answer(&node, "the receipt of the record asked for"));
            }
            let proven = self.prove_receipt(&node, &receipt).await?;
            Ok(ReceiptAnswer { bytes, receipt, proven })
        })
        .await
    }

    /// A record with its arguments, for its own organisation and for auditors.
    ///
    /// # Errors
    /// A refusal with `FORBIDDEN`, `NOT_AUTHORIZED` or `NOT_FOUND`.
    pub async fn record(
        &self,
        signer: &dyn Signer,
        id: EnvelopeId,
    ) -> Result<RecordView, ClientError> {
        let ask = Ask::get(format!("/v1/records/{id}")).signed(signer);
        self.ask_signed(ask, |answer| answer.json()).await
    }

    /// Records of a business key, newest first: of the signer's organisation; auditors may name another, or none for all.
    ///
    /// # Errors
    /// A refusal with `FORBIDDEN` or `NOT_AUTHORIZED`.
    pub async fn records_of(
        &self,
        signer: &dyn Signer,
        business_key: &str,
        organization: Option<CreditCode>,
    ) -> Result<Vec<RecordView>, ClientError> {
        let mut path = format!("/v1/records?business_key={}", escaped(business_key));
        if let Some(organization) = organization {
            path.push_str(&format!("&organization={organization}"));
        }
        self.ask_signed(Ask::get(path).signed(signer), |answer| answer.json()).await
    }

    /// A whole block with the public keys of its senders, for operators and auditors. Its header is proven under the trust
    /// root; the rest is for an audit to check.
    ///
    /// # Errors
    /// A refusal with `FORBIDDEN`, `NOT_AUTHORIZED` or `NOT_FOUND`.
    pub async fn block(
        &self,
        signer: &dyn Signer,
        height: Height,
    ) -> Result<ExportBlock, ClientError> {
        let ask = Ask::get(format!("/v1/blocks/{height}?format=binary")).signed(signer);
        self.ask_signed(ask, |answer| async {
            let (node, bytes) = answer.bytes(EXPORT_FRAME_BYTES_MAX).await?;
            let block: ExportBlock = codec::decode_strict(&bytes, EXPORT_FRAME_BYTES_MAX)
                .map_err(|error| ClientError::answer(&node, error.to_string()))?;
            self.prove_header(&node, &block.header, &block.quorum).await?;
            Ok(block)
        })
        .await
    }
}

/// Percent-encodes what may not stand in a query value (RFC 3986 section 2.3).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_key_is_escaped_as_a_query_value() {
        assert_eq!(escaped("A-1_b.~"), "A-1_b.~");
        assert_eq!(escaped("a b&c=d/鹰"), "a%20b%26c%3Dd%2F%E9%B9%B0");
    }
}
