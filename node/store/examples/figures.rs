//! What a record of 300 bytes costs in the store: CPU time and bytes on disk, payload, state and indexes included.
//! `cargo run --release -p yinglian-store -p yinglian-node --example figures -- BLOCKS RECORDS`

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use support::next_block;
use yinglian_store::{ChainRead, Options, Store};

/// Bytes of a synced write that takes the disk's own time.
const PROBE_BYTES: usize = 4_096;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let blocks = arguments.next().unwrap_or(40);
    let records = arguments.next().unwrap_or(1_500);
    let folder = tempfile::tempdir_in(".").unwrap();
    let store = Store::open(folder.path(), &Options::default()).unwrap();
    let sync = sync_time(folder.path());
    let (mut thread, mut wall, mut building) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let process = process_cpu();
    let mut payload_bytes = 0;
    for _ in 0..blocks {
        let started = thread_cpu();
        let block = next_block(&store, records, 300, 0);
        building += thread_cpu() - started;
        payload_bytes += block.payload.len() as u64;
        let (started, clock) = (thread_cpu(), Instant::now());
        block.commit(&store);
        thread += thread_cpu() - started;
        wall += clock.elapsed();
    }
    let all = process_cpu() - process - building;
    let total = blocks * records;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / total as f64;
    println!("{blocks} blocks of {records} records, {} bytes each", payload_bytes / total);
    println!("a synced write of {PROBE_BYTES} bytes: {:.2} ms", sync.as_secs_f64() * 1e3);
    println!("store, calling thread: {:.2} us a record", each(thread));
    println!("store, with flushes and compactions: {:.2} us a record", each(all));
    println!("wall clock a block: {:.1} ms", wall.as_secs_f64() * 1e3 / blocks as f64);
    let started = thread_cpu();
    for position in (0..total).step_by(97) {
        store.record(yinglian_protocol::LogPosition(position)).unwrap().unwrap();
    }
    let read = (thread_cpu() - started) / u32::try_from(total.div_ceil(97)).unwrap();
    println!("one record read back: {:.0} us", read.as_secs_f64() * 1e6);
    println!(
        "on disk, log of the last writes included: {} bytes a record",
        size(folder.path()) / total
    );
    drop(store);
    // A restart flushes nothing by itself; opening again writes the log's content into files.
    let store = Store::open(folder.path(), &Options::default()).unwrap();
    store.refresh_metrics();
    println!("on disk after a restart: {} bytes a record", size(folder.path()) / total);
}

fn size(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn sync_time(folder: &Path) -> Duration {
    let path = folder.join("probe");
    let started = Instant::now();
    for _ in 0..20 {
        let file = fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut &file, &[1; PROBE_BYTES]).unwrap();
        file.sync_data().unwrap();
    }
    let time = started.elapsed() / 20;
    fs::remove_file(path).unwrap();
    time
}

/// CPU time of this thread, from the kernel's account of it.
fn thread_cpu() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// CPU time of all threads, in ticks of 10 ms.
fn process_cpu() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
