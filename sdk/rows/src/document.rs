//! A schema as people write it: one document with the columns, the key, and how this side's source writes values.
//!
//! Comes in: a document that serde has read, from TOML or JSON. Goes out: schema, source, names of the source's columns. Never: an
//! unknown field, a default for what the root depends on.
use crate::{Column, Encoding, Kind, Schema, SchemaError, Source, Zone};
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use serde::Deserialize;

/// Schema and source of one side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawDocument")]
pub struct SchemaDocument {
    /// What both sides share.
    pub schema: Schema,
    /// How this side's source writes values.
    pub source: Source,
    /// For items that the source's header calls otherwise: item, header.
    pub headers: BTreeMap<String, String>,
}

/// A document that is no schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A version other than 1.
    #[error("version {0} of the document is not known; this is for version 1")]
    Version(u8),
    /// A type that is none of C, N, D, T, B.
    #[error("column `{column}` has the type `{kind}`; there are C, N, D, T and B")]
    Kind {
        /// Name of the column.
        column: String,
        /// What stands there.
        kind: String,
    },
    /// A declaration that the column's type needs, or does not know.
    #[error("column `{column}` of type {kind}: `{declaration}` is {}", if *.missing { "missing" } else { "not for this type" })]
    Declaration {
        /// Name of the column.
        column: String,
        /// Its type.
        kind: char,
        /// Name of the declaration.
        declaration: &'static str,
        /// True when it is missing.
        missing: bool,
    },
    /// `empty` says something other than `null`.
    #[error("`empty` may only be \"null\"")]
    Empty,
    /// An encoding that is not known.
    #[error("encoding `{0}` is not known; there are utf-8, gbk and gb18030")]
    Encoding(String),
    /// A zone that is no offset.
    #[error("zone `{0}` is no distance from UTC such as +08:00")]
    Zone(String),
    /// A header for an item that the schema has not.
    #[error("`headers` names item `{0}`, which the schema has not")]
    Header(String),
    /// A rule of schemas.
    #[error("{0}")]
    Schema(SchemaError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    version: u8,
    #[serde(default)]
    key: Vec<String>,
    columns: Vec<RawColumn>,
    #[serde(default)]
    source: RawSource,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    length: Option<u32>,
    scale: Option<u8>,
    #[serde(default)]
    nullable: bool,
    fixed_width: Option<bool>,
    empty: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawSource {
    encoding: Option<String>,
    zone: Option<String>,
    null: Option<String>,
    empty: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl TryFrom<RawDocument> for SchemaDocument {
    type Error = DocumentError;

    fn try_from(raw: RawDocument) -> Result<Self, DocumentError> {
        if raw.version != 1 {
            return Err(DocumentError::Version(raw.version));
        }
        let columns = raw.columns.into_iter().map(column).collect::<Result<_, _>>()?;
        let key: Vec<&str> = raw.key.iter().map(String::as_str).collect();
        let schema = Schema::new(columns, &key).map_err(DocumentError::Schema)?;
        let headers = raw.source.headers.clone();
        let unknown =
            headers.keys().find(|item| schema.columns().iter().all(|column| column.name != **item));
        if let Some(item) = unknown {
            return Err(DocumentError::Header(item.clone()));
        }
        Ok(Self { schema, source: source(raw.source)?, headers })
    }
}

fn column(raw: RawColumn) -> Result<Column, DocumentError> {
    let name = raw.name.clone();
    let empty_is_null = empty_is_null(raw.empty.as_deref())?;
    let kind = match raw.kind.as_str() {
        "C" => {
            only(&raw, 'C', &[("scale", raw.scale.is_some())])?;
            let fixed_width = raw.fixed_width.unwrap_or(false);
            Kind::Text { length: length(&raw, 'C')?, fixed_width, empty_is_null }
        }
        "N" => {
            only(&raw, 'N', &text_only(&raw))?;
            Kind::Number { length: length(&raw, 'N')?, scale: raw.scale.unwrap_or(0) }
        }
        "D" => {
            only(&raw, 'D', &[("length", raw.length.is_some()), ("scale", raw.scale.is_some())])?;
            only(&raw, 'D', &text_only(&raw))?;
            Kind::Date
        }
        "T" => {
            only(&raw, 'T', &[("length", raw.length.is_some())])?;
            only(&raw, 'T', &text_only(&raw))?;
            Kind::Time { scale: raw.scale.unwrap_or(0) }
        }
        "B" => {
            only(&raw, 'B', &[("length", raw.length.is_some()), ("scale", raw.scale.is_some())])?;
            only(&raw, 'B', &text_only(&raw))?;
            Kind::Bool
        }
        _ => return Err(DocumentError::Kind { column: name, kind: raw.kind }),
    };
    Ok(Column { name, kind, nullable: raw.nullable })
}

/// Declarations that are for texts, and whether they stand there.
fn text_only(raw: &RawColumn) -> [(&'static str, bool); 2] {
    [("fixed_width", raw.fixed_width.is_some()), ("empty", raw.empty.is_some())]
}

/// Refuses declarations that are not for a type.
fn only(
    raw: &RawColumn,
    kind: char,
    foreign: &[(&'static str, bool)],
) -> Result<(), DocumentError> {
    match foreign.iter().find(|(_, stands)| *stands) {
        None => Ok(()),
        Some((declaration, _)) => {
            let column = raw.name.clone();
            Err(DocumentError::Declaration { column, kind, declaration, missing: false })
        }
    }
}

fn length(raw: &RawColumn, kind: char) -> Result<u32, DocumentError> {
    raw.length.ok_or_else(|| {
        let column = raw.name.clone();
        DocumentError::Declaration { column, kind, declaration: "length", missing: true }
    })
}

fn empty_is_null(text: Option<&str>) -> Result<bool, DocumentError> {
    match text {
        None => Ok(false),
        Some("null") => Ok(true),
        Some(_) => Err(DocumentError::Empty),
    }
}

fn source(raw: RawSource) -> Result<Source, DocumentError> {
    let encoding = raw.encoding.as_deref().unwrap_or("utf-8");
    let encoding = Encoding::from_name(encoding)
        .ok_or_else(|| DocumentError::Encoding(encoding.to_string()))?;
    let zone = raw
        .zone
        .map_or(Ok(Zone::default()), |text| Zone::parse(&text).ok_or(DocumentError::Zone(text)))?;
    let empty_is_null = empty_is_null(raw.empty.as_deref())?;
    Ok(Source { encoding, zone, null: raw.null, empty_is_null })
}
