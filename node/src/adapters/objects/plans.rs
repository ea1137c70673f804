//! Which objects stand where: the declared indexes of all contracts, ready to be applied to registry writes.

use super::places;
use std::collections::BTreeMap;
use std::sync::Arc;
use yinglian_interface::shape::Entity;
use yinglian_interface::{Field, Interface, Type, Value};
use yinglian_protocol::{Hash, Name, RegistryValue, Suite, limits};

const TAG: &str = "yinglian/object-index/v1";
/// Places of the indexes begin with this byte; below it stands what is known of the indexes themselves.
pub(super) const PLACES: u8 = 1;

/// Names an index in the column: contract, entity, layout, fields and their types.
pub(super) type IndexId = [u8; 8];

/// An entity whose objects are indexed.
pub(super) struct EntityPlan {
    pub interface: Arc<Interface>,
    /// Position in the shape.
    entity: usize,
    layout: Vec<Field>,
    pub indexes: Vec<IndexPlan>,
}

/// A declared index.
pub(super) struct IndexPlan {
    pub name: Name,
    pub id: IndexId,
    fields: Vec<Source>,
}

enum Source {
    /// A part of the key.
    Part(usize, Type),
    /// A value of the body.
    Value(usize),
}

/// The indexes of all contracts, by the prefix of their entities.
#[derive(Default)]
pub(super) struct Plans(BTreeMap<String, Vec<EntityPlan>>);

impl Plans {
    pub(super) fn new(suite: Suite, interfaces: impl Iterator<Item = Arc<Interface>>) -> Self {
        let mut plans = Self::default();
        for interface in interfaces {
            for (at, entity) in interface.shape().entities.iter().enumerate() {
                if !entity.indexes.is_empty() {
                    let plan = EntityPlan::new(suite, &interface, at, entity);
                    plans.0.entry(entity.prefix.to_string()).or_default().push(plan);
                }
            }
        }
        plans
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = &EntityPlan> {
        self.0.values().flatten()
    }

    pub(super) fn indexes(&self) -> impl Iterator<Item = &IndexPlan> {
        self.entities().flat_map(|entity| &entity.indexes)
    }

    /// Entities whose objects stand under keys like this one.
    pub(super) fn of_key(&self, registry_key: &[u8]) -> &[EntityPlan] {
        let end = registry_key.iter().position(|byte| *byte == b'/');
        let prefix = registry_key.get(..end.unwrap_or(registry_key.len())).unwrap_or_default();
        let prefix = std::str::from_utf8(prefix).unwrap_or_default();
        self.0.get(prefix).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find(&self, contract: &Name, entity: &Name, index: &Name) -> Option<&IndexPlan> {
        let found = self.entities().find(|plan| {
            plan.interface.shape().contract == *contract
                && plan.entity().is_some_and(|found| found.name == *entity)
        });
        found?.indexes.iter().find(|found| found.name == *index)
    }
}

impl EntityPlan {
    fn new(suite: Suite, interface: &Arc<Interface>, at: usize, entity: &Entity) -> Self {
        let layout = entity.layout();
        let source = |name: &Name| {
            let part = entity.key.iter().position(|part| part.name == *name);
            let part = part.and_then(|at| Some((at, entity.key.get(at)?.of.clone())));
            match part {
                Some((at, of)) => Some(Source::Part(at, of)),
                None => layout.iter().position(|field| field.name == *name).map(Source::Value),
            }
        };
        let indexes = entity.indexes.iter().map(|index| {
            let fields: Vec<Source> = index.fields.iter().filter_map(source).collect();
            let of: Vec<String> = index
                .fields
                .iter()
                .map(|name| {
                    let field = layout.iter().find(|field| field.name == *name);
                    format!("{name} {:?}", field.map(|field| &field.of))
                })
                .collect();
            let Hash(hash) = suite.tagged_hash(
                TAG,
                &[
                    interface.shape().contract.as_str().as_bytes(),
                    b"\0",
                    entity.name.as_str().as_bytes(),
                    b"\0",
                    &entity.schema.to_be_bytes(),
                    index.name.as_str().as_bytes(),
                    b"\0",
                    of.join("\0").as_bytes(),
                ],
            );
            let mut id = IndexId::default();
            id.copy_from_slice(hash.split_at(8).0);
            IndexPlan { name: index.name.clone(), id, fields }
        });
        let indexes = indexes.collect();
        Self { interface: Arc::clone(interface), entity: at, layout: entity.layout(), indexes }
    }

    pub(super) fn entity(&self) -> Option<&Entity> {
        self.interface.shape().entities.get(self.entity)
    }

    /// The object's key and its values; none for what is no object of this layout.
    pub(super) fn read(
        &self,
        registry_key: &[u8],
        value: &RegistryValue,
    ) -> Option<(String, Vec<Value>)> {
        let entity = self.entity().filter(|entity| entity.schema == value.schema)?;
        let key = entity.object_key(registry_key)?;
        let codec = self.interface.codec();
        let limit = limits::REGISTRY_VALUE_BYTES_MAX;
        let values = codec.decode_record(&self.layout, &value.body, limit).ok()?;
        Some((key.to_owned(), values))
    }

    /// The places of an object in an index.
    pub(super) fn places(&self, index: &IndexPlan, key: &str, values: &[Value]) -> Vec<Vec<u8>> {
        let Some(parts) = self.entity().and_then(|entity| entity.key_parts(key)) else {
            return Vec::new();
        };
        let mut all = vec![index.start()];
        for source in &index.fields {
            let value = match source {
                Source::Part(at, of) => {
                    parts.get(*at).and_then(|text| self.interface.codec().parse_text(of, text).ok())
                }
                Source::Value(at) => values.get(*at).cloned(),
            };
            let Some(value) = value else { return Vec::new() };
            let next = places::of(&value);
            let joined = all
                .iter()
                .flat_map(|place| next.iter().map(move |field| [place.as_slice(), field].concat()));
            all = joined.take(places::PLACES_MAX).collect();
        }
        all.iter_mut().for_each(|place| place.extend_from_slice(key.as_bytes()));
        all
    }
}

impl IndexPlan {
    /// The beginning of all its places.
    pub(super) fn start(&self) -> Vec<u8> {
        [&[PLACES][..], &self.id].concat()
    }

    /// The beginning of the places of all objects with these values in the first fields.
    pub(super) fn given(&self, values: &[Value]) -> Vec<u8> {
        let fields = values.iter().map(|value| places::of(value).into_iter().next());
        fields.fold(self.start(), |mut place, field| {
            place.extend(field.unwrap_or_default());
            place
        })
    }
}
