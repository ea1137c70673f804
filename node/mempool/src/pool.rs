//! Who waits, who comes next, and how each wait ends. A plain state machine: no lock, clock, thread or disk.
//!
//! Fairness has two halves. Room: an organisation may hold at most its quota, and at most as much as is still free, so that
//! k greedy organisations leave 1/(k+1) of the room to the next. Order: one envelope of each organisation in turn.

use crate::cache::Generations;
use crate::lane::{Lane, size};
use crate::{Committed, Config, Refusal};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use yinglian_protocol::{Address, Code, CreditCode, EnvelopeId, Prepared};

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In a decided block, durable on this node.
    Committed(Committed),
    /// A header later than `valid_until_ms` shows that it can no longer enter a block.
    Expired,
    /// State changed after it was accepted: no block may hold it any more.
    Rejected(Code),
}

/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It waits now.
    New,
    /// It waited already.
    Known,
    /// It was committed since admission looked.
    Committed(Committed),
}

/// Envelopes that wait for a block. See the head of this file.
#[derive(Debug)]
pub struct Pool {
    config: Config,
    entries: HashMap<EnvelopeId, Entry>,
    lanes: BTreeMap<CreditCode, Lane>,
    /// Whose turn was last.
    last_turn: Option<CreditCode>,
    by_expiry: BTreeSet<(u64, EnvelopeId)>,
    /// Whose envelopes wait, and how many of each.
    senders: BTreeMap<Address, usize>,
    ended: Generations<EnvelopeId, End>,
    bytes: usize,
    pace: Pace,
}

#[derive(Debug)]
struct Entry {
    envelope: Arc<Prepared>,
    organization: CreditCode,
    sequence: u64,
    /// Made when the first waiter comes.
    end: Option<watch::Sender<Option<End>>>,
}

/// How fast blocks empty the room.
#[derive(Debug, Default)]
struct Pace {
    time_ms: u64,
    /// Moving mean of committed envelopes per second, in thousandths.
    records_per_1000_s: u64,
}

impl Pool {
    /// An empty room.
    pub fn new(config: Config) -> Self {
        Self {
            ended: Generations::new(config.ended_max),
            config,
            entries: HashMap::new(),
            lanes: BTreeMap::new(),
            last_turn: None,
            by_expiry: BTreeSet::new(),
            senders: BTreeMap::new(),
            bytes: 0,
            pace: Pace::default(),
        }
    }

    /// Envelopes that wait.
    pub fn records(&self) -> usize {
        self.entries.len()
    }

    /// Their size.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Organisations whose envelopes wait.
    pub fn organizations(&self) -> usize {
        self.lanes.len()
    }

    /// Everyone whose envelopes wait.
    pub fn senders(&self) -> Vec<Address> {
        self.senders.keys().copied().collect()
    }

    /// An envelope that waits.
    pub fn find(&self, id: &EnvelopeId) -> Option<&Arc<Prepared>> {
        self.entries.get(id).map(|entry| &entry.envelope)
    }

    /// How a wait ended, while it is remembered.
    pub fn ended(&mut self, id: &EnvelopeId) -> Option<End> {
        self.ended.get(id)
    }

    /// Whether an envelope of this size may still come in.
    pub fn room(&self, organization: &CreditCode, size_bytes: usize) -> Result<(), Refusal> {
        let free_records = self.config.records_max.saturating_sub(self.entries.len());
        let free_bytes = self.config.bytes_max.saturating_sub(self.bytes);
        if free_records == 0 || free_bytes < size_bytes {
            return Err(self.refuse(Code::MEMPOOL_FULL, self.entries.len()));
        }
        let (records, bytes) =
            self.lanes.get(organization).map_or((0, 0), |lane| (lane.records(), lane.bytes()));
        let records_max = self.config.organization_records_max.min(free_records);
        // The first envelope of an organisation needs only room, whatever its size.
        let bytes_max = self.config.organization_bytes_max.min(free_bytes).max(size_bytes);
        if records >= records_max || bytes + size_bytes > bytes_max {
            return Err(self.refuse(Code::QUOTA_EXCEEDED, records));
        }
        Ok(())
    }

    /// Adds a verified envelope. `sequence` is its order of arrival, the same for no two.
    pub fn insert(
        &mut self,
        envelope: Arc<Prepared>,
        organization: CreditCode,
        sequence: u64,
    ) -> Result<Inserted, Refusal> {
        let id = envelope.id();
        if self.entries.contains_key(&id) {
            return Ok(Inserted::Known);
        }
        if let Some(End::Committed(committed)) = self.ended.get(&id) {
            return Ok(Inserted::Committed(committed));
        }
        self.room(&organization, size(&envelope))?;
        // An end of an earlier wait (rejected, expired by a clock that was wrong) no longer holds.
        self.ended.remove(&id);
        self.bytes += size(&envelope);
        let body = &envelope.envelope().body;
        self.by_expiry.insert((body.valid_until_ms, id));
        *self.senders.entry(body.sender).or_default() += 1;
        self.lanes.entry(organization).or_default().push(sequence, Arc::clone(&envelope));
        self.entries.insert(id, Entry { envelope, organization, sequence, end: None });
        Ok(Inserted::New)
    }

    /// Offers envelopes for a block: one of each organisation in turn, within an organisation in the order of arrival. They stay
    /// until they are committed, expired or rejected.
    pub fn take(&mut self, records_max: usize, bytes_max: usize) -> Vec<Arc<Prepared>> {
        let mut taken = Vec::new();
        let mut bytes = 0_usize;
        let after_last = self.last_turn.map_or(Bound::Unbounded, Bound::Excluded);
        let up_to_last = self.last_turn.map_or(Bound::Unbounded, Bound::Included);
        let first = self.lanes.range((after_last, Bound::Unbounded));
        let second = match self.last_turn {
            Some(_) => self.lanes.range((Bound::Unbounded, up_to_last)),
            // Everything is in the first half already.
            None => Default::default(),
        };
        let mut turns: Vec<_> =
            first.chain(second).map(|(organization, lane)| (organization, lane.iter())).collect();
        while !turns.is_empty() && taken.len() < records_max {
            turns.retain_mut(|(organization, lane)| {
                if taken.len() >= records_max {
                    return true;
                }
                let Some(envelope) = lane.next() else { return false };
                if bytes + size(envelope) > bytes_max {
                    // Skipping ahead would break the order of arrival: this organisation is done.
                    return false;
                }
                bytes += size(envelope);
                taken.push(Arc::clone(envelope));
                self.last_turn = Some(**organization);
                true
            });
        }
        taken
    }

    /// A block was committed: its envelopes leave, and so do those that can no longer enter. Returns the number of expired ones.
    pub fn committed(
        &mut self,
        time_ms: u64,
        committed: impl IntoIterator<Item = (EnvelopeId, Committed)>,
    ) -> usize {
        let mut records = 0_u64;
        for (id, committed) in committed {
            self.end(&id, End::Committed(committed));
            records += 1;
        }
        self.pace.block(time_ms, records);
        self.expire(time_ms)
    }

    fn expire(&mut self, time_ms: u64) -> usize {
        let mut expired = 0;
        while let Some((valid_until_ms, id)) = self.by_expiry.first().copied() {
            if valid_until_ms >= time_ms {
                break;
            }
            self.end(&id, End::Expired);
            expired += 1;
        }
        expired
    }

    /// Ends a wait and tells who waits; also remembers the end of an envelope that did not wait here.
    pub fn end(&mut self, id: &EnvelopeId, end: End) {
        self.ended.put(*id, end);
        let Some(entry) = self.entries.remove(id) else { return };
        self.bytes -= size(&entry.envelope);
        let body = &entry.envelope.envelope().body;
        self.by_expiry.remove(&(body.valid_until_ms, *id));
        if let Some(count) = self.senders.get_mut(&body.sender) {
            *count -= 1;
            if *count == 0 {
                self.senders.remove(&body.sender);
            }
        }
        if let Some(lane) = self.lanes.get_mut(&entry.organization) {
            lane.remove(entry.sequence);
            if lane.records() == 0 {
                self.lanes.remove(&entry.organization);
            }
        }
        if let Some(sender) = entry.end {
            sender.send_replace(Some(end));
        }
    }

    /// Ends the wait of every envelope of a sender. Returns how many there were.
    pub fn end_all_of(&mut self, sender: &Address, end: End) -> usize {
        let of_sender = |entry: &Entry| entry.envelope.envelope().body.sender == *sender;
        let ids: Vec<_> =
            self.entries.iter().filter(|(_, entry)| of_sender(entry)).map(|(id, _)| *id).collect();
        ids.iter().for_each(|id| self.end(id, end));
        ids.len()
    }

    /// Subscribes to the end of an envelope that waits.
    pub fn subscribe(&mut self, id: &EnvelopeId) -> Option<watch::Receiver<Option<End>>> {
        let entry = self.entries.get_mut(id)?;
        let sender = entry.end.get_or_insert_with(|| watch::channel(None).0);
        Some(sender.subscribe())
    }

    /// A refusal that says when `records` envelopes will have left at the present pace.
    pub(crate) fn refuse(&self, code: Code, records: usize) -> Refusal {
        Refusal { code, retry_after: Some(self.pace.until_gone(records)) }
    }
}

impl Pace {
    /// Longest and shortest time that a client is told to wait, seconds.
    const RETRY_S: (u64, u64) = (1, 60);

    fn block(&mut self, time_ms: u64, records: u64) {
        let passed_ms = time_ms.saturating_sub(self.time_ms);
        if self.time_ms != 0 && passed_ms > 0 {
            let now = records.saturating_mul(1_000_000) / passed_ms;
            self.records_per_1000_s = (self.records_per_1000_s.saturating_mul(7) + now) / 8;
        }
        self.time_ms = time_ms;
    }

    /// Half of what stands in the way must go: then the sender has a fair chance.
    fn until_gone(&self, records: usize) -> Duration {
        let records = u64::try_from(records).unwrap_or(u64::MAX).saturating_mul(1_000) / 2;
        let seconds = records.checked_div(self.records_per_1000_s).unwrap_or(Self::RETRY_S.1);
        Duration::from_secs(seconds.clamp(Self::RETRY_S.0, Self::RETRY_S.1))
    }
}

#[cfg(test)]
mod tests;
