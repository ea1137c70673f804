//! The vectors in `tests/conformance/rows.json`: schemas, rows of several sources, refusals, batches with leaves, roots and proofs.
//! Another implementation follows them; `UPDATE_VECTORS=1` (or `cargo xtask vectors`) writes them anew.

use serde_json::{Value as Json, json};
use yinglian_crypto::Suite;
use yinglian_rows::{
    BatchBuilder, BatchKey, FieldError, KeyRange, PublishedDigests, RowError, SchemaDocument,
    canonical_row, row_key,
};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/conformance/rows.json");

/// Fields of a row as a source writes them.
type Fields = Vec<Option<Vec<u8>>>;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(fields: &[&str]) -> Fields {
    fields.iter().map(|field| Some(field.as_bytes().to_vec())).collect()
}

fn slices(fields: &Fields) -> Vec<Option<&[u8]>> {
    fields.iter().map(Option::as_deref).collect()
}

fn fields_json(fields: &Fields) -> Json {
    fields.iter().map(|field| field.as_ref().map(hex)).collect()
}

fn document(value: &Json) -> SchemaDocument {
    serde_json::from_value(value.clone()).unwrap()
}

fn column(name: &str, kind: &str, more: Json) -> Json {
    let mut column = json!({"name": name, "type": kind});
    column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    column
}

/// All five types with every declaration.
fn persons(source: Json) -> Json {
    json!({"version": 1, "key": ["code"], "source": source, "columns": [
        column("code", "C", json!({"length": 12, "fixed_width": true})),
        column("名称", "C", json!({"length": 8, "nullable": true})),
        column("note", "C", json!({"length": 20, "nullable": true, "empty": "null"})),
        column("amount", "N", json!({"length": 9, "scale": 2, "nullable": true})),
        column("born", "D", json!({"nullable": true})),
        column("changed", "T", json!({"scale": 3, "nullable": true})),
        column("valid", "B", json!({"nullable": true})),
    ]})
}

fn counts() -> Json {
    json!({"version": 1, "columns": [
        column("place", "C", json!({"length": 6})),
        column("people", "N", json!({"length": 6})),
    ]})
}

fn two_keys() -> Json {
    json!({"version": 1, "key": ["day", "place"], "columns": [
        column("place", "C", json!({"length": 6, "nullable": true})),
        column("day", "D", json!({})),
        column("people", "N", json!({"length": 6})),
    ]})
}

fn schemas() -> Vec<Json> {
    let schema = |document_json: Json| {
        let schema = document(&document_json).schema;
        json!({
            "document": document_json,
            "bytes": hex(schema.encode()),
            "national": schema.digest(Suite::National),
            "international": schema.digest(Suite::International),
        })
    };
    vec![schema(persons(json!({}))), schema(counts()), schema(two_keys())]
}

/// Rows that are one and the same, or differ in what they are meant to.
fn rows() -> Vec<Json> {
    let utf8 = persons(json!({}));
    let gbk = persons(json!({"encoding": "gbk", "null": "\\N", "zone": "+00:00"}));
    let oracle = persons(json!({"empty": "null", "zone": "-05:30"}));
    // 新华区, 备注 and 是 in GBK; then 㐀 and 𠀀, of which the latter takes four bytes in GB18030.
    let name = b"\xd0\xc2\xbb\xaa\xc7\xf8".to_vec();
    let given =
        |fields: &[&[u8]]| fields.iter().map(|field| Some(field.to_vec())).collect::<Fields>();
    let cases = [
        (
            "plain",
            &utf8,
            text(&[
                "410402000000",
                "新华区",
                "备注",
                "12.50",
                "2026-02-03",
                "2026-02-03T04:05:06.789Z",
                "true",
            ]),
        ),
        (
            "the same row from GBK with CHAR padding and other forms",
            &gbk,
            given(&[
                b"410402000000",
                &name,
                b"\xb1\xb8\xd7\xa2",
                b" +012.5 ",
                b"20260203",
                b"2026/2/3 4:05:06.789",
                b"\xca\xc7",
            ]),
        ),
        (
            "CHAR padding is no value",
            &utf8,
            text(&["410402    ", "x  ", " ", "0", "2026年2月3日", "20260203120506", "0"]),
        ),
        ("empty texts", &utf8, text(&["", "", "", "", "", "", ""])),
        ("NULL", &utf8, vec![Some(b"1".to_vec()), None, None, None, None, None, None]),
        ("NULL by its mark", &gbk, text(&["1", "\\N", "\\N", "\\N", "\\N", "\\N", "\\N"])),
        (
            "a source whose empty text is NULL",
            &oracle,
            text(&["1", "", "a", "-0.00", "2026-12-31 00:00:00", "2026-12-31 20:00:00", "No"]),
        ),
        (
            "NFC of composed and decomposed text, Hangul and compatibility",
            &utf8,
            text(&[
                "e\u{301}\u{e9}\u{1100}\u{1161}",
                "\u{f9dc}\u{212b}",
                "q\u{307}\u{323}",
                "-000.1",
                "2000-2-29",
                "1999-12-31 23:59:59.1 +0800",
                "F",
            ]),
        ),
        (
            "a character beyond the first plane in GB18030",
            &gbk,
            given(&[
                b"2",
                b"\x95\x32\x82\x36\x81\x39\xee\x39",
                b"",
                b"9999999.99",
                b"0001-01-01",
                b"0001-01-01 00:00",
                b"TRUE",
            ]),
        ),
        (
            "quotation, comma, line break and backslash are characters",
            &utf8,
            text(&[
                "\"a,\n",
                "\\N",
                "\r\n\t",
                "7",
                "9999/12/31",
                "9999-12-31T23:59:59.999+08",
                "n",
            ]),
        ),
        (
            "eight characters of four bytes fit eight characters",
            &utf8,
            text(&[
                "𠀀",
                "𠀀𠀀𠀀𠀀𠀀𠀀𠀀𠀀",
                "a",
                "00000000000000.100000",
                "1900-02-28",
                "2026-02-03 04:05:06.780000Z",
                "Y",
            ]),
        ),
    ];
    let row = |(what, of, fields): (&str, &Json, Fields)| {
        let document = document(of);
        let mut row = Vec::new();
        canonical_row(&document.schema, &document.source, &slices(&fields), &mut row).unwrap();
        let key = row_key(&document.schema, &row).unwrap();
        json!({"what": what, "document": of, "fields": fields_json(&fields), "row": hex(row), "key": hex(key)})
    };
    let mut rows: Vec<Json> = cases.map(row).into();
    rows.push(row(("all columns are the key", &counts(), text(&["甲", "07"]))));
    rows.push(row((
        "key in its own order, with NULL",
        &two_keys(),
        vec![None, Some(b"20260101".to_vec()), Some(b"1".to_vec())],
    )));
    rows
}

fn reason(error: &RowError) -> (&'static str, Option<&str>) {
    match error {
        RowError::Fields { .. } => ("fields", None),
        RowError::TooLong => ("row_too_long", None),
        RowError::Field { column, reason } => {
            let reason = match reason {
                FieldError::Encoding => "encoding",
                FieldError::Null => "null",
                FieldError::Nul => "nul",
                FieldError::TooLong => "too_long",
                FieldError::Scale => "scale",
                FieldError::Number => "number",
                FieldError::Date => "date",
                FieldError::Time => "time",
                FieldError::Bool => "bool",
            };
            (reason, Some(column))
        }
    }
}

fn refused_rows() -> Vec<Json> {
    let of = persons(json!({}));
    let gbk = persons(json!({"encoding": "gb18030", "null": "-"}));
    let good = ["1", "a", "b", "1", "2026-02-03", "2026-02-03 04:05:06", "1"];
    let with = |place: usize, field: &[u8]| {
        let mut fields = text(&good);
        fields[place] = Some(field.to_vec());
        fields
    };
    let mut null_key = text(&good);
    null_key[0] = None;
    let mut cases = vec![
        (&of, text(&good[1..])),
        (&of, null_key),
        (&gbk, with(0, b"-")),
        (&of, with(0, b"\xd0\xc2")),
        (&gbk, with(1, b"\xd0")),
        (&gbk, with(1, b"\xff\xff")),
        (&of, with(1, b"a\0b")),
        (&of, with(1, "九个汉字超过八个字".as_bytes())),
        (&of, with(1, b"         ")),
        (&of, with(0, b"1234567890123")),
        (&of, with(1, &vec![b'a'; 70_000])),
    ];
    for number in
        ["1.005", "10000000", "1e3", "1,000", ".5", "5.", "１", "--1", "0x1", "1 000", "-", "NaN"]
    {
        cases.push((&of, with(3, number.as_bytes())));
    }
    for day in [
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "0000-01-01",
        "03/02/2026",
        "2026-02-03 00:00:01",
        "26-02-03",
        "2026-02/03",
        "2026年2月3",
        "2026-02-03Z",
    ] {
        cases.push((&of, with(4, day.as_bytes())));
    }
    for time in [
        "2026-02-03",
        "2026-02-03 24:00:00",
        "2026-02-03 04:05:60",
        "2026-02-03 04:05:06.7891",
        "0001-01-01 07:59:59",
        "9999-12-31T23:00:00-05:00",
        "2026-02-03 04:05:06+15:00",
        "2026-02-03 04:05:06 CST",
        "202602030405",
        "2026-02-03 04:05:06.",
        "2026-02-03040506",
    ] {
        cases.push((&of, with(5, time.as_bytes())));
    }
    for word in ["2", "ja", "truee", "真"] {
        cases.push((&of, with(6, word.as_bytes())));
    }
    let refused = |(of, fields): (&Json, Fields)| {
        let document = document(of);
        let mut out = vec![7];
        let refused = canonical_row(&document.schema, &document.source, &slices(&fields), &mut out);
        let error = refused.unwrap_err();
        assert_eq!(out, [7]);
        let (reason, column) = reason(&error);
        // 70,000 times one letter says as much as its number.
        let fields = if fields.iter().flatten().any(|field| field.len() > 1000) {
            json!("field 1 of 70000 letters a")
        } else {
            fields_json(&fields)
        };
        json!({"document": of, "fields": fields, "reason": reason, "column": column})
    };
    cases.into_iter().map(refused).collect()
}

fn batch(suite: Suite, what: &str, of: &Json, given: Vec<Fields>) -> Json {
    let document = document(of);
    let key = BatchKey(*b"a batch key of thirty-two bytes!");
    let mut builder = BatchBuilder::new(document.schema.clone(), document.source);
    for fields in &given {
        builder.push(&slices(fields)).unwrap();
    }
    let batch = builder.finish(suite, &key);
    let tree = batch.tree();
    let rows = batch.rows();
    let sorted = (0..rows.len()).map(|index| {
        let proof = batch.proof(&tree, index).unwrap();
        json!({"row": hex(rows.row(index)), "key": hex(rows.key(index)), "occurrence": rows.occurrence(index),
               "salt": hex(proof.salt), "leaf": batch.leaves()[index], "proof": hex(proof.encode())})
    });
    let middle = rows.key(rows.len() / 2).to_vec();
    let ranges = [
        KeyRange::ALL,
        KeyRange { from: Vec::new(), to: Some(middle.clone()) },
        KeyRange { from: middle, to: None },
    ];
    let ranges = ranges.map(|range| {
        let digest = batch.range_digest(&range);
        json!({"from": hex(&range.from), "to": range.to.as_ref().map(hex), "rows": digest.rows, "root": digest.root})
    });
    let digest = batch.digest();
    json!({
        "what": what, "suite": suite, "document": of, "batch_key": hex(key.0), "batch_key_digest": key.digest(suite),
        "given": given.iter().map(fields_json).collect::<Vec<_>>(), "sorted": sorted.collect::<Vec<_>>(),
        "rows": digest.rows, "schema": digest.schema, "root": digest.root, "ranges": ranges,
        "published": hex(PublishedDigests::new(&batch).encode()),
    })
}

fn batches() -> Vec<Json> {
    let places = vec![
        text(&["乙", "20"]),
        text(&["甲", "3"]),
        text(&["", "1"]),
        text(&["甲", "20"]),
        text(&["甲", "3"]),
        text(&["ab", "1"]),
        text(&["a", "1"]),
        text(&["甲", "003"]),
    ];
    let days = vec![
        vec![Some("乙".into()), Some("2026-01-02".into()), Some("1".into())],
        vec![None, Some("2026/1/2".into()), Some("2".into())],
        vec![Some("".into()), Some("20260102".into()), Some("3".into())],
        vec![Some("甲".into()), Some("20260101".into()), Some("5".into())],
        vec![Some("甲".into()), Some("20260101".into()), Some("4".into())],
    ];
    let many = (0..130).map(|n: u32| text(&[&format!("{}", n * 7 % 130), "1"])).collect::<Vec<_>>();
    vec![
        batch(
            Suite::National,
            "duplicates are counted, and every column is the key",
            &counts(),
            places.clone(),
        ),
        batch(Suite::International, "the same under the other suite", &counts(), places),
        batch(
            Suite::National,
            "key columns in their own order; NULL before the empty text",
            &two_keys(),
            days,
        ),
        batch(Suite::National, "no row", &counts(), vec![]),
        batch(Suite::National, "one row", &counts(), vec![text(&["甲", "1"])]),
        batch(Suite::National, "three published ranges", &counts(), many),
    ]
}

#[test]
fn the_vectors_are_what_this_crate_gives() {
    let given = json!({
        "schemas": schemas(), "rows": rows(), "refused_rows": refused_rows(), "batches": batches(),
    });
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(VECTORS, format!("{given:#}\n")).unwrap();
    }
    let stored: Json = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert!(stored == given, "{VECTORS} differs; this crate gives\n{given:#}");
}

#[test]
fn the_first_two_rows_are_one() {
    let rows = rows();
    assert_eq!(rows[0]["row"], rows[1]["row"]);
}
