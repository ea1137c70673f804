//! Two batches compared: what differs is named, whatever order it came in, and nothing else moves.

use proptest::prelude::*;
use std::collections::BTreeMap;
use yinglian_crypto::{Hash, Suite};
use yinglian_rows::{
    Batch, BatchBuilder, BatchKey, Column, DiffError, Difference, Differences, KeyRange, Kind,
    PublishedDigests, PublishedError, RangeDigest, RangeSource, Schema, Side, Source, Summary,
    diff,
};

const SUITE: Suite = Suite::National;

fn column(name: &str) -> Column {
    let kind = Kind::Text { length: 20, fixed_width: false, empty_is_null: false };
    Column { name: name.into(), kind, nullable: false }
}

fn schema(key: &[&str]) -> Schema {
    Schema::new(vec![column("code"), column("name"), column("town")], key).unwrap()
}

fn batch_of(schema: Schema, key: BatchKey, rows: &[[String; 3]]) -> Batch {
    let mut builder = BatchBuilder::new(schema, Source::default());
    for row in rows {
        let fields: Vec<_> = row.iter().map(|field| Some(field.as_bytes())).collect();
        builder.push(&fields).unwrap();
    }
    builder.finish(SUITE, &key)
}

fn batch(rows: &[[String; 3]]) -> Batch {
    batch_of(schema(&["code"]), BatchKey([7; 32]), rows)
}

fn rows(count: usize) -> Vec<[String; 3]> {
    (0..count)
        .map(|n| [format!("{n:06}"), format!("name {n}"), format!("town {}", n % 10)])
        .collect()
}

fn compared(here: &Batch, there: &Batch) -> Differences {
    diff(here, &mut &*there, usize::MAX).unwrap()
}

/// Rows that only here, only there, and both have, the last with their columns.
fn told(found: &[Difference]) -> Vec<String> {
    let code = |row: &[u8]| String::from_utf8_lossy(&row[6..12]).into_owned();
    let tell = |difference: &Difference| match difference {
        Difference::Only { side: Side::Here, row } => format!("here {}", code(row)),
        Difference::Only { side: Side::There, row } => format!("there {}", code(row)),
        Difference::Changed { here, columns, .. } => format!("changed {} {columns:?}", code(here)),
    };
    found.iter().map(tell).collect()
}

#[test]
fn one_changed_row_among_many_is_found_with_its_column_and_is_all_that_moves() {
    let mine = rows(20_000);
    let mut theirs = mine.clone();
    theirs.reverse();
    theirs[5_000][2] = "elsewhere".into();
    let differences = compared(&batch(&mine), &batch(&theirs));
    assert_eq!(told(&differences.found), ["changed 014999 [2]"]);
    assert!(differences.complete);
    assert_eq!(differences.rows_moved, 1);
    assert!(differences.leaves_moved <= 64, "{}", differences.leaves_moved);
    assert!(differences.digests_moved <= 16 * 3, "{}", differences.digests_moved);
}

#[test]
fn equal_batches_move_nothing() {
    let mine = rows(1_000);
    let mut theirs = mine.clone();
    theirs.rotate_left(333);
    let differences = compared(&batch(&mine), &batch(&theirs));
    assert_eq!(differences, Differences { complete: true, ..Differences::default() });
    assert!(compared(&batch(&[]), &batch(&[])).found.is_empty());
}

#[test]
fn missing_added_and_changed_rows_are_told_apart_in_key_order() {
    let mine = rows(500);
    let mut theirs = mine.clone();
    theirs.remove(400);
    theirs.remove(0);
    theirs.push(["000300x".into(), "new".into(), "new".into()]);
    theirs.push(["999999".into(), "new".into(), "new".into()]);
    theirs[99][1] = "other".into();
    theirs[99][2] = "other".into();
    let found = compared(&batch(&mine), &batch(&theirs)).found;
    let expected =
        ["here 000000", "changed 000100 [1, 2]", "there 000300", "here 000400", "there 999999"];
    assert_eq!(told(&found), expected);
    let nothing = batch(&[]);
    assert_eq!(compared(&batch(&mine), &nothing).found.len(), 500);
    assert_eq!(compared(&nothing, &batch(&mine)).found.len(), 500);
}

#[test]
fn of_rows_with_one_key_only_the_missing_one_is_named() {
    let mut mine: Vec<[String; 3]> =
        (0..200).map(|n| ["000001".into(), format!("{n:04}"), "a".into()]).collect();
    mine.push(["000000".into(), "x".into(), "x".into()]);
    let mut theirs = mine.clone();
    // All that follow have another occurrence there, so another leaf, and are the same rows nevertheless.
    theirs.remove(3);
    let differences = compared(&batch(&mine), &batch(&theirs));
    assert_eq!(told(&differences.found), ["here 000001"]);
    let copies = |count: usize| vec![["000001".to_owned(), "a".into(), "a".into()]; count];
    let differences = compared(&batch(&copies(70)), &batch(&copies(72)));
    assert_eq!(told(&differences.found), ["there 000001", "there 000001"]);
}

#[test]
fn a_limit_is_kept_and_told() {
    let mine = rows(3_000);
    let theirs: Vec<_> =
        mine.iter().map(|[code, name, _]| [code.clone(), name.clone(), "x".into()]).collect();
    let (mine, theirs) = (batch(&mine), batch(&theirs));
    let some = diff(&mine, &mut &theirs, 10).unwrap();
    assert_eq!((some.found.len(), some.complete), (10, false));
    assert!(
        some.found
            .iter()
            .all(|found| matches!(found, Difference::Changed { columns, .. } if columns == &[2]))
    );
    assert!(some.rows_moved <= 10);
    let all = diff(&mine, &mut &theirs, 3_000).unwrap();
    assert_eq!((all.found.len(), all.complete), (3_000, true));
}

#[test]
fn batches_that_compare_to_nothing_are_not_compared() {
    let mine = batch(&rows(3));
    let other_key = batch_of(schema(&["code"]), BatchKey([8; 32]), &rows(3));
    assert_eq!(diff(&mine, &mut &other_key, 9), Err(DiffError::BatchKey));
    let other_schema = batch_of(schema(&["name"]), BatchKey([7; 32]), &rows(3));
    assert_eq!(diff(&mine, &mut &other_schema, 9), Err(DiffError::Schema));
    let published = PublishedDigests::new(&other_key);
    assert_eq!(published.compare(&mine), Err(PublishedError::BatchKey));
    assert_eq!(PublishedDigests::new(&other_schema).compare(&mine), Err(PublishedError::Schema));
}

/// A side that answers as a batch does but for one lie.
struct Liar<'a>(&'a Batch, fn(&mut Vec<Vec<u8>>), fn(&mut Vec<RangeDigest>));

impl RangeSource for Liar<'_> {
    type Error = std::convert::Infallible;
    fn summary(&mut self) -> Result<Summary, Self::Error> {
        Ok(self.0.summary())
    }
    fn digests(&mut self, ranges: &[KeyRange]) -> Result<Vec<RangeDigest>, Self::Error> {
        let mut source = self.0;
        let mut digests = RangeSource::digests(&mut source, ranges)?;
        (self.2)(&mut digests);
        Ok(digests)
    }
    fn leaves(&mut self, range: &KeyRange) -> Result<Vec<Hash>, Self::Error> {
        let mut source = self.0;
        RangeSource::leaves(&mut source, range)
    }
    fn rows(&mut self, range: &KeyRange, places: &[u32]) -> Result<Vec<Vec<u8>>, Self::Error> {
        let mut source = self.0;
        let mut rows = RangeSource::rows(&mut source, range, places)?;
        (self.1)(&mut rows);
        Ok(rows)
    }
}

#[test]
fn answers_that_are_none_end_the_comparison() {
    let mine = batch(&rows(300));
    let mut theirs = rows(300);
    theirs[150][1] = "other".into();
    let (theirs, far) = (batch(&theirs), batch(&[["zzzzzz".into(), "a".into(), "b".into()]]));
    let far = far.rows().row(0).to_vec();
    let asked = |lie: fn(&mut Vec<Vec<u8>>), other: fn(&mut Vec<RangeDigest>)| {
        diff(&mine, &mut Liar(&theirs, lie, other), 9)
    };
    let nothing = |_: &mut Vec<RangeDigest>| {};
    assert!(asked(|_| {}, nothing).is_ok());
    assert_eq!(asked(|rows| rows.clear(), nothing), Err(DiffError::Answer));
    assert_eq!(asked(|rows| rows[0] = vec![1, 0], nothing), Err(DiffError::Answer));
    assert_eq!(asked(|rows| rows[0].clear(), nothing), Err(DiffError::Answer));
    assert_eq!(asked(|_| {}, |digests| digests.truncate(1)), Err(DiffError::Answer));
    // A row that is not of the range, though one of the schema.
    assert!(!far.is_empty());
    let lie: fn(&mut Vec<Vec<u8>>) = |rows| {
        let at = rows[0].iter().position(|byte| *byte == b'0').unwrap();
        rows[0][at] = b'9';
    };
    assert_eq!(asked(lie, nothing), Err(DiffError::Answer));
    // Whatever a side says of numbers, the walk ends.
    let lie: fn(&mut Vec<RangeDigest>) =
        |digests| digests.iter_mut().for_each(|digest| digest.rows = u64::MAX);
    assert!(asked(|_| {}, lie).is_ok());
}

#[test]
fn published_digests_name_the_rows_here_that_are_not_there() {
    let mine = rows(300);
    let mut theirs = mine.clone();
    theirs[150][1] = "other".into();
    theirs.remove(10);
    theirs.insert(0, ["00000".into(), "first".into(), "x".into()]);
    let (mine, theirs) = (batch(&mine), batch(&theirs));
    let published = PublishedDigests::decode(&PublishedDigests::new(&theirs).encode()).unwrap();
    assert_eq!(published.digest(), theirs.digest());
    let found = published.compare(&mine).unwrap();
    let here: Vec<usize> = found.iter().flat_map(|range| range.here.clone()).collect();
    let there: u64 = found.iter().map(|range| range.there).sum();
    assert_eq!((here, there), (vec![10, 150], 2));
    assert_eq!(published.compare(&theirs), Ok(vec![]));
    let nothing = PublishedDigests::new(&batch(&[]));
    assert_eq!(nothing.compare(&mine).unwrap()[0].here.len(), 300);
    assert_eq!(nothing.compare(&batch(&[])), Ok(vec![]));
}

#[test]
fn published_ranges_keep_the_rows_of_one_key_together() {
    let mut mine = rows(60);
    mine.extend((0..100).map(|n| ["000070".into(), format!("{n:03}"), "a".into()]));
    mine.push(["000080".into(), "last".into(), "a".into()]);
    let mine = batch(&mine);
    let published = PublishedDigests::decode(&PublishedDigests::new(&mine).encode()).unwrap();
    assert_eq!(published.compare(&mine), Ok(vec![]));
}

#[test]
fn bytes_that_are_no_published_digests_are_refused() {
    let bytes = PublishedDigests::new(&batch(&rows(130))).encode();
    for end in 0..bytes.len() {
        assert_eq!(PublishedDigests::decode(&bytes[..end]), Err(PublishedError::Malformed));
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(PublishedDigests::decode(&longer), Err(PublishedError::Malformed));
    let mut other_version = bytes;
    other_version[0] = 2;
    assert_eq!(PublishedDigests::decode(&other_version), Err(PublishedError::Malformed));
}

fn small_rows() -> impl Strategy<Value = Vec<[String; 3]>> {
    // Few values, so that keys meet and rows repeat.
    let row = ("[ab]{1,2}", "[ab]?", "[a]?").prop_map(|(one, two, three)| [one, two, three]);
    proptest::collection::vec(row, 0..120)
}

proptest! {
    /// What is found is what a comparison of both lists of rows finds.
    #[test]
    fn the_walk_finds_what_a_full_comparison_finds(mine in small_rows(), theirs in small_rows()) {
        let mut surplus: BTreeMap<&[String; 3], i64> = BTreeMap::new();
        mine.iter().for_each(|row| *surplus.entry(row).or_default() += 1);
        theirs.iter().for_each(|row| *surplus.entry(row).or_default() -= 1);
        let here: i64 = surplus.values().filter(|count| **count > 0).sum();
        let there: i64 = -surplus.values().filter(|count| **count < 0).sum::<i64>();
        let differences = compared(&batch(&mine), &batch(&theirs));
        let (mut found_here, mut found_there) = (0, 0);
        for difference in &differences.found {
            match difference {
                Difference::Only { side: Side::Here, .. } => found_here += 1,
                Difference::Only { side: Side::There, .. } => found_there += 1,
                Difference::Changed { here, there, columns } => {
                    prop_assert!(here != there && !columns.is_empty());
                    found_here += 1;
                    found_there += 1;
                }
            }
        }
        prop_assert_eq!((found_here, found_there), (here, there));
        prop_assert_eq!(batch(&mine).digest() == batch(&theirs).digest(), here + there == 0);
    }
}
