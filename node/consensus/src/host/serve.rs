//! Decided blocks for peers that catch up.

use super::HostLoop;
use super::tasks::heights;
use crate::codec::{SYNC_VALUES_MAX, value_len};
use crate::config::SYNC_RESPONSE_BYTES_MAX;
use crate::context::{BlockHeight, BlockId, Chain, ValidatorId};
use crate::policy::served_range;
use crate::ports::Application;
use crate::proposal;
use malachite::Reply;
use malachite::app::types::core::{ExtendedCommitCertificate, ExtendedCommitSignature, Round};
use malachite::app::types::sync::RawDecidedValue;
use std::ops::RangeInclusive;
use yinglian_protocol::{Header, Height};

/// Kept free of a response for what frames it.
const MARGIN_BYTES: usize = 64 * 1024;

impl HostLoop {
    pub(super) fn serve(
        &self,
        range: RangeInclusive<BlockHeight>,
        reply: Reply<Vec<RawDecidedValue<Chain>>>,
    ) {
        let application = self.application.clone();
        tokio::spawn(async move {
            let (lowest, tip) = (application.lowest_height(), application.tip().height);
            let mut values = Vec::new();
            let mut bytes = MARGIN_BYTES;
            for height in served_range(&heights(&range), lowest, tip, SYNC_VALUES_MAX) {
                let Some(value) = decided(&*application, height).await else { break };
                bytes += value_len(&value);
                // The first is sent whatever its size: it fits by the limits of a block.
                if bytes > SYNC_RESPONSE_BYTES_MAX && !values.is_empty() {
                    break;
                }
                values.push(value);
            }
            let _ = reply.send(values);
        });
    }
}

async fn decided(application: &dyn Application, height: Height) -> Option<RawDecidedValue<Chain>> {
    let block = application.decided(height).await?;
    let set = application.validators(height)?;
    let header = Header::decode(&block.header_bytes).ok()?;
    let commit_signatures = block
        .quorum
        .signatures
        .iter()
        .map(|(index, signature)| {
            let address = ValidatorId(set.get(*index)?.address());
            Some(ExtendedCommitSignature::new(address, (*signature).into(), None))
        })
        .collect::<Option<Vec<_>>>()?;
    let certificate = ExtendedCommitCertificate {
        height: height.into(),
        round: Round::new(block.quorum.round),
        value_id: BlockId(header.hash()),
        commit_signatures,
    };
    Some(RawDecidedValue::new(proposal::encode(&block.header_bytes, &block.payload), certificate))
}
