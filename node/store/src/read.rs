//! What can be read of a chain, from the newest state or from the moment of a view.

use crate::block::{BlockRecord, Record, RecordGroup, StoredBlock};
use crate::columns::Column;
use crate::engine::Reads;
use crate::payloads::{self, StoredPayload, Undecided};
use crate::{StoreError, keys};
use yinglian_protocol::codec::decode_strict;
use yinglian_protocol::{Hash, Header, Height, LogPosition, OutcomeRecord, ValidatorSet, limits};
use yinglian_state::Entry;

/// Largest stored block record or group of records, bytes; far above what limits of their parts allow in practice.
const STORED_BYTES_MAX: usize = 2 * limits::BLOCK_BYTES_MAX;
/// Most pieces of evidence that are listed.
const EVIDENCE_MAX: usize = 1_000;

/// Reads of the chain. [`crate::Store`] answers from the newest state, [`crate::View`] from one moment.
pub trait ChainRead {
    /// The reads of the engine below.
    #[doc(hidden)]
    fn reads(&self) -> Reads<'_>;

    /// Height of the last committed block; none before block 1.
    fn tip(&self) -> Result<Option<Height>, StoreError> {
        let Some(bytes) = self.reads().get(Column::Meta, keys::TIP)? else {
            return Ok(None);
        };
        let height =
            <[u8; 8]>::try_from(bytes.as_slice()).map_err(|_| StoreError::corrupt("tip"))?;
        Ok(Some(Height(u64::from_be_bytes(height))))
    }

    /// Bytes of the genesis document that the database was made from.
    fn genesis(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads().get(Column::Meta, keys::GENESIS)
    }

    /// A decided block without its payload.
    fn block(&self, height: Height) -> Result<Option<BlockRecord>, StoreError> {
        Ok(stored_block(self.reads(), height)?.map(|stored| stored.block))
    }

    /// Header and payload of a decided block.
    fn payload_of(&self, height: Height) -> Result<Option<StoredPayload>, StoreError> {
        let Some(stored) = stored_block(self.reads(), height)? else {
            return Ok(None);
        };
        let BlockRecord { header, value_id, .. } = stored.block;
        payloads::load(self.reads(), height, &value_id, header, stored.payload_bytes).map(Some)
    }

    /// Header and payload of a value, decided or not. [`StoreError::Corrupt`] when they do not hash to the value id: then
    /// fetch the payload again and put it.
    fn load_payload(&self, value_id: &Hash) -> Result<Option<StoredPayload>, StoreError> {
        let reads = self.reads();
        let Some(height) = payloads::height_of(reads, value_id)? else {
            return Ok(None);
        };
        if let Some(undecided) = payloads::undecided(reads, height, value_id)? {
            let header = Header::decode(&undecided.header)
                .map_err(|_| StoreError::corrupt("undecided header"))?;
            return payloads::load(reads, height, value_id, header, undecided.payload_bytes)
                .map(Some);
        }
        match stored_block(reads, height)? {
            Some(stored) if stored.block.value_id == *value_id => {
                let header = stored.block.header;
                payloads::load(reads, height, value_id, header, stored.payload_bytes).map(Some)
            }
            _ => Err(StoreError::corrupt("height of a value")),
        }
    }

    /// Values stored for a height and not decided, in the order of their ids.
    fn undecided(&self, height: Height) -> Result<Vec<Undecided>, StoreError> {
        let values = payloads::undecided_between(self.reads(), height, height.next())?;
        values
            .into_iter()
            .map(|(height, value_id, value)| {
                let header = Header::decode(&value.header)
                    .map_err(|_| StoreError::corrupt("undecided header"))?;
                Ok(Undecided { height, value_id, header })
            })
            .collect()
    }

    /// Outcomes of a block in the order of its envelopes; none when there is no such block.
    fn outcomes(&self, height: Height) -> Result<Option<Vec<OutcomeRecord>>, StoreError> {
        let Some(block) = self.block(height)? else {
            return Ok(None);
        };
        let from = keys::position(LogPosition(block.log_start));
        let to = keys::position(LogPosition(block.header.log_size));
        let mut outcomes = Vec::new();
        for (_, group) in self.reads().scan(Column::Records, &from, &to, usize::MAX)? {
            outcomes.extend(decode_group(&group)?.outcomes);
        }
        if block.log_start + outcomes.len() as u64 == block.header.log_size {
            Ok(Some(outcomes))
        } else {
            Err(StoreError::corrupt("outcomes"))
        }
    }

    /// Block that holds a position of the log; none when the log does not reach that far.
    fn height_of_position(&self, position: LogPosition) -> Result<Option<Height>, StoreError> {
        Ok(group_of(self.reads(), position)?.map(|(group, _)| group.height))
    }

    /// One record: its envelope and outcome. Its leaf is not checked against the log here.
    fn record(&self, position: LogPosition) -> Result<Option<Record>, StoreError> {
        let reads = self.reads();
        let Some((group, at)) = group_of(reads, position)? else {
            return Ok(None);
        };
        let block = self.block(group.height)?.ok_or(StoreError::corrupt("block of a record"))?;
        let parts = group.envelope_bytes.get(at).zip(group.outcomes.get(at));
        let (length, outcome) = parts.ok_or(StoreError::corrupt("group of records"))?;
        let before: u32 = group.envelope_bytes.iter().take(at).sum();
        let offset = (group.payload_offset + before) as usize;
        let length = *length as usize;
        let envelope = payloads::bytes(reads, group.height, &block.value_id, offset, length)?;
        Ok(Some(Record {
            position,
            height: group.height,
            index: group.first_index + at as u32,
            envelope,
            outcome: outcome.clone(),
        }))
    }

    /// The last `limit` positions under a key of a local index, the newest first.
    fn newest(&self, name: &str, key: &[u8], limit: usize) -> Result<Vec<LogPosition>, StoreError> {
        let from = keys::index(name, key, LogPosition(0));
        let to = keys::index(name, key, LogPosition(u64::MAX));
        let found = self.reads().scan_back(Column::LocalIndex, &from, &to, limit)?;
        found
            .iter()
            .map(|key| keys::parse_index(key).ok_or(StoreError::corrupt("local index")))
            .collect()
    }

    /// Positions under a key of a local index, ascending, from `from` on.
    fn lookup(
        &self,
        name: &str,
        key: &[u8],
        from: LogPosition,
        limit: usize,
    ) -> Result<Vec<LogPosition>, StoreError> {
        let start = keys::index(name, key, from);
        let mut end = keys::index_prefix(name, key);
        // Behind the greatest position, which no log reaches.
        end.extend_from_slice(&[u8::MAX; 8]);
        let entries = self.reads().scan(Column::LocalIndex, &start, &end, limit)?;
        entries
            .iter()
            .map(|(key, _)| keys::parse_index(key).ok_or(StoreError::corrupt("local index")))
            .collect()
    }

    /// Entries of the indexes of objects with `from <= place < to`: the place, and what stands there.
    fn objects(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.reads().scan(Column::ObjectIndex, from, to, limit)
    }

    /// Every change of the validator set since the genesis: the first height that a set decides, and the set.
    fn validator_sets(&self) -> Result<Vec<(Height, ValidatorSet)>, StoreError> {
        let entries = self.reads().scan(Column::ValidatorSets, &[], &[], usize::MAX)?;
        entries
            .into_iter()
            .map(|(key, value)| {
                let corrupt = || StoreError::corrupt("validator set");
                let height = <[u8; 8]>::try_from(key.as_slice()).map_err(|_| corrupt())?;
                let set = decode_strict(&value, STORED_BYTES_MAX).map_err(|_| corrupt())?;
                Ok((Height(u64::from_be_bytes(height)), set))
            })
            .collect()
    }

    /// Evidence of double voting, at most 1,000 pieces, with the hashes they are kept under.
    fn evidence(&self) -> Result<Vec<Entry>, StoreError> {
        self.reads().scan(Column::Evidence, &[], &[], EVIDENCE_MAX)
    }
}

fn stored_block(reads: Reads<'_>, height: Height) -> Result<Option<StoredBlock>, StoreError> {
    let bytes = reads.get(Column::Blocks, &keys::height(height))?;
    let decode = |bytes: Vec<u8>| {
        decode_strict::<StoredBlock>(&bytes, STORED_BYTES_MAX)
            .ok()
            .filter(|stored| stored.block.header.height == height)
            .ok_or(StoreError::corrupt("block"))
    };
    bytes.map(decode).transpose()
}

/// The group that holds a position, and the place in it.
fn group_of(
    reads: Reads<'_>,
    position: LogPosition,
) -> Result<Option<(RecordGroup, usize)>, StoreError> {
    let Some((key, value)) = reads.last_until(Column::Records, &keys::position(position))? else {
        return Ok(None);
    };
    let first = keys::parse_index(&key).ok_or(StoreError::corrupt("group of records"))?;
    let group = decode_group(&value)?;
    let at = usize::try_from(position.0 - first.0).unwrap_or(usize::MAX);
    Ok((at < group.outcomes.len()).then_some((group, at)))
}

fn decode_group(bytes: &[u8]) -> Result<RecordGroup, StoreError> {
    decode_strict(bytes, STORED_BYTES_MAX).map_err(|_| StoreError::corrupt("group of records"))
}
