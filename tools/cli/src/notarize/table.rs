//! The rows of a table: digested and signed on threads, submitted in batches with several requests in flight, each followed
//! to its end. The work is done when every row is committed, or is named as refused.
//!
//! The digest of a row is that of its bytes in the file without the line break, so that any other tool can check it.

use super::Arguments;
use super::call::{Common, business_key};
use crate::failure::{Coded, Exit, text_of};
use crate::rows::{header_place, is_left_open, left_open};
use crate::session::{Again, Ended, Session, Signed};
use crate::{clock, files, output, progress, tr};
use anyhow::Context;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use yinglian_protocol::calls::Arguments as Call;
use yinglian_protocol::{Code, Name};

/// Rows of one request: some 150 KiB, far below the limit of a request, and small enough that blocks fill evenly.
const BATCH_ROWS: usize = 500;
/// Requests in flight.
const IN_FLIGHT: usize = 8;
const TABLE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Refused rows that are named; the rest are counted.
const REFUSED_SHOWN: usize = 10;

/// A table in memory and the place of each row.
struct Table {
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

struct Row {
    from: usize,
    to: usize,
    business_key: String,
}

/// What became of the rows so far.
#[derive(Default)]
struct Became {
    ids: Vec<Option<String>>,
    refused: BTreeMap<usize, (Code, String)>,
    first_height: Option<u64>,
    last_height: u64,
}

struct Shared {
    session: Session,
    /// Set when a request failed: nothing more is submitted.
    given_up: AtomicBool,
    common: Common,
    table: Table,
    next: AtomicUsize,
    became: Mutex<Became>,
}

/// Notarises the rows of a table.
pub async fn run(session: Session, path: PathBuf, arguments: Arguments) -> anyhow::Result<Exit> {
    let table = read(&path, arguments.key_column.as_deref(), arguments.rows)?;
    let rows = table.rows.len();
    let common = Common {
        suite: session.suite(),
        kind: arguments.kind.clone().map_or_else(|| Name::parse("row"), Ok)?,
        method: Name::parse("table-row")?,
        operator: arguments.operator.clone(),
    };
    let became = Mutex::new(Became { ids: vec![None; rows], ..Became::default() });
    let (next, given_up) = (AtomicUsize::new(0), AtomicBool::new(false));
    let shared = Arc::new(Shared { session, given_up, common, table, next, became });
    let bar = Arc::new(progress::rate(&tr!("rows on record", "已存证行数"), rows));
    let started = Instant::now();
    let submitted = submit_all(&shared, &bar).await;
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    drop(bar);
    let became = shared.became.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = &arguments.index {
        write_index(index, &shared.table, &became)?;
    }
    let exit = tell(&path, rows, &became, elapsed_ms);
    // Told after what was recorded nevertheless, which the index names too.
    submitted.map(|()| exit)
}

fn read(path: &Path, key_column: Option<&str>, rows_max: Option<usize>) -> anyhow::Result<Table> {
    let bytes = files::read(path, TABLE_BYTES_MAX)?;
    let doing =
        || Coded::could_not(Code::TABLE_MALFORMED, tr!("table {}", "表 {}", path.display()));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let header = reader.byte_headers().with_context(doing)?;
    let column = key_column.map(|text| header_place(header, text)).transpose()?;
    let stem = path
        .file_stem()
        .and_then(|stem| business_key(&stem.to_string_lossy()))
        .unwrap_or_else(|| "row".to_owned());
    let (mut rows, mut keys) = (Vec::new(), BTreeSet::new());
    let mut record = csv::ByteRecord::new();
    while rows.len() < rows_max.unwrap_or(usize::MAX) {
        let from = reader.position().byte();
        if !reader.read_byte_record(&mut record).with_context(doing)? {
            break;
        }
        let number = rows.len() + 1;
        let end = reader.position().byte();
        let is_last = usize::try_from(end).is_ok_and(|end| end >= bytes.len());
        let (from, to) = trim(&bytes, from, end);
        if is_last && is_left_open(bytes.get(from..to).unwrap_or_default()) {
            return Err(left_open(number, &path.display().to_string()));
        }
        let key = match column {
            None => None,
            Some(column) => Some(key_of(&record, column, &mut keys, number)?),
        };
        rows.push(Row {
            from,
            to,
            business_key: key.unwrap_or_else(|| format!("{stem}:{number}")),
        });
    }
    if rows.is_empty() {
        return Err(Coded::could_not(Code::INPUT_EMPTY, path.display().to_string()).into());
    }
    Ok(Table { bytes, rows })
}

/// The business key that a row names: as it stands, for whoever looks the record up knows no other; and no other row's.
fn key_of(
    record: &csv::ByteRecord,
    column: usize,
    keys: &mut BTreeSet<String>,
    number: usize,
) -> anyhow::Result<String> {
    let value = String::from_utf8_lossy(record.get(column).unwrap_or_default());
    let refuse = |detail: String| {
        let hint = tr!(
            "leave out --key-column to name rows by their number, or name another column",
            "不用 --key-column 则以行号为编号，或改用其他列"
        );
        Err(Coded::could_not(Code::TABLE_MALFORMED, detail).hint(hint).into())
    };
    if business_key(&value).as_deref() != Some(&*value) {
        return refuse(tr!(
            "the key column of row {number} holds {value:?}, which is no business key: 1 to 128 of letters, digits and ._:/-",
            "第 {number} 行业务编号列的值 {value:?} 不能作业务编号：须为 1 至 128 个字母、数字或 ._:/-"
        ));
    }
    if !keys.insert(value.clone().into_owned()) {
        return refuse(tr!(
            "the key column of row {number} holds {value:?}, which an earlier row has",
            "第 {number} 行业务编号列的值 {value:?} 与前面的行重复"
        ));
    }
    Ok(value.into_owned())
}

/// Bytes of a row without the line breaks around it.
fn trim(bytes: &[u8], from: u64, to: u64) -> (usize, usize) {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let (mut from, mut to) = (clamp(from), clamp(to));
    while from < to && bytes.get(from).is_some_and(is_break) {
        from += 1;
    }
    while to > from && bytes.get(to - 1).is_some_and(is_break) {
        to -= 1;
    }
    (from, to)
}

async fn submit_all(shared: &Arc<Shared>, bar: &Arc<progress::Progress>) -> anyhow::Result<()> {
    let (sender, receiver) = mpsc::channel::<Vec<(usize, Signed)>>(IN_FLIGHT);
    let signers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tasks = JoinSet::new();
    for _ in 0..signers {
        let (shared, sender) = (Arc::clone(shared), sender.clone());
        let runtime = tokio::runtime::Handle::current();
        tasks.spawn_blocking(move || sign_batches(&shared, &sender, &runtime));
    }
    drop(sender);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    for _ in 0..IN_FLIGHT {
        let (shared, bar, receiver) = (Arc::clone(shared), Arc::clone(bar), Arc::clone(&receiver));
        tasks.spawn(async move {
            while let Some(batch) = { receiver.lock().await.recv().await } {
                // What was signed after a failure is dropped, so that whoever signs never waits for a place.
                if !shared.given_up.load(Ordering::Relaxed) {
                    shared.follow(batch, &bar).await?;
                }
            }
            Ok(())
        });
    }
    // Those who sign stop waiting when nobody is left to take what they sign.
    drop(receiver);
    // After a failure the others finish what they hold: rows that are on the chain are to be told.
    let mut result = Ok(());
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.map_err(anyhow::Error::from).and_then(|ended| ended);
        if ended.is_err() {
            shared.given_up.store(true, Ordering::Relaxed);
        }
        result = result.and(ended);
    }
    result
}

/// Takes batches of rows until there are none, and signs them.
fn sign_batches(
    shared: &Shared,
    sender: &mpsc::Sender<Vec<(usize, Signed)>>,
    runtime: &Handle,
) -> anyhow::Result<()> {
    loop {
        let from = shared.next.fetch_add(BATCH_ROWS, Ordering::Relaxed);
        let to = (from + BATCH_ROWS).min(shared.table.rows.len());
        if from >= to || shared.given_up.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for index in from..to {
            batch.push((index, runtime.block_on(shared.session.sign(&shared.call(index)?))?));
        }
        if sender.blocking_send(batch).is_err() {
            return Ok(());
        }
    }
}

impl Shared {
    fn call(&self, index: usize) -> anyhow::Result<Call> {
        let row = self.table.rows.get(index).context("row")?;
        let bytes = self.table.bytes.get(row.from..row.to).unwrap_or_default();
        let digest = (self.common.suite.hash(&[bytes]), bytes.len() as u64);
        self.common.call(row.business_key.clone(), String::new(), digest, clock::now_ms())
    }

    /// Submits a batch and follows each of its rows to the end. What expired is signed again: by then the old envelope
    /// can no longer enter a block.
    async fn follow(
        &self,
        mut batch: Vec<(usize, Signed)>,
        bar: &progress::Progress,
    ) -> anyhow::Result<()> {
        while !batch.is_empty() {
            let envelopes: Vec<_> =
                batch.iter().map(|(_, signed)| signed.envelope.clone()).collect();
            let ends = self.session.submit_batch(&envelopes).await?;
            let mut again = Vec::new();
            for ((index, signed), end) in batch.into_iter().zip(ends) {
                match end {
                    Ended::Expired => {
                        let call = self.call(index)?;
                        match self.session.after_expiry(&signed, &call).await? {
                            Again::Signed(signed) => again.push((index, signed)),
                            Again::Ended(end) => self.note(index, &signed, end),
                        }
                    }
                    end => {
                        self.note(index, &signed, end);
                        bar.add(1);
                    }
                }
            }
            batch = again;
        }
        Ok(())
    }

    fn note(&self, index: usize, signed: &Signed, end: Ended) {
        let mut became = self.became.lock().unwrap_or_else(PoisonError::into_inner);
        match end {
            Ended::Committed(at) => {
                became.first_height =
                    Some(became.first_height.map_or(at.height, |first| first.min(at.height)));
                became.last_height = became.last_height.max(at.height);
                if at.code.is_applied() {
                    if let Some(slot) = became.ids.get_mut(index) {
                        *slot = Some(signed.id.to_string());
                    }
                } else {
                    became.refused.insert(index, (at.code, String::new()));
                }
            }
            Ended::Rejected { code, detail } => {
                became.refused.insert(index, (code, detail));
            }
            Ended::Expired => {}
        }
    }
}

fn write_index(path: &Path, table: &Table, became: &Became) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["row", "business_key", "record"])?;
    for (number, (row, id)) in table.rows.iter().zip(&became.ids).enumerate() {
        writer.write_record([
            (number + 1).to_string().as_str(),
            row.business_key.as_str(),
            id.as_deref().unwrap_or_default(),
        ])?;
    }
    files::write(path, &writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?)
}

fn tell(path: &Path, rows: usize, became: &Became, elapsed_ms: u64) -> Exit {
    let recorded = became.ids.iter().flatten().count();
    let missing = rows - recorded - became.refused.len();
    let rate = (recorded as u64).saturating_mul(1_000) / elapsed_ms;
    let span = clock::span(elapsed_ms);
    let (first, last) = (became.first_height.unwrap_or(0), became.last_height);
    for (index, (code, detail)) in became.refused.iter().take(REFUSED_SHOWN) {
        let (row, title) = (index + 1, text_of(*code).0);
        output::warn(&tr!(
            "row {row}: {code} {title} {detail}",
            "第 {row} 行：{code} {title} {detail}"
        ));
    }
    let refused = became.refused.len();
    let value = json!({ "table": path, "rows": rows, "recorded": recorded, "refused": refused, "missing": missing,
                        "elapsed_ms": elapsed_ms, "rows_per_second": rate, "first_height": first, "last_height": last });
    let text = tr!(
        "{recorded} of {rows} rows on record in blocks {first} to {last}, {refused} refused, {missing} missing\n{rate} rows/s, {span}",
        "{rows} 行中 {recorded} 行已存证，位于区块 {first} 至 {last}，拒绝 {refused} 行，缺失 {missing} 行\n{rate} 行/秒，用时 {span}"
    );
    output::data(&value, &text);
    output::hint_codes(became.refused.values().map(|(code, _)| *code));
    if recorded == rows { Exit::Ok } else { Exit::Refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(
        text: &str,
        key: Option<&str>,
        rows: Option<usize>,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("places.csv");
        std::fs::write(&path, text)?;
        let table = read(&path, key, rows)?;
        let show = |row: &Row| {
            (
                row.business_key.clone(),
                String::from_utf8_lossy(&table.bytes[row.from..row.to]).into_owned(),
            )
        };
        Ok(table.rows.iter().map(show).collect())
    }

    #[test]
    fn a_row_is_its_bytes_without_the_line_break() {
        let rows = table("code,name\r\n1,\"a\nb\"\r\n\r\n2,\"c,d\"", Some("code"), None).unwrap();
        assert_eq!(rows, [("1".into(), "1,\"a\nb\"".into()), ("2".into(), "2,\"c,d\"".to_owned())]);
    }

    #[test]
    fn rows_without_a_key_column_are_named_by_their_number() {
        let rows = table("code,name\n1,a\n2,b\n3,c\n", None, Some(2)).unwrap();
        assert_eq!(
            rows,
            [("places:1".into(), "1,a".into()), ("places:2".into(), "2,b".to_owned())]
        );
        assert_eq!(
            table("code,name\n1,a\n", Some("2"), None).unwrap(),
            [("a".to_owned(), "1,a".to_owned())]
        );
    }

    #[test]
    fn a_key_that_is_empty_foreign_or_repeated_is_refused_with_its_row() {
        for (text, row) in [
            ("code,name\n1,a\n,b\n", "row 2"),
            ("code,name\n1,a\n2,b\n1,c\n", "row 3"),
            ("code,name\n通知 2026,a\n", "row 1"),
            ("code,name\n12 3,a\n", "row 1"),
            ("code,name\n\"\"\n", "row 1"),
        ] {
            let error = table(text, Some("code"), None).unwrap_err();
            let coded = Coded::of(&error).unwrap();
            assert_eq!(coded.code, Code::TABLE_MALFORMED, "{text:?}");
            assert!(coded.detail.contains(row), "{}", coded.detail);
        }
        // Rows that are not taken are not looked at.
        assert_eq!(table("code,name\n1,a\n,b\n", Some("code"), Some(1)).unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_column_an_empty_table_and_an_open_quotation_have_their_codes() {
        let refused = |text: &str, key: Option<&str>| {
            let error = table(text, key, None).unwrap_err();
            Coded::of(&error).unwrap().code
        };
        assert_eq!(refused("code,name\n1,a\n", Some("colour")), Code::USAGE);
        for empty in ["", "\n", "code,name", "code,name\n\n"] {
            assert_eq!(refused(empty, None), Code::INPUT_EMPTY, "{empty:?}");
        }
        assert_eq!(refused("code,name\n1,\"a\n2,b\n3,c\n", None), Code::TABLE_MALFORMED);
        // A quotation mark within a field is a character, and a closed quotation may span lines.
        assert_eq!(table("a\n5\" pipe\n6\" pipe", None, None).unwrap().len(), 2);
        assert_eq!(table("a\n\"x\ny\"\n", None, None).unwrap().len(), 1);
    }
}
