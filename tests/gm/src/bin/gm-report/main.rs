//! Measures sdk/gm beside its peers, in one run, in CPU time of one thread. Comes in: how many rounds. Goes out: one table,
//! and docs/figures/gm.json when asked. Never: a figure of one run beside one of another.

use anyhow::{Context, Result};
use clap::Parser;
use gm_peers::peers::Peer;
use gm_peers::peers::pipe;
use measure::Figure;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::Command;

mod measure;
mod others;
mod own;
mod signers;

/// One table of figures per second of CPU time; medians of rounds that all competitors share
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// CPU time of each competitor in each round
    #[arg(long, default_value_t = 40)]
    round_ms: u64,
    /// Write the figures here as well
    #[arg(long)]
    json: Option<PathBuf>,
    /// Measure only figures whose name or library holds this
    #[arg(long)]
    only: Option<String>,
}

/// Pairs of figures that are compared: of sdk/gm, of a peer.
const RATIOS: [(&str, &str); 12] = [
    ("sm2_verify_known_per_s", "sm2_verify_per_s"),
    ("sm2_verify_1000_keys_per_s", "sm2_verify_per_s"),
    ("sm2_verify_batch64_per_s", "sm2_verify_per_s"),
    ("sm2_verify_batch64_portable_per_s", "sm2_verify_per_s"),
    ("sm2_verify_1000_keys_batch64_per_s", "sm2_verify_per_s"),
    ("sm2_verify_unknown_per_s", "sm2_verify_per_s"),
    ("sm2_sign_per_s", "sm2_sign_per_s"),
    ("sm3_nodes_avx512_per_s", "sm3_nodes_per_s"),
    ("sm3_nodes_avx2_per_s", "sm3_nodes_per_s"),
    ("sm3_nodes_portable_per_s", "sm3_nodes_per_s"),
    ("sm3_stream_mb_per_s", "sm3_stream_mb_per_s"),
    ("sm4_gcm_mb_per_s", "sm4_gcm_mb_per_s"),
];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let gmssl = pipe::start_all().0.into_iter().find(|pipe| pipe.name().starts_with("GmSSL "));
    if gmssl.is_none() {
        eprintln!("left out: GmSSL, which is not built (tests/gm/peers/fetch)");
    }
    let gmssl_version = gmssl.as_ref().map(Peer::name);
    let load_before = load();
    let mut competitors = own::competitors();
    competitors.extend(others::competitors(gmssl));
    if let Some(only) = &arguments.only {
        competitors.retain(|competitor| {
            competitor.figure.contains(only) || competitor.library.contains(only)
        });
    }
    let figures = measure::figures(competitors, arguments.rounds, arguments.round_ms)?;
    print(&figures);
    if let Some(path) = &arguments.json {
        let machine = machine(&arguments, gmssl_version, &load_before)?;
        std::fs::write(path, serde_json::to_string_pretty(&document(&figures, machine))? + "\n")
            .with_context(|| format!("writing {}", path.display()))?;
        eprintln!("written: {}", path.display());
    }
    Ok(())
}

fn value(figures: &[Figure], library: &str, name: &str) -> Option<f64> {
    figures
        .iter()
        .find(|figure| figure.library == library && figure.figure == name)
        .map(|figure| figure.per_second)
}

/// One block of lines for each figure's kind, the fastest first.
fn print(figures: &[Figure]) {
    for (title, parts) in [
        ("SM2 and Ed25519, verifications per second", &["verify"][..]),
        ("SM2 and Ed25519, signatures per second; tables built per second", &["sign", "tables"]),
        ("SM3 and SHA-256, hashes of 64, 65 and 200 bytes per second", &["nodes", "messages"]),
        ("SM3 and SHA-256, one stream of 1 MiB, MB/s", &["stream"]),
        ("SM4, 16 KiB, MB/s", &["sm4"]),
    ] {
        let mut lines: Vec<_> = figures
            .iter()
            .filter(|figure| parts.iter().any(|part| figure.figure.contains(part)))
            .collect();
        lines.sort_by(|a, b| b.per_second.total_cmp(&a.per_second));
        println!("\n{title}");
        for line in lines {
            let rate = if line.per_second < 10_000.0 {
                format!("{:.1}", line.per_second)
            } else {
                format!("{:.0}", line.per_second)
            };
            println!(
                "  {:<14} {:<46} {rate:>12}  ±{:.1} %",
                line.library, line.figure, line.spread_percent
            );
        }
    }
    println!("\nratios of sdk/gm to a peer's figure in this run");
    for (own, other) in RATIOS {
        let ratio = |library| {
            ratio(figures, own, library, other)
                .map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
        };
        println!("  {own:<46} GmSSL {:>8}  RustCrypto {:>8}", ratio("GmSSL"), ratio("RustCrypto"));
    }
}

fn ratio(figures: &[Figure], own: &str, library: &str, other: &str) -> Option<f64> {
    Some(value(figures, own::NAME, own)? / value(figures, library, other)?)
}

fn document(figures: &[Figure], machine: Value) -> Value {
    // Four digits say all that a measurement does.
    let rounded = |number: f64| {
        let digits = 10_f64.powf(3.0 - number.abs().log10().floor());
        json!((number * digits).round() / digits)
    };
    let mut document = Map::new();
    let mut peers: Map<String, Value> = Map::new();
    for figure in figures {
        let place = if figure.library == own::NAME {
            &mut document
        } else {
            let peer = peers.entry(figure.library.clone()).or_insert_with(|| json!({}));
            peer.as_object_mut().expect("an object")
        };
        place.insert(figure.figure.clone(), rounded(figure.per_second));
    }
    let mut ratios = Map::new();
    for (own, other) in RATIOS {
        for library in ["GmSSL", "RustCrypto"] {
            if let Some(ratio) = ratio(figures, own, library, other) {
                ratios.insert(format!("{own} to {library}"), rounded(ratio));
            }
        }
    }
    document.sort_keys();
    document.insert("peers".to_owned(), Value::Object(peers));
    document.insert("ratios".to_owned(), Value::Object(ratios));
    document.insert("machine".to_owned(), machine);
    Value::Object(document)
}

fn machine(arguments: &Arguments, gmssl: Option<String>, load_before: &str) -> Result<Value> {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(": "))
            .map(|(_, text)| text)
    };
    let wanted = [
        "bmi2",
        "adx",
        "aes",
        "pclmulqdq",
        "sha_ni",
        "avx2",
        "avx512f",
        "avx512ifma",
        "vaes",
        "vpclmulqdq",
        "gfni",
    ];
    let flags: Vec<&str> = field("flags")
        .unwrap_or_default()
        .split(' ')
        .filter(|flag| wanted.contains(flag))
        .collect();
    let rustc = Command::new("rustc").arg("-V").output().context("rustc -V")?;
    let compiled_for = if cfg!(target_feature = "avx2") {
        "target-cpu with AVX2"
    } else {
        "the generic target, instructions found at run time"
    };
    Ok(json!({
        "cpu": field("model name").unwrap_or("unknown"),
        "family_model_stepping": [field("cpu family"), field("model\t"), field("stepping")],
        "cpu_flags": flags,
        "cores": std::thread::available_parallelism()?.get(),
        "rustc": String::from_utf8_lossy(&rustc.stdout).trim(),
        "compiled_for": compiled_for,
        "openssl": openssl::version::version(),
        "gmssl": gmssl,
        "method": format!(
            "CPU time of one thread; median of {} rounds of {} ms, in which all competitors take turns; messages of {} bytes, ZA and SM3 included",
            arguments.rounds, arguments.round_ms, signers::MESSAGE_BYTES
        ),
        "load_average_before_and_after": [load_before, load()],
        "conditions": "the machine is shared: other programs ran on the same two cores",
    }))
}

/// The load averages of the last 1, 5 and 15 minutes.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
