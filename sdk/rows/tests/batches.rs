//! Batches: one root for one set of rows, limits, parts, and proofs that hold for their row alone.

use proptest::prelude::*;
use yinglian_crypto::{Hash, Suite};
use yinglian_rows::{
    Batch, BatchBuilder, BatchDigest, BatchError, BatchKey, Column, FieldError, Kind, RowError,
    RowProof, RowProofError, Schema, SchemaDocument, SchemaError, Source, limits, read_row,
    verify_row,
};

const KEY: BatchKey = BatchKey([7; 32]);

fn text(name: &str, length: u32) -> Column {
    let kind = Kind::Text { length, fixed_width: false, empty_is_null: false };
    Column { name: name.into(), kind, nullable: true }
}

fn schema() -> Schema {
    Schema::new(vec![text("code", 40), text("name", 16_384)], &["code"]).unwrap()
}

fn builder(rows: &[(&str, &str)]) -> BatchBuilder {
    let mut builder = BatchBuilder::new(schema(), Source::default());
    for (code, name) in rows {
        builder.push(&[Some(code.as_bytes()), Some(name.as_bytes())]).unwrap();
    }
    builder
}

fn batch(rows: &[(&str, &str)]) -> Batch {
    builder(rows).finish(Suite::National, &KEY)
}

#[test]
fn a_refused_row_leaves_the_batch_as_it_was() {
    let mut with_refusals = builder(&[("1", "a")]);
    let refused = with_refusals.push(&[Some(b"2"), Some(b"\xff")]).unwrap_err();
    let error = RowError::Field { column: "name".into(), reason: FieldError::Encoding };
    assert_eq!(refused, BatchError::Row { number: 2, error });
    assert!(with_refusals.push(&[Some(b"2")]).is_err());
    with_refusals.push(&[Some(b"3"), Some(b"c")]).unwrap();
    let finished = with_refusals.finish(Suite::National, &KEY);
    assert_eq!(finished.digest(), batch(&[("1", "a"), ("3", "c")]).digest());
}

#[test]
fn parts_make_the_batch_that_one_reader_makes() {
    let rows: Vec<(String, String)> =
        (0..1_000_u32).map(|n| (format!("{}", n * 7919 % 1000), format!("{n}"))).collect();
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|(code, name)| (code.as_str(), name.as_str())).collect();
    let (first, second) = rows.split_at(300);
    let mut parts = builder(first);
    parts.append(builder(second)).unwrap();
    let sorted = parts.sort();
    let mut leaves = sorted.leaves(Suite::National, &KEY, 0..501);
    leaves.extend(sorted.leaves(Suite::National, &KEY, 501..usize::MAX));
    let whole = batch(&rows);
    assert_eq!(
        Batch::from_leaves(Suite::National, &KEY, sorted.clone(), leaves).unwrap().digest(),
        whole.digest()
    );
    let few = Batch::from_leaves(Suite::National, &KEY, sorted, vec![Hash::ZERO]);
    assert_eq!(few.unwrap_err(), BatchError::Leaves { rows: 1_000, leaves: 1 });
    let other = Schema::new(vec![text("code", 40), text("name", 100)], &[]).unwrap();
    let other = BatchBuilder::new(other, Source::default());
    assert_eq!(builder(first).append(other).unwrap_err(), BatchError::Schemas);
}

#[test]
fn a_batch_ends_at_its_limit_of_rows() {
    let schema = Schema::new(vec![text("a", 1)], &[]).unwrap();
    let mut full = BatchBuilder::new(schema.clone(), Source::default());
    for _ in 0..limits::BATCH_ROWS_MAX {
        full.push(&[None]).unwrap();
    }
    assert_eq!(full.push(&[None]), Err(BatchError::Rows));
    let mut one = BatchBuilder::new(schema, Source::default());
    one.push(&[None]).unwrap();
    assert_eq!(full.append(one), Err(BatchError::Rows));
    assert_eq!(full.sort().repeated_keys(), limits::BATCH_ROWS_MAX - 1);
}

#[test]
fn a_row_ends_at_its_limit_of_bytes() {
    let columns = (0..5).map(|n| text(&format!("c{n}"), 16_384)).collect();
    let mut wide = BatchBuilder::new(Schema::new(columns, &[]).unwrap(), Source::default());
    let filled = |length: usize| vec![b'a'; length];
    let (full, rest) = (filled(16_384), filled(limits::ROW_BYTES_MAX - 3 * 16_384 - 1 - 5 * 5));
    let last = filled(0);
    let row: Vec<&[u8]> = vec![&full, &full, &full, &rest, &last];
    let given: Vec<_> = row.iter().map(|field| Some(*field)).collect();
    wide.push(&given).unwrap();
    let one_more = filled(1);
    let mut given = given;
    given[4] = Some(&one_more);
    assert_eq!(wide.push(&given), Err(BatchError::Row { number: 2, error: RowError::TooLong }));
    // Decomposed on the way: three times as long as it was.
    let long = "\u{1d160}".repeat(16_384);
    given[0] = Some(long.as_bytes());
    assert!(wide.push(&given).is_err());
}

#[test]
fn a_proof_shows_its_row_and_no_other_batch() {
    let batch = batch(&[("1", "a"), ("2", "b"), ("2", "b"), ("3", "")]);
    let (tree, digest, schema) = (batch.tree(), batch.digest(), schema());
    let proof = batch.proof(&tree, 2).unwrap();
    let check = |digest: &BatchDigest, proof: &RowProof| {
        verify_row(Suite::National, digest, &schema, proof).map(|fields| fields.len())
    };
    assert_eq!(
        verify_row(Suite::National, &digest, &schema, &proof),
        Ok(vec![Some("2"), Some("b")])
    );
    assert_eq!(RowProof::decode(&proof.encode()), Ok(proof.clone()));
    assert_eq!(batch.proof(&tree, 4), None);
    assert_eq!(
        verify_row(Suite::International, &digest, &schema, &proof),
        Err(RowProofError::Suite)
    );
    assert_eq!(
        check(&BatchDigest { schema: Hash::ZERO, ..digest }, &proof),
        Err(RowProofError::Schema)
    );
    assert_eq!(
        check(&BatchDigest { rows: 5, ..digest }, &proof),
        Err(RowProofError::Rows { proof: 4, batch: 5 })
    );
    assert!(matches!(
        check(&BatchDigest { root: Hash::ZERO, ..digest }, &proof),
        Err(RowProofError::Path(_))
    ));
    let mut other = proof.clone();
    *other.row.last_mut().unwrap() = b'c';
    assert!(matches!(check(&digest, &other), Err(RowProofError::Path(_))));
    other.row.push(0);
    assert_eq!(check(&digest, &other), Err(RowProofError::Row));
    let mut other = proof.clone();
    other.salt[0] ^= 1;
    assert!(matches!(check(&digest, &other), Err(RowProofError::Path(_))));
    let mut other = proof;
    other.inclusion.index = 1;
    assert!(matches!(check(&digest, &other), Err(RowProofError::Path(_))));
}

#[test]
fn every_flipped_bit_of_a_proof_is_noticed() {
    let batch = batch(&[("1", "a"), ("2", "b"), ("3", "c")]);
    let (digest, bytes) = (batch.digest(), batch.proof(&batch.tree(), 1).unwrap().encode());
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let holds = RowProof::decode(&altered)
            .is_ok_and(|proof| verify_row(Suite::National, &digest, &schema(), &proof).is_ok());
        assert!(!holds, "bit {bit}");
    }
}

#[test]
fn a_row_that_is_written_otherwise_than_canonically_is_no_row() {
    let kind = Kind::Number { length: 6, scale: 2 };
    let amount = Column { name: "amount".into(), kind, nullable: true };
    let schema = Schema::new(vec![amount, text("name", 9)], &[]).unwrap();
    let row = |amount: &str, name: &str| {
        let field = |text: &str| {
            let length = u32::try_from(text.len()).unwrap().to_le_bytes();
            [&[1], &length[..], text.as_bytes()].concat()
        };
        [vec![1], field(amount), field(name)].concat()
    };
    assert_eq!(read_row(&schema, &row("1.50", "é")), Ok(vec![Some("1.50"), Some("é")]));
    // The first three would be read as a row, but another.
    for other in [row("1.5", "é"), row("+1.50", "é"), row("1.50", "e\u{301}"), row("x", "é")] {
        assert!(read_row(&schema, &other).is_err());
    }
    assert!(read_row(&schema, &[2, 0, 0]).is_err() && read_row(&schema, &[1, 0, 0]).is_ok());
}

#[test]
fn schemas_hold_their_rules() {
    let new = |columns: Vec<Column>, key: &[&str]| Schema::new(columns, key).unwrap_err();
    assert_eq!(new(vec![], &[]), SchemaError::Columns(0));
    assert_eq!(
        new((0..257).map(|n| text(&n.to_string(), 1)).collect(), &[]),
        SchemaError::Columns(257)
    );
    assert_eq!(new(vec![text("a", 1), text("a", 1)], &[]), SchemaError::NameTwice("a".into()));
    assert_eq!(new(vec![text("a", 1)], &["b"]), SchemaError::KeyUnknown("b".into()));
    assert_eq!(new(vec![text("a", 1)], &["a", "a"]), SchemaError::KeyTwice("a".into()));
    for name in ["", " a", "a\u{3000}", "e\u{301}", "a\nb", &"a".repeat(129)] {
        assert_eq!(new(vec![text(name, 1)], &[]), SchemaError::Name(name.into()));
    }
    assert_eq!(new(vec![text("a", 0)], &[]), SchemaError::Bounds("a".into()));
    assert_eq!(new(vec![text("a", 16_385)], &[]), SchemaError::Bounds("a".into()));
    for kind in [
        Kind::Number { length: 39, scale: 0 },
        Kind::Number { length: 0, scale: 0 },
        Kind::Number { length: 3, scale: 4 },
        Kind::Time { scale: 10 },
    ] {
        let column = Column { name: "a".into(), kind, nullable: true };
        assert_eq!(new(vec![column], &[]), SchemaError::Bounds("a".into()));
    }
    let kind = Kind::Text { length: 1, fixed_width: false, empty_is_null: true };
    let column = Column { name: "a".into(), kind, nullable: false };
    assert_eq!(new(vec![column], &[]), SchemaError::EmptyNotNullable("a".into()));
}

#[test]
fn a_schema_has_one_encoding() {
    let bytes = schema().encode();
    assert_eq!(Schema::decode(&bytes), Ok(schema()));
    for end in 0..bytes.len() {
        assert!(Schema::decode(&bytes[..end]).is_err());
    }
    // A flag that no type has, a scale of a text, a version, a key column that is not there.
    let flags = 1 + 4 + 4 + 4 + 1 + 4 + 1;
    for (at, byte) in [(flags, 8), (flags, 0x81), (flags - 1, 1), (0, 2), (bytes.len() - 2, 2)] {
        let mut other = bytes.clone();
        other[at] = byte;
        assert!(Schema::decode(&other).is_err(), "{at}");
    }
}

#[test]
fn documents_say_what_is_wrong() {
    let read = |text: &str| {
        toml::from_str::<SchemaDocument>(text)
            .map(|_| ())
            .map_err(|error| error.message().to_owned())
    };
    let column = |rest: &str| format!("version = 1\n[[columns]]\nname = \"a\"\n{rest}");
    assert_eq!(read(&column("type = \"C\"\nlength = 3")), Ok(()));
    for (text, expected) in [
        (column("type = \"C\""), "column `a` of type C: `length` is missing"),
        (
            column("type = \"C\"\nlength = 1\nscale = 1"),
            "column `a` of type C: `scale` is not for this type",
        ),
        (column("type = \"D\"\nlength = 1"), "column `a` of type D: `length` is not for this type"),
        (
            column("type = \"N\"\nlength = 1\nfixed_width = true"),
            "column `a` of type N: `fixed_width` is not for this type",
        ),
        (column("type = \"X\""), "column `a` has the type `X`; there are C, N, D, T and B"),
        (column("type = \"C\"\nlength = 1\nempty = \"\""), "`empty` may only be \"null\""),
        (
            column("type = \"B\"\n[source]\nencoding = \"big5\""),
            "encoding `big5` is not known; there are utf-8, gbk and gb18030",
        ),
        (
            column("type = \"B\"\n[source]\nzone = \"CST\""),
            "zone `CST` is no distance from UTC such as +08:00",
        ),
        (
            column("type = \"B\"\n[source.headers]\nb = \"x\""),
            "`headers` names item `b`, which the schema has not",
        ),
        (
            "version = 2\ncolumns = []".into(),
            "version 2 of the document is not known; this is for version 1",
        ),
        ("version = 1\ncolumns = []".into(), "0 columns, where a schema has 1 to 256"),
    ] {
        assert_eq!(read(&text), Err(expected.into()));
    }
    assert!(read(&column("type = \"B\"\ncolour = 1")).is_err());
}

proptest! {
    #[test]
    fn order_and_parts_do_not_change_the_root(rows in proptest::collection::vec(("[a-c]{0,3}", "[a-c]{0,2}"), 0..60), seed in any::<u64>()) {
        let rows: Vec<(&str, &str)> = rows.iter().map(|(code, name)| (code.as_str(), name.as_str())).collect();
        let mut shuffled = rows.clone();
        for place in (1..shuffled.len()).rev() {
            shuffled.swap(place, (seed as usize).wrapping_mul(place) % (place + 1));
        }
        prop_assert_eq!(batch(&rows).digest(), batch(&shuffled).digest());
    }

    /// Any bytes: a row or none, and a row is read back to itself.
    #[test]
    fn bytes_from_outside_never_panic(bytes in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), any::<u8>()], 0..80)) {
        if let Ok(fields) = read_row(&schema(), &bytes) {
            let mut again = BatchBuilder::new(schema(), Source::default());
            let fields: Vec<_> = fields.into_iter().map(|field| field.map(str::as_bytes)).collect();
            again.push(&fields).unwrap();
            let sorted = again.sort();
            prop_assert_eq!(sorted.row(0), &bytes[..]);
        }
        let _ = RowProof::decode(&bytes);
        let _ = Schema::decode(&bytes);
    }
}
