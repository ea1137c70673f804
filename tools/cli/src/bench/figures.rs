//! What is measured, and how: each figure carries its method into the file, so that nobody compares what does not compare.
//!
//! Comes in: values. Goes out: one JSON object, figures by name, with machine and methods. Never: a figure without a method.

use serde_json::{Map, Value, json};

/// A figure by its name in the file.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    name: &'static str,
    method: &'static str,
}

macro_rules! figures {
    ($($constant:ident = $name:literal, $method:literal;)*) => {
        $(pub const $constant: Figure = Figure { name: $name, method: $method };)*
        #[cfg(test)]
        const ALL: &[Figure] = &[$($constant),*];
    };
}

figures! {
    DISK_SYNC = "disk_sync_ms",
        "median of 50 writes of 4 KiB, each followed by fdatasync, on the disk of the network";
    EMPTY_BLOCK = "empty_block_cpu_ms",
        "CPU of four nodes for an empty block: over blocks without records of a network with a heartbeat of 100 ms; the 100 ms of background between two blocks are in it";
    CPU = "cpu_seconds_per_1000_records",
        "CPU of four nodes, from the first request until every node holds the last record, for 1,000 records of 300 bytes, signed with SM2; blocks of at most 2,000 records, or as the name says";
    CPU_WITHOUT_SIGNATURES = "cpu_seconds_per_1000_records_without_signatures",
        "the same less the verification stage, which the nodes' metrics count by thread CPU time";
    RECORDS_PER_BLOCK = "records_per_block",
        "mean over the blocks that held the records: how full the blocks were that the load could fill";
    RECORDS_PER_SECOND = "records_per_second",
        "records over wall time, from the first request to the last commit; four nodes and the client share the machine";
    HALF_LOAD = "half_load_records_per_second",
        "half of records_per_second, at which finality is measured";
    FINALITY_P50 = "finality_ms_p50",
        "wall time from the submission of a record to the answer that it is committed, at half load for ten seconds in requests of what comes in 20 ms, median";
    FINALITY_P99 = "finality_ms_p99",
        "the same, 99th percentile";
    MEMORY = "memory_mib_per_node",
        "greatest resident memory of a node until after the load, the largest of four";
    RECEIPT = "receipt_bytes",
        "receipt of one record of 300 bytes, without the chain of validator sets";
    RECEIPT_WITH_TRUST = "receipt_bytes_with_trust",
        "the same with the chain of validator sets inside, as yinglian notarize writes it";
    RECEIPT_VERIFY = "receipt_verify_us",
        "thread CPU time of checking a receipt under a genesis hash with a given chain of sets, decoding left out";
    AUDIT = "audit_records_per_second",
        "records of the whole export over the CPU time of yinglian audit check, times the cores of the machine";
    AUDIT_WALL = "audit_records_per_second_by_wall_clock",
        "the same over wall time";
    ALL_KILLED = "all_killed_seconds",
        "wall time from the start of four killed validators to a record that is committed";
    DISK = "disk_bytes_per_record",
        "bytes allocated by the data of a stopped node over all records so far, mean of four";
    CATCH_UP = "catch_up_seconds",
        "wall time from the start of a validator that was killed 100 blocks ago until it has the height of the others";
    CATCH_UP_CPU = "catch_up_cpu_seconds",
        "CPU of that validator from its start until then";
    CATCH_UP_BLOCKS = "catch_up_blocks",
        "blocks it was behind";
    CATCH_UP_BLOCK_MIB = "catch_up_mib_per_block",
        "records of 1 KiB over those blocks: their mean size";
}

/// Figures as they are measured.
#[derive(Debug, Default)]
pub struct Figures {
    values: Map<String, Value>,
    methods: Map<String, Value>,
}

impl Figures {
    /// Notes a figure.
    pub fn put(&mut self, figure: Figure, value: f64) {
        self.put_for(figure, "", value);
    }

    /// Notes a figure measured under a condition that its name ends with.
    pub fn put_for(&mut self, figure: Figure, condition: &str, value: f64) {
        self.values.insert(format!("{}{condition}", figure.name), number(value));
        self.methods.insert(figure.name.into(), figure.method.into());
    }

    /// The figures by name, as text for people.
    pub fn rows(&self) -> Vec<(String, String)> {
        self.values.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    }

    /// The content of the file.
    pub fn into_value(self, machine: Value) -> Value {
        let mut all = self.values;
        all.insert("machine".into(), machine);
        all.insert("method".into(), self.methods.into());
        all.into()
    }
}

fn number(value: f64) -> Value {
    // Four digits say all that such a measurement knows.
    let digits = if value.abs() >= 100.0 { 1.0 } else { 10_000.0 };
    json!((value * digits).round() / digits)
}

/// The machine, and how busy it was with other things when the measurement began.
pub fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, name)| name.to_owned());
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map(|kib| kib / 1024);
    let load = read("/proc/loadavg").split(' ').next().and_then(|text| text.parse::<f64>().ok());
    json!({ "cpu": cpu, "cores": cores(), "memory_mib": memory, "load_average_before": load,
            "version": env!("CARGO_PKG_VERSION"),
            "conditions": "four validators and the load share this machine; fsync on; CPU time of the four processes from /proc; records are signed beforehand" })
}

/// Cores of the machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_method_and_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|figure| figure.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|figure| figure.method.len() > 15));
    }

    #[test]
    fn the_file_holds_figures_machine_and_methods() {
        let mut figures = Figures::default();
        figures.put(EMPTY_BLOCK, 12.345_678);
        figures.put_for(CPU, "_full_blocks", 1_234.567);
        let value = figures.into_value(machine());
        assert_eq!(value["empty_block_cpu_ms"], 12.345_7);
        assert_eq!(value["cpu_seconds_per_1000_records_full_blocks"], 1_235.0);
        assert_eq!(value["method"]["cpu_seconds_per_1000_records"], CPU.method);
        assert!(value["machine"]["cores"].as_u64() >= Some(1));
    }
}
