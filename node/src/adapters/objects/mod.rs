//! The declared indexes of objects: kept with every commit, made anew from the registry where they are absent, read page by page.
//!
//! Comes in: interfaces of the chain, registry writes of a block. Goes out: changes of the column of object indexes, pages of objects.
//! Never: anything that contracts see, or that the state depends on; an index that lags behind the state.

mod places;
mod plans;
#[cfg(test)]
mod tests;

use crate::adapters::interfaces;
use plans::{EntityPlan, IndexId, IndexPlan, PLACES, Plans};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use yinglian_contract_api::Contracts;
use yinglian_node_api::{IndexPage, StoredObject};
use yinglian_protocol::{Height, RegistryValue, Suite};
use yinglian_state::{ChangeSet, KeyValue, Space, registry};
use yinglian_store::{ChainRead, ObjectChange, Store};

/// What is known of an index stands under this byte and its id.
const MARKS: u8 = 0;
/// Every object of the state is in it.
const COMPLETE: &[u8] = &[1];
/// It is being made, or being dropped: what stands in it counts for nothing.
const UNSURE: &[u8] = &[0];
/// The height up to which commits kept the indexes.
const HEIGHT: &[u8] = b"\x02height";
/// Objects or places worked on at a time, while commits wait.
const CHUNK: usize = 500;

/// The indexes of a chain.
pub struct Objects {
    suite: Suite,
    plans: RwLock<Arc<Plans>>,
}

impl Objects {
    /// Indexes of what the chain's contracts declare now; those that are absent or behind are made.
    pub fn open(suite: Suite, contracts: &Contracts, store: &Store) -> anyhow::Result<Self> {
        let objects = Self { suite, plans: RwLock::default() };
        objects.refresh(contracts, store)?;
        let tip = store.tip()?.unwrap_or(Height(0));
        if mark(store, HEIGHT)?.is_some_and(|height| height != tip.0.to_be_bytes()) {
            // A program without indexes wrote blocks meanwhile.
            for (mark, _) in store.objects(&[MARKS], &[PLACES], usize::MAX)? {
                put(store, &mark, UNSURE)?;
            }
        }
        put(store, HEIGHT, &tip.0.to_be_bytes())?;
        objects.complete(store)?;
        Ok(objects)
    }

    /// Takes up what contracts declare now. [`Self::complete`] makes what is new.
    pub fn refresh(&self, contracts: &Contracts, store: &Store) -> anyhow::Result<()> {
        let declared = interfaces::all(contracts, store);
        let declared = declared.map_err(|refusal| anyhow::anyhow!("{}", refusal.code))?;
        let plans = Plans::new(self.suite, declared.into_iter().map(|found| found.interface));
        *self.plans.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plans);
        Ok(())
    }

    fn plans(&self) -> Arc<Plans> {
        Arc::clone(&self.plans.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// True when a block admits or changes a module.
    pub fn touched_by(changes: &ChangeSet) -> bool {
        let module = |(space, key, _): (Space, &[u8], Option<&[u8]>)| {
            space == Space::RegistryValues && key.starts_with(interfaces::MODULES)
        };
        changes.iter().any(module)
    }

    /// What a block changes in the indexes; the store is still before it.
    pub fn changes(
        &self,
        store: &Store,
        changes: &ChangeSet,
        height: Height,
    ) -> anyhow::Result<Vec<ObjectChange>> {
        let plans = self.plans();
        let mut all = BTreeMap::new();
        for (space, key, value) in changes.iter() {
            let entities = plans.of_key(key);
            if space != Space::RegistryValues || entities.is_empty() {
                continue;
            }
            let before = registry::get(store, key)?;
            let after = value.and_then(|value| RegistryValue::decode(value).ok());
            for entity in entities {
                // What stood before goes first: where both have a place, the object stays.
                all.extend(
                    stands(entity, &entity.indexes, key, before.as_ref())
                        .map(|(place, _)| (place, None)),
                );
                all.extend(
                    stands(entity, &entity.indexes, key, after.as_ref())
                        .map(|(place, object)| (place, Some(object))),
                );
            }
        }
        all.insert(HEIGHT.to_vec(), Some(height.0.to_be_bytes().to_vec()));
        Ok(all.into_iter().map(|(place, object)| ObjectChange { place, object }).collect())
    }

    /// True when each declared index holds every object.
    pub fn is_complete(&self, store: &Store) -> anyhow::Result<bool> {
        let plans = self.plans();
        for index in plans.indexes() {
            if mark(store, &mark_of(&index.id))?.as_deref() != Some(COMPLETE) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes indexes that are absent, and drops those that nobody declares any more. Commits go on between chunks.
    pub fn complete(&self, store: &Store) -> anyhow::Result<()> {
        let plans = self.plans();
        for (found, _) in store.objects(&[MARKS], &[PLACES], usize::MAX)? {
            if !plans.indexes().any(|index| mark_of(&index.id) == found) {
                put(store, &found, UNSURE)?;
                wipe(store, found.get(1..).unwrap_or_default())?;
                store.index_objects(|_| {
                    anyhow::Ok(vec![ObjectChange { place: found.clone(), object: None }])
                })?;
            }
        }
        for entity in plans.entities() {
            for index in &entity.indexes {
                let known = mark(store, &mark_of(&index.id))?;
                if known.as_deref() != Some(COMPLETE) {
                    put(store, &mark_of(&index.id), UNSURE)?;
                    wipe(store, &index.id)?;
                    make(store, entity, index)?;
                }
            }
        }
        Ok(())
    }

    /// Objects in the order of an index, from a place on; none while the index is being made.
    pub fn page(
        &self,
        store: &Store,
        page: &IndexPage,
    ) -> anyhow::Result<Option<Vec<StoredObject>>> {
        let plans = self.plans();
        let view = store.view();
        let Some(index) = plans.find(&page.contract, &page.entity, &page.index) else {
            return Ok(None);
        };
        let entity =
            plans.entities().find(|entity| entity.indexes.iter().any(|i| i.id == index.id));
        let Some(entity) = entity.and_then(EntityPlan::entity) else { return Ok(None) };
        let complete = view.objects(&mark_of(&index.id), &after(&mark_of(&index.id)), 1)?;
        if complete.first().is_none_or(|(_, known)| known != COMPLETE) {
            return Ok(None);
        }
        let start = index.given(&page.given);
        let from = page.after.as_deref().filter(|place| place.starts_with(&start)).map(after);
        let from = from.unwrap_or_else(|| start.clone());
        let mut objects = Vec::new();
        for (place, key) in view.objects(&from, &behind(&start), page.objects_max)? {
            let key = String::from_utf8(key)?;
            if let Some(value) = registry::get(&view, &entity.registry_key(&key))? {
                objects.push(StoredObject { place, key, value });
            }
        }
        Ok(Some(objects))
    }
}

/// The places of a registry value in indexes of an entity, each with the key of the object.
fn stands(
    entity: &EntityPlan,
    indexes: &[IndexPlan],
    registry_key: &[u8],
    value: Option<&RegistryValue>,
) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let read = value.and_then(|value| entity.read(registry_key, value));
    let places = read.map(|(key, values)| {
        let places = indexes.iter().flat_map(|index| entity.places(index, &key, &values));
        places.map(|place| (place, key.clone().into_bytes())).collect::<Vec<_>>()
    });
    places.into_iter().flatten()
}

fn make(store: &Store, entity: &EntityPlan, index: &IndexPlan) -> anyhow::Result<()> {
    let Some(declared) = entity.entity() else { return Ok(()) };
    let prefix = declared.prefix.as_str().as_bytes();
    // A key of parts follows a slash; what exists once stands under the prefix itself.
    let start = if declared.key.is_empty() { prefix.to_vec() } else { [prefix, b"/"].concat() };
    let end = if declared.key.is_empty() { after(&start) } else { behind(&start) };
    let mut next = Some(start);
    while let Some(from) = next.take() {
        store.index_objects(|store| -> anyhow::Result<_> {
            let values = store.scan(Space::RegistryValues, &from, &end, CHUNK)?;
            let mut changes = Vec::new();
            for (key, value) in &values {
                let value = RegistryValue::decode(value).ok();
                let found = stands(entity, std::slice::from_ref(index), key, value.as_ref());
                changes.extend(found.map(|(place, key)| ObjectChange { place, object: Some(key) }));
            }
            match values.last() {
                Some((last, _)) if values.len() == CHUNK => next = Some(after(last)),
                _ => changes.push(ObjectChange {
                    place: mark_of(&index.id),
                    object: Some(COMPLETE.to_vec()),
                }),
            }
            Ok(changes)
        })?;
    }
    Ok(())
}

/// Takes everything out of an index.
fn wipe(store: &Store, id: &[u8]) -> anyhow::Result<()> {
    let start = [&[PLACES][..], id].concat();
    loop {
        let mut left = 0;
        store.index_objects(|store| -> anyhow::Result<_> {
            let places = store.objects(&start, &behind(&start), CHUNK)?;
            left = places.len();
            Ok(places.into_iter().map(|(place, _)| ObjectChange { place, object: None }).collect())
        })?;
        if left < CHUNK {
            return Ok(());
        }
    }
}

fn mark_of(id: &IndexId) -> Vec<u8> {
    [&[MARKS][..], id].concat()
}

fn mark(store: &Store, place: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    Ok(store.objects(place, &after(place), 1)?.into_iter().next().map(|(_, known)| known))
}

fn put(store: &Store, place: &[u8], object: &[u8]) -> anyhow::Result<()> {
    let change = ObjectChange { place: place.to_vec(), object: Some(object.to_vec()) };
    store.index_objects(|_| anyhow::Ok(vec![change]))
}

/// The least bytes above these.
fn after(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}

/// The least bytes above everything that begins with these.
fn behind(start: &[u8]) -> Vec<u8> {
    let mut end = start.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            break;
        }
    }
    end
}
