//! The part of the description (OpenAPI 3.1) that follows from declarations: a path for every query, a schema for every method's
//! arguments, every object and every type.

use crate::{
    ports::Declared,
    routes::queries::{CURSOR, LIMIT, PAGE_DEFAULT, PAGE_MAX, given_of},
    schema::{Schemas, component},
};
use serde_json::{Map, Value as Json, json};
use yinglian_interface::{
    Interface, Type,
    shape::{Entity, Query},
};
use yinglian_protocol::Name;

/// Adds what the contracts declare to the description of the node's own routes.
pub(crate) fn add(description: &mut Json, declared: &[Declared]) {
    for found in declared {
        let contract = Contract { interface: &found.interface };
        if let Some(schemas) = members(description, "/components/schemas") {
            contract.schemas(schemas);
        }
        if let Some(paths) = members(description, "/paths") {
            contract.paths(paths);
        }
        if let Some(tags) = description.pointer_mut("/tags").and_then(Json::as_array_mut) {
            tags.push(json!({"name": contract.name(), "description": contract.text("contract")}));
        }
    }
}

fn members<'j>(json: &'j mut Json, place: &str) -> Option<&'j mut Map<String, Json>> {
    json.pointer_mut(place).and_then(Json::as_object_mut)
}

struct Contract<'a> {
    interface: &'a Interface,
}

impl Contract<'_> {
    fn name(&self) -> &Name {
        &self.interface.shape().contract
    }

    /// A title in both languages.
    fn text(&self, place: &str) -> String {
        let text = self.interface.texts().find(place);
        text.map(|text| format!("{} {}", text.en, text.zh)).unwrap_or_default()
    }

    fn types(&self) -> Schemas<'_> {
        Schemas { contract: self.name(), definitions: self.interface.definitions() }
    }

    fn schemas(&self, schemas: &mut Map<String, Json>) {
        let types = self.types();
        for definition in types.definitions.iter() {
            let name = component(self.name(), definition.name().as_str());
            schemas.insert(name, types.definition(definition));
        }
        for method in self.interface.methods() {
            let name =
                component(self.name(), &format!("{}.arguments.{}", method.name, method.version));
            let mut schema = types.record(&method.arguments);
            describe(&mut schema, self.text(&format!("method/{}", method.name)));
            schemas.insert(name, schema);
        }
        for query in &self.interface.shape().queries {
            if let Some(entity) = self.interface.shape().entity(query.over.as_str()) {
                schemas.insert(self.object_name(query), self.object(entity, query));
            }
        }
    }

    fn object_name(&self, query: &Query) -> String {
        component(self.name(), &format!("{}.object.{}", query.name, query.version))
    }

    /// What a query answers for one object: fields that some reader goes without are not required.
    fn object(&self, entity: &Entity, query: &Query) -> Json {
        let omitted = |name: &Name| query.readers.iter().any(|reader| reader.omit.contains(name));
        let layout = entity.layout();
        let mut schema = self.types().record(&layout);
        let kept = layout.iter().filter(|field| !omitted(&field.name));
        let required: Vec<&str> = kept.map(|field| field.name.as_str()).collect();
        if let Some(members) = schema.as_object_mut() {
            members.remove("required");
            if !required.is_empty() {
                members.insert("required".into(), json!(required));
            }
        }
        for field in &layout {
            let text = self.text(&format!("entity/{}/field/{}", entity.name, field.name));
            let place = format!("/properties/{}", field.name);
            if let Some(property) = schema.pointer_mut(&place).filter(|_| !text.is_empty()) {
                describe(property, text);
            }
        }
        describe(&mut schema, self.text(&format!("entity/{}", entity.name)));
        json!({
            "type": "object", "additionalProperties": false, "required": ["key", "revision", "written_at", "object"],
            "properties": {
                "key": {"type": "string", "description": "Key of the object"},
                "revision": {"type": "integer", "minimum": 1, "description": "How often it was written"},
                "written_at": {
                    "type": ["integer", "null"], "minimum": 0,
                    "description": "Position in the log of the record that wrote it last; null when the genesis did",
                },
                "object": schema,
            },
        })
    }

    fn paths(&self, paths: &mut Map<String, Json>) {
        let queries = &self.interface.shape().queries;
        for query in queries {
            let newest = queries.iter().filter(|other| other.name == query.name);
            let is_newest = newest.map(|other| other.version).max() == Some(query.version);
            let version = if is_newest { String::new() } else { format!("@{}", query.version) };
            let path = format!("/v1/{}/{}{version}", self.name(), query.name);
            if let Some(entity) = self.interface.shape().entity(query.over.as_str()) {
                paths.insert(path, json!({"get": self.operation(entity, query)}));
            }
        }
    }

    fn operation(&self, entity: &Entity, query: &Query) -> Json {
        let object = json!({"$ref": format!("#/components/schemas/{}", self.object_name(query))});
        let (parameters, answer) = match &query.by {
            None => {
                let parts = entity.key.iter().map(|part| (&part.name, &part.of, "key"));
                (parts.map(|part| self.parameter(entity, part)).collect::<Vec<_>>(), object)
            }
            Some(_) => {
                let given = given_of(entity, query);
                let given = given.iter().map(|(name, of)| (name, of, "field"));
                let mut all: Vec<Json> = given.map(|field| self.parameter(entity, field)).collect();
                all.extend(page_parameters());
                let page = json!({
                    "type": "object", "additionalProperties": false, "required": ["objects", "cursor"],
                    "properties": {
                        "objects": {"type": "array", "items": object, "maxItems": PAGE_MAX},
                        "cursor": {"type": ["string", "null"], "description": "Where the next page begins; null behind the last"},
                    },
                });
                (all, page)
            }
        };
        let mut operation = json!({
            "tags": [self.name()],
            "operationId": format!("{}.{}.{}", self.name(), query.name, query.version),
            "summary": self.text(&format!("query/{}", query.name)),
            "description": readers(query),
            "parameters": parameters,
            "responses": {
                "200": {"description": "What the caller may read", "content": {"application/json": {"schema": answer}}},
                "default": {
                    "description": "Refused; what is not there and what is not the caller's are told alike",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        });
        let is_open = query.readers.iter().any(|reader| reader.everyone);
        if let (Some(members), false) = (operation.as_object_mut(), is_open) {
            members.insert("security".into(), json!([{"signed": []}]));
        }
        operation
    }

    fn parameter(&self, entity: &Entity, (name, of, kind): (&Name, &Type, &str)) -> Json {
        let text = self.text(&format!("entity/{}/{kind}/{name}", entity.name));
        json!({
            "name": name, "in": "query", "required": true, "description": text, "schema": self.types().of(one(of)),
        })
    }
}

/// A parameter gives one value, of an option or of a list.
fn one(of: &Type) -> &Type {
    match of {
        Type::Option(inner) => one(inner),
        Type::List(list) => one(&list.of),
        of => of,
    }
}

fn page_parameters() -> [Json; 2] {
    [
        json!({
            "name": CURSOR, "in": "query", "required": false,
            "description": "From the page before, for the same question and caller",
            "schema": {"type": "string", "pattern": "^([0-9a-f]{2})+$"},
        }),
        json!({
            "name": LIMIT, "in": "query", "required": false, "description": "Most objects of the page",
            "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT},
        }),
    ]
}

fn describe(schema: &mut Json, text: String) {
    if let (Some(members), false) = (schema.as_object_mut(), text.is_empty()) {
        members.insert("description".into(), text.into());
    }
}

/// Who may read, in the words of the declaration.
fn readers(query: &Query) -> String {
    let mut all: Vec<String> = query
        .readers
        .iter()
        .map(|reader| {
            let role = reader.role.as_ref().map_or("anybody registered", |role| role.as_str());
            let role = if reader.everyone { "everyone" } else { role };
            let scope = match &reader.scope {
                yinglian_interface::shape::Scope::Any => String::new(),
                yinglian_interface::shape::Scope::Own(field) => {
                    format!(" whose organisation is {field}")
                }
                yinglian_interface::shape::Scope::Other(field) => {
                    format!(" whose organisation is not {field}")
                }
                yinglian_interface::shape::Scope::Region(field) => {
                    format!(" in whose region {field} lies")
                }
            };
            let names: Vec<&str> = reader.omit.iter().map(|name| name.as_str()).collect();
            let omit = if names.is_empty() {
                String::new()
            } else {
                format!(", without {}", names.join(", "))
            };
            format!("{role}{scope}{omit}")
        })
        .collect();
    all.sort();
    format!("Readers: {}.", all.join("; "))
}
