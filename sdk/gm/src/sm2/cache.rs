//! Which keys get a table: those that are used, as far as a budget of bytes goes.
//!
//! Comes in: lookups of keys. Goes out: the key with the table it has at that time, and now and then an order to build one. Never: a clock,
//! a thread, a random choice; the same lookups give the same tables. Verdicts do not depend on tables, only the time they take does.
//!
//! The heat of a key is the number of its lookups, halved after every 2^18 lookups of any key. A key that has become hot enough for a
//! tier gets that tier's table if the budget has room, or if keys that are colder give up theirs.
use super::error::Sm2Error;
use super::key::PublicKey;
use super::known::{KnownKey, Window};
use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

/// After this many lookups of any key, as a power of two, all heats are halved.
const HALVING: u32 = 18;

/// A key that got no table, or not the largest, asks again after this many uses.
const ASK_AGAIN: u32 = 16;

/// From how many uses on a key is worth a table, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Lookups of the key, older ones counting less.
    pub uses: u32,
    /// The table it then gets.
    pub window: Window,
}

/// What a [`KeyTables`] may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// The bytes of all tables together.
    pub budget_bytes: usize,
    /// The keys remembered, with a table or without; the one not used for longest is forgotten first.
    pub keys_max: usize,
    /// The tiers, in any order.
    pub tiers: Vec<Tier>,
}

impl Default for CacheConfig {
    /// 64 MiB, 65,536 keys; a table of window 6 pays after 5 verifications and one of window 8 after 10, so from 16 and 256 on.
    fn default() -> Self {
        let tiers = [Tier { uses: 16, window: Window::W6 }, Tier { uses: 256, window: Window::W8 }];
        Self { budget_bytes: 64 << 20, keys_max: 1 << 16, tiers: tiers.to_vec() }
    }
}

/// What a [`KeyTables`] has done and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Lookups of valid keys.
    pub lookups: u64,
    /// Lookups that found a table.
    pub hits: u64,
    /// Tables built and put in.
    pub builds: u64,
    /// Tables given up for others, or with their key.
    pub evictions: u64,
    /// The bytes of the tables held.
    pub table_bytes: usize,
    /// The keys remembered.
    pub keys: usize,
}

/// The known keys and their tables. It has one owner; threads share it behind a lock, and verify and build outside of the lock.
pub struct KeyTables {
    config: CacheConfig,
    id: Vec<u8>,
    entries: BTreeMap<[u8; 33], Entry>,
    /// The keys by their last use.
    by_use: BTreeMap<u64, [u8; 33]>,
    counters: Counters,
}

struct Entry {
    key: Arc<KnownKey>,
    last_use: u64,
    heat: u32,
    /// Lookups since a table was last asked for.
    since_asked: u32,
    /// Alive as long as somebody builds a table for this key.
    building: Weak<()>,
}

/// A key as it is now, and whether it has become worth a table.
#[derive(Debug)]
pub struct Lookup {
    /// The key, to verify with.
    pub key: Arc<KnownKey>,
    /// A table to build. To drop it is no harm: the key will ask again.
    pub build: Option<Build>,
}

/// An order to build a table.
#[derive(Debug)]
pub struct Build {
    key: Arc<KnownKey>,
    window: Window,
    ticket: Arc<()>,
}

/// A table that has been built, to be put in with [`KeyTables::store`].
#[derive(Debug)]
pub struct Built {
    key: Arc<KnownKey>,
    _ticket: Arc<()>,
}

impl Build {
    /// Builds: tenths of a millisecond to milliseconds, best done without holding a lock.
    pub fn run(self) -> Built {
        Built { key: Arc::new(self.key.rebuilt(self.window)), _ticket: self.ticket }
    }
}

impl Built {
    /// The key with its new table.
    pub fn key(&self) -> Arc<KnownKey> {
        self.key.clone()
    }
}

impl KeyTables {
    /// No keys yet. All keys are taken under this identity.
    ///
    /// # Errors
    /// The identity is longer than 8,191 bytes.
    pub fn new(mut config: CacheConfig, id: &[u8]) -> Result<Self, Sm2Error> {
        super::key::check_id(id)?;
        config.tiers.sort_by_key(|tier| tier.window);
        Ok(Self {
            config,
            id: id.to_vec(),
            entries: BTreeMap::new(),
            by_use: BTreeMap::new(),
            counters: Counters::default(),
        })
    }

    /// Counts a use of the key, given in any of the encodings that [`PublicKey::from_bytes`] takes.
    ///
    /// # Errors
    /// Bytes that are no key; nothing is remembered of them.
    pub fn lookup(&mut self, key: &[u8]) -> Result<Lookup, Sm2Error> {
        let name = self.name(key)?;
        let now = self.counters.lookups;
        self.counters.lookups = now.wrapping_add(1);
        let Some(entry) = self.entries.get_mut(&name) else {
            return self.insert(name, now).map(|key| Lookup { key, build: None });
        };
        entry.heat = entry.heat_at(now).saturating_add(1);
        entry.since_asked = entry.since_asked.saturating_add(1);
        self.by_use.remove(&entry.last_use);
        self.by_use.insert(now, name);
        entry.last_use = now;
        let key = entry.key.clone();
        self.counters.hits = self.counters.hits.wrapping_add(u64::from(key.window().is_some()));
        let build = self.wanted(&name, now).map(|window| {
            let ticket = Arc::new(());
            if let Some(entry) = self.entries.get_mut(&name) {
                entry.building = Arc::downgrade(&ticket);
            }
            Build { key: key.clone(), window, ticket }
        });
        Ok(Lookup { key, build })
    }

    /// Looks a key up and builds in place what is worth building: for one who has no lock to leave.
    ///
    /// # Errors
    /// As [`Self::lookup`].
    pub fn get(&mut self, key: &[u8]) -> Result<Arc<KnownKey>, Sm2Error> {
        let Lookup { key, build } = self.lookup(key)?;
        let Some(build) = build else { return Ok(key) };
        let built = build.run();
        let key = built.key.clone();
        self.store(built);
        Ok(key)
    }

    /// Puts a table in, if its key is still remembered and the budget still has room or colder keys give room.
    pub fn store(&mut self, built: Built) {
        let now = self.counters.lookups;
        let name = built.key.public_key().to_compressed();
        let Some(entry) = self.entries.get(&name) else { return };
        if entry.key.window() >= built.key.window() {
            return;
        }
        let (heat, old) = (entry.heat_at(now), entry.key.table_bytes());
        if !self.make_room(&name, heat, built.key.table_bytes().saturating_sub(old), now) {
            return;
        }
        if let Some(entry) = self.entries.get_mut(&name) {
            self.counters.table_bytes = self
                .counters
                .table_bytes
                .saturating_add(built.key.table_bytes())
                .saturating_sub(old);
            self.counters.builds = self.counters.builds.wrapping_add(1);
            entry.key = built.key;
        }
    }

    /// What has been done and is held.
    pub fn counters(&self) -> Counters {
        Counters { keys: self.entries.len(), ..self.counters }
    }

    /// The compressed form, without the cost of a square root for a key that is remembered.
    fn name(&self, key: &[u8]) -> Result<[u8; 33], Sm2Error> {
        match <[u8; 33]>::try_from(key) {
            Ok(name) if self.entries.contains_key(&name) => Ok(name),
            _ => PublicKey::from_bytes(key).map(|key| key.to_compressed()),
        }
    }

    fn insert(&mut self, name: [u8; 33], now: u64) -> Result<Arc<KnownKey>, Sm2Error> {
        let key = Arc::new(KnownKey::new(&PublicKey::from_bytes(&name)?, &self.id)?);
        let entry = Entry {
            key: key.clone(),
            last_use: now,
            heat: 1,
            since_asked: 1,
            building: Weak::new(),
        };
        self.entries.insert(name, entry);
        self.by_use.insert(now, name);
        while self.entries.len() > self.config.keys_max.max(1) {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.count_eviction(entry.key.table_bytes());
            }
        }
        Ok(key)
    }

    /// The largest table the key is hot enough for, larger than the one it has, that there is or can be made room for.
    fn wanted(&mut self, name: &[u8; 33], now: u64) -> Option<Window> {
        let entry = self.entries.get_mut(name)?;
        let (heat, has, old) = (entry.heat_at(now), entry.key.window(), entry.key.table_bytes());
        let hot_enough = |tier: &&Tier| heat >= tier.uses && Some(tier.window) > has;
        self.config.tiers.iter().find(hot_enough)?;
        // To ask is to look at all keys, so one that was refused asks again only after some uses.
        if entry.building.strong_count() > 0 || entry.since_asked < ASK_AGAIN.min(heat) {
            return None;
        }
        entry.since_asked = 0;
        let mut windows = self.config.tiers.iter().rev().filter(hot_enough).map(|tier| tier.window);
        windows.find(|window| {
            let more = window.table_bytes().saturating_sub(old);
            self.free()
                .saturating_add(self.colder(name, heat, now).map(|(_, _, bytes)| bytes).sum())
                >= more
        })
    }

    fn free(&self) -> usize {
        self.config.budget_bytes.saturating_sub(self.counters.table_bytes)
    }

    /// The heat, name and bytes of the tables of keys with less than this heat.
    fn colder(
        &self,
        name: &[u8; 33],
        heat: u32,
        now: u64,
    ) -> impl Iterator<Item = (u32, [u8; 33], usize)> {
        let own = *name;
        self.entries
            .iter()
            .map(move |(name, entry)| (entry.heat_at(now), *name, entry.key.table_bytes()))
            .filter(move |(other, name, bytes)| *bytes > 0 && *other < heat && *name != own)
    }

    /// Takes the tables of the coldest keys, colder than `heat`, until `more` bytes are free; none if that cannot be reached.
    fn make_room(&mut self, name: &[u8; 33], heat: u32, more: usize, now: u64) -> bool {
        if self.free() >= more {
            return true;
        }
        let mut colder: Vec<_> = self.colder(name, heat, now).collect();
        if self.free().saturating_add(colder.iter().map(|(_, _, bytes)| bytes).sum()) < more {
            return false;
        }
        colder.sort_unstable();
        for (_, name, bytes) in colder {
            if self.free() >= more {
                break;
            }
            if let Some(entry) = self.entries.get_mut(&name) {
                entry.key = Arc::new(entry.key.without_table());
                self.count_eviction(bytes);
            }
        }
        true
    }

    fn count_eviction(&mut self, bytes: usize) {
        self.counters.table_bytes = self.counters.table_bytes.saturating_sub(bytes);
        self.counters.evictions = self.counters.evictions.wrapping_add(u64::from(bytes > 0));
    }
}

impl Entry {
    fn heat_at(&self, now: u64) -> u32 {
        let halvings = (now >> HALVING).wrapping_sub(self.last_use >> HALVING);
        self.heat.checked_shr(u32::try_from(halvings).unwrap_or(u32::MAX)).unwrap_or(0)
    }
}

impl core::fmt::Debug for KeyTables {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeyTables")
            .field("config", &self.config)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}
