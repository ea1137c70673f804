//! Parts of proposals, in and out, and the peers they may come from.

use super::HostLoop;
use crate::config::engine_of;
use crate::context::{Chain, Part, VoteSignature};
use crate::error::Stopped;
use crate::metrics::Reason;
use crate::policy::{self, Assembled, Input, Refusal, StreamKey, View};
use crate::proposal::Proposal;
use crate::signing::{GuardedSigner, VoteVerifier};
use bytes::Bytes;
use libp2p::{Multiaddr, PeerId};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite::{NetworkMsg, NetworkRequest};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use yinglian_protocol::{Address, Height, PartsHeader, parts_bytes};

struct Sets<'a> {
    chain: Chain,
    position: (Height, u32),
    // Sets of the current and the next height; of the next one the current is taken until it is known.
    members: BTreeMap<Height, crate::context::Members>,
    bound: &'a BTreeMap<Address, PeerId>,
    verifier: &'a VoteVerifier,
}

impl Sets<'_> {
    fn members(&self, height: Height) -> Option<&crate::context::Members> {
        self.members.range(..=height).next_back().map(|(_, members)| members)
    }
}

impl View<PeerId> for Sets<'_> {
    fn position(&self) -> (Height, u32) {
        self.position
    }

    fn proposer(&self, height: Height, round: u32) -> Option<(Address, PeerId)> {
        let proposer = self.members(height)?.proposer_address(height.into(), round);
        Some((proposer, *self.bound.get(&proposer)?))
    }

    fn verify(&self, proposer: &Address, header: &PartsHeader, signature: &VoteSignature) -> bool {
        self.members(header.height).and_then(|members| members.member(proposer)).is_some_and(
            |member| {
                let message = parts_bytes(&self.chain.genesis, header);
                self.verifier.verify(member.public_key(), message, signature)
            },
        )
    }
}

impl HostLoop {
    pub(super) fn part(
        &mut self,
        from: Option<malachite::app::types::PeerId>,
        message: StreamMessage<Part>,
    ) -> Option<Stopped> {
        let accepted = self.accept(from, message);
        let next_begun = match &accepted {
            Ok((height, _)) => *height > self.policy.position().0,
            Err(_) => false,
        };
        let stopped = match accepted {
            Ok((_, Some(assembled))) => self.assembled(assembled),
            Ok((_, None)) => self.step(Input::PartPending),
            Err(refusal) => {
                let reason = Reason { reason: name(refusal) };
                self.metrics.parts_refused.get_or_create(&reason).inc();
                tracing::debug!(%refusal, "proposal part refused");
                self.step(Input::PartPending)
            }
        };
        if next_begun { stopped.or_else(|| self.step(Input::NextHeightBegun)) } else { stopped }
    }

    fn accept(
        &mut self,
        from: Option<malachite::app::types::PeerId>,
        message: StreamMessage<Part>,
    ) -> Result<(Height, Option<Assembled>), Refusal> {
        let stream = message.stream_id.to_bytes();
        let height = StreamKey::decode(&stream).ok_or(Refusal::Stream)?.height;
        let from = from.ok_or(Refusal::NotProposer)?;
        let from = PeerId::from_bytes(&from.to_bytes()).map_err(|_| Refusal::NotProposer)?;
        // The end of a stream is known from its first part; a message that says so adds nothing.
        let StreamContent::Data(part) = message.content else { return Ok((height, None)) };
        let (current, round) = self.policy.position();
        let members = [current, current.next()]
            .into_iter()
            .filter_map(|height| Some((height, self.members_at(height)?)))
            .collect();
        let view = Sets {
            chain: self.chain,
            position: (current, round),
            members,
            bound: &self.bound,
            verifier: &self.verifier,
        };
        let now_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let assembled =
            self.assembly.accept(&view, &from, &stream, message.sequence, part, now_ms)?;
        self.metrics.parts.inc();
        Ok((height, assembled))
    }

    fn assembled(&mut self, assembled: Assembled) -> Option<Stopped> {
        // The application hashes the payload when it checks the block, or has done so before.
        match Proposal::decode_unhashed(&assembled.bytes).map(Arc::new) {
            Ok(proposal) => {
                // Of the stream, which was accepted for the current height or the next; the block's own is not checked yet.
                let height = assembled.header.height;
                let members =
                    self.members_at(height).or_else(|| self.members_at(height.previous()));
                let round = proposal.header.round;
                let builder = members.map(|members| members.proposer_address(height.into(), round));
                self.step(Input::PartComplete { assembled, proposal, builder })
            }
            Err(error) => {
                tracing::warn!(height = %assembled.header.height, proposer = %assembled.proposer, %error,
                    "signed proposal does not decode");
                self.step(Input::PartPending)
            }
        }
    }

    pub(super) fn publish(&mut self, proposal: Arc<Proposal>, round: u32, lock_round: Option<u32>) {
        let Some(signer) = self.signer.clone() else { return };
        let network = self.channels.network.clone();
        let attempt = self.next_attempt();
        tokio::spawn(async move {
            send(proposal, round, lock_round, attempt, &signer, &network).await;
        });
    }

    /// Tells this stream from every other of this node.
    pub(super) fn next_attempt(&mut self) -> u32 {
        self.stream_attempt = self.stream_attempt.wrapping_add(1);
        self.stream_attempt
    }

    /// Follows the registry: who may connect, who is dialled, which peer a proposer's parts come from.
    pub(super) fn follow_registry(&mut self) {
        let peers = self.application.peers();
        self.bound = peers
            .iter()
            .filter_map(|peer| Some((peer.address, peer.peer_id.parse().ok()?)))
            .collect();
        let wanted = persistent(&peers, &self.config.observers, self.own);
        if wanted == self.persistent {
            return;
        }
        let old = core::mem::replace(&mut self.persistent, wanted.clone());
        let requests = self.channels.net_requests.clone();
        tokio::spawn(async move { change_peers(&requests, &old, &wanted).await });
    }
}

/// Addresses by peer: validators other than ourselves, and observers, which dial us.
pub(crate) fn persistent(
    peers: &[crate::ports::Peer],
    observers: &[String],
    own: Option<Address>,
) -> BTreeMap<PeerId, Vec<Multiaddr>> {
    let observers = observers.iter().filter_map(|text| {
        let id: PeerId = text.parse().ok()?;
        Some((id, vec![Multiaddr::empty().with(libp2p::multiaddr::Protocol::P2p(id))]))
    });
    let validators = peers.iter().filter(|peer| Some(peer.address) != own).filter_map(engine_of);
    let validators = validators.map(|(id, address)| (id, vec![address]));
    observers.chain(validators).collect()
}

// The engine forgets a peer id with the first of its addresses, so a changed peer is removed whole and added whole.
async fn change_peers(
    requests: &mpsc::Sender<NetworkRequest>,
    old: &BTreeMap<PeerId, Vec<Multiaddr>>,
    new: &BTreeMap<PeerId, Vec<Multiaddr>>,
) {
    let changed = |from: &BTreeMap<PeerId, Vec<Multiaddr>>,
                   to: &BTreeMap<PeerId, Vec<Multiaddr>>| {
        let addresses = from.iter().filter(|(id, addresses)| to.get(*id) != Some(addresses));
        addresses.flat_map(|(_, addresses)| addresses.clone()).collect::<Vec<_>>()
    };
    for address in changed(old, new) {
        let _ = NetworkRequest::remove_persistent_peer(requests, address).await;
    }
    for address in changed(new, old) {
        let _ = NetworkRequest::add_persistent_peer(requests, address).await;
    }
}

/// Signs the first part and sends a stream.
pub(super) async fn send(
    proposal: Arc<Proposal>,
    round: u32,
    lock_round: Option<u32>,
    attempt: u32,
    signer: &GuardedSigner,
    network: &mpsc::Sender<NetworkMsg<Chain>>,
) {
    let height = proposal.header.height;
    let value_id = proposal.value_id();
    let bytes = proposal.encode();
    let pieces = policy::split(&bytes);
    let (Ok(size_bytes), Ok(parts)) = (u32::try_from(bytes.len()), u32::try_from(pieces.len()))
    else {
        return;
    };
    let header = PartsHeader { height, round, lock_round, value_id, size_bytes, parts };
    let signature = match signer.sign_parts(&header).await {
        Ok(signature) => signature,
        Err(error) => return tracing::error!(%height, round, %error, "parts could not be signed"),
    };
    let stream =
        StreamId::new(Bytes::copy_from_slice(&StreamKey { height, round, attempt }.encode()));
    let first = Part::First { header, signature };
    let parts = core::iter::once(first).chain(pieces.into_iter().map(Part::Piece));
    for (sequence, part) in (0_u64..).zip(parts) {
        let message = StreamMessage::new(stream.clone(), sequence, StreamContent::Data(part));
        if network.send(NetworkMsg::PublishProposalPart(message)).await.is_err() {
            return; // The engine has ended.
        }
    }
}

fn name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Stream => "stream",
        Refusal::Height(_) => "height",
        Refusal::Round(_) => "round",
        Refusal::NotProposer => "not_proposer",
        Refusal::Signature => "signature",
        Refusal::Header => "header",
        Refusal::Sequence => "sequence",
        Refusal::Repeated => "repeated",
        Refusal::Size => "size",
    }
}
