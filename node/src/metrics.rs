//! What the whole node measures: CPU time by stage, blocks, records, and the process itself.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::AtomicU64;
use yinglian_protocol::Header;

/// A part of the work on a block whose CPU time is counted by itself. Signature checks are counted by the waiting room.
#[derive(Debug, Clone, Copy)]
pub enum Stage {
    /// Decoding, rules, execution, log and registry.
    Execute,
    /// Payloads and commits.
    Store,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabel {
    stage: &'static str,
}

type Seconds = Counter<f64, AtomicU64>;

/// Metrics of the node.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    stages: Family<StageLabel, Seconds>,
    height: Gauge,
    time_ms: Gauge,
    log_size: Gauge,
    blocks: Counter,
    records: Counter,
    process_cpu: Gauge<f64, AtomicU64>,
    process_memory: Gauge,
}

impl Metrics {
    /// Registers everything.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("yinglian_node");
        registry.register_with_unit(
            "stage_cpu",
            "CPU time by stage",
            Unit::Seconds,
            self.stages.clone(),
        );
        registry.register("height", "Height of the last committed block", self.height.clone());
        registry.register(
            "block_time_ms",
            "Time of the last committed block",
            self.time_ms.clone(),
        );
        registry.register("log_size", "Leaves in the log", self.log_size.clone());
        registry.register("blocks", "Blocks committed since start", self.blocks.clone());
        registry.register("records", "Records committed since start", self.records.clone());
        registry.register_with_unit(
            "process_cpu",
            "CPU time of the process",
            Unit::Seconds,
            self.process_cpu.clone(),
        );
        registry.register_with_unit(
            "process_memory",
            "Resident memory of the process",
            Unit::Bytes,
            self.process_memory.clone(),
        );
    }

    /// Runs `work` on this thread and counts its CPU time.
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let before = cpu_seconds(ClockId::ThreadCPUTime);
        let result = work();
        let label = match stage {
            Stage::Execute => "execute",
            Stage::Store => "store",
        };
        let spent = cpu_seconds(ClockId::ThreadCPUTime) - before;
        self.stages.get_or_create(&StageLabel { stage: label }).inc_by(spent.max(0.0));
        result
    }

    /// Notes a committed block.
    pub fn committed(&self, header: &Header, records: usize) {
        self.height.set(i64::try_from(header.height.0).unwrap_or(i64::MAX));
        self.time_ms.set(i64::try_from(header.time_ms).unwrap_or(i64::MAX));
        self.log_size.set(i64::try_from(header.log_size).unwrap_or(i64::MAX));
        self.blocks.inc();
        self.records.inc_by(records as u64);
    }

    /// Reads the process's own figures; for whoever serves the metrics.
    pub fn refresh(&self) {
        self.process_cpu.set(cpu_seconds(ClockId::ProcessCPUTime));
        if let Some(bytes) = resident_bytes() {
            self.process_memory.set(bytes);
        }
    }
}

fn cpu_seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Resident memory from `/proc/self/status`; none on other systems.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
