//! How much a peer may make this node work for nothing. A peer has a credit of bad envelopes that refills with time; without
//! credit what it sends goes unread. Honest peers send bad envelopes only while the two nodes' states differ.

use std::collections::HashMap;
use std::time::Instant;

/// Credits of the peers heard last.
#[derive(Debug)]
pub(crate) struct Peers {
    credits: HashMap<String, Credit>,
    peers_max: usize,
    faults_max: u32,
    faults_per_second: u32,
}

#[derive(Debug, Clone, Copy)]
struct Credit {
    left: u32,
    filled: Instant,
}

impl Peers {
    pub(crate) fn new(peers_max: usize, faults_max: u32, faults_per_second: u32) -> Self {
        Self { credits: HashMap::new(), peers_max: peers_max.max(1), faults_max, faults_per_second }
    }

    /// How many bad envelopes the peer may still send now.
    pub(crate) fn credit(&mut self, peer: &str, now: Instant) -> u32 {
        self.refill(peer, now).left
    }

    /// The peer sent bad envelopes.
    pub(crate) fn fault(&mut self, peer: &str, faults: u32, now: Instant) {
        let credit = self.refill(peer, now);
        credit.left = credit.left.saturating_sub(faults);
    }

    fn refill(&mut self, peer: &str, now: Instant) -> &mut Credit {
        if !self.credits.contains_key(peer) && self.credits.len() >= self.peers_max {
            self.forget_one();
        }
        let full = Credit { left: self.faults_max, filled: now };
        let credit = self.credits.entry(peer.to_owned()).or_insert(full);
        let seconds = now.saturating_duration_since(credit.filled).as_secs();
        if seconds > 0 {
            let refill =
                u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(self.faults_per_second);
            *credit = Credit {
                left: credit.left.saturating_add(refill).min(self.faults_max),
                filled: now,
            };
        }
        credit
    }

    /// Forgets the peer that was heard longest ago.
    fn forget_one(&mut self) {
        let oldest = self.credits.iter().min_by_key(|(_, credit)| credit.filled);
        if let Some(peer) = oldest.map(|(peer, _)| peer.clone()) {
            self.credits.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_peer_without_credit_gets_it_back_with_time_and_others_are_not_touched() {
        let now = Instant::now();
        let mut peers = Peers::new(8, 20, 5);
        peers.fault("a", 50, now);
        assert_eq!(peers.credit("a", now), 0);
        assert_eq!(peers.credit("b", now), 20);
        assert_eq!(peers.credit("a", now + Duration::from_secs(2)), 10);
        assert_eq!(peers.credit("a", now + Duration::from_secs(60)), 20);
    }

    #[test]
    fn the_number_of_peers_remembered_is_bounded() {
        let mut peers = Peers::new(8, 20, 5);
        for number in 0..1_000 {
            peers.credit(&number.to_string(), Instant::now());
        }
        assert_eq!(peers.credits.len(), 8);
    }
}
