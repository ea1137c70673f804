//! Keys that verify often, prepared once, with tables for the SM2 keys that are worth one.
//!
//! Comes in: public keys, as they are needed. Goes out: prepared keys, and orders to build a table. Never: more memory than the
//! budget, a clock, a thread; a verdict that depends on what is cached.
use crate::{Algorithm, KeyError, PublicKey, SM2_IDENTITY, VerifyingKey};
use alloc::collections::BTreeMap;
use yinglian_gm::sm2::{Build, Built, CacheConfig, Counters, KeyTables};

/// What a [`KeyCache`] may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCacheConfig {
    /// Bytes of all tables together; 86 KiB for a key that is used now and then, 264 KiB for a busy one. 0: no tables.
    pub table_bytes_max: usize,
    /// Keys remembered, with a table or without.
    pub keys_max: usize,
}

impl Default for KeyCacheConfig {
    /// 64 MiB and 65,536 keys.
    fn default() -> Self {
        let CacheConfig { budget_bytes, keys_max, .. } = CacheConfig::default();
        Self { table_bytes_max: budget_bytes, keys_max }
    }
}

/// What a [`KeyCache`] has done and holds; of SM2 keys.
pub type KeyCacheCounters = Counters;

/// Prepared keys. It has one owner; threads share it behind a lock, verify outside of it, and build tables outside of it.
pub struct KeyCache {
    sm2: Option<KeyTables>,
    ed25519: BTreeMap<[u8; 32], VerifyingKey>,
    keys_max: usize,
}

/// A key as it is prepared now, and whether it has become worth a table.
#[derive(Debug)]
pub struct Found {
    /// The key, to verify with.
    pub key: VerifyingKey,
    /// A table to build. To drop it is no harm: the key asks again.
    pub build: Option<TableBuild>,
}

/// An order to build a table.
#[derive(Debug)]
pub struct TableBuild(Build);

/// A table that was built, for [`KeyCache::store`].
#[derive(Debug)]
pub struct Table(Built);

impl TableBuild {
    /// Builds: about a millisecond, best done without holding a lock.
    pub fn run(self) -> Table {
        Table(self.0.run())
    }
}

impl KeyCache {
    /// An empty cache.
    pub fn new(config: KeyCacheConfig) -> Self {
        let tables = CacheConfig {
            budget_bytes: config.table_bytes_max,
            keys_max: config.keys_max,
            ..CacheConfig::default()
        };
        // The identity is short enough; without tables every key would be prepared anew.
        let sm2 = KeyTables::new(tables, SM2_IDENTITY.as_bytes()).ok();
        Self { sm2, ed25519: BTreeMap::new(), keys_max: config.keys_max }
    }

    /// Prepares a key, or finds it prepared, and counts one use of it.
    pub fn find(&mut self, key: &PublicKey) -> Result<Found, KeyError> {
        match (key.algorithm(), &mut self.sm2) {
            (Algorithm::Sm2Sm3, Some(tables)) => {
                let refused = KeyError::NotOnCurve(Algorithm::Sm2Sm3);
                let found = tables.lookup(key.as_bytes()).map_err(|_| refused)?;
                let build = found.build.map(TableBuild);
                Ok(Found { key: VerifyingKey::from_known(key.clone(), found.key), build })
            }
            (Algorithm::Ed25519, _) => Ok(Found { key: self.ed25519(key)?, build: None }),
            (Algorithm::Sm2Sm3, None) => Ok(Found { key: VerifyingKey::new(key)?, build: None }),
        }
    }

    /// As [`Self::find`], building in place what is worth building: for one who has no lock to leave.
    pub fn get(&mut self, key: &PublicKey) -> Result<VerifyingKey, KeyError> {
        let found = self.find(key)?;
        match found.build {
            None => Ok(found.key),
            Some(build) => {
                let table = build.run();
                let key = VerifyingKey::from_known(key.clone(), table.0.key());
                self.store(table);
                Ok(key)
            }
        }
    }

    /// Puts a table in, if the budget has room or colder keys give room.
    pub fn store(&mut self, table: Table) {
        if let Some(tables) = &mut self.sm2 {
            tables.store(table.0);
        }
    }

    /// What was done and is held.
    pub fn counters(&self) -> KeyCacheCounters {
        self.sm2.as_ref().map(KeyTables::counters).unwrap_or_default()
    }

    fn ed25519(&mut self, key: &PublicKey) -> Result<VerifyingKey, KeyError> {
        let refused = KeyError::NotOnCurve(Algorithm::Ed25519);
        let name = key.as_bytes().try_into().map_err(|_| refused)?;
        if let Some(found) = self.ed25519.get(&name) {
            return Ok(found.clone());
        }
        if self.ed25519.len() >= self.keys_max {
            self.ed25519.clear();
        }
        let prepared = VerifyingKey::new(key)?;
        self.ed25519.insert(name, prepared.clone());
        Ok(prepared)
    }
}

impl core::fmt::Debug for KeyCache {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "KeyCache({:?})", self.counters())
    }
}
