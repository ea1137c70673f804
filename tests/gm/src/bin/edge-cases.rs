//! Puts every case of tests/conformance/sm2_verify.json to every peer that is there and writes what they say, case by case
//! where they differ, to sm2_verify_peers.json. Comes in: nothing. Goes out: the file, a table, exit 0 even when peers are
//! wrong: their faults are findings. Never: a verdict on sdk/gm, which tests/edge_cases.rs holds against the cases.

use anyhow::Result;
use gm_peers::case::Verdict;
use gm_peers::peers::{self, Peer};
use gm_peers::vectors::{self, Vector};
use serde_json::{Map, Value, json};

fn main() -> Result<()> {
    let vectors = vectors::sm2_verify()?;
    let (pipes, absent) = peers::pipe::start_all();
    for reason in &absent {
        eprintln!("left out: {reason}");
    }
    let mut all = peers::linked();
    all.extend(pipes.into_iter().map(|pipe| Box::new(pipe) as Box<dyn Peer>));
    // Panics of peers are findings, which the table counts; their text would only hide it.
    std::panic::set_hook(Box::new(|_| {}));
    let mut written = Vec::new();
    println!(
        "{:<28} {:>6} {:>6} {:>9} {:>9} {:>6}",
        "peer", "asked", "agrees", "lenient", "strict", "faults"
    );
    for peer in &mut all {
        written.push(report(&peer.name(), &vectors, &answers(peer.as_mut(), &vectors)));
    }
    let head = [
        "What other implementations say of sm2_verify.json. asked: cases their interface can express. lenient: accepted",
        "though the verdict is invalid. strict: refused though it is valid. faults: panics and other failures. Keys and cases",
        "in a form that an interface does not take count as refused. By flag and case number.",
    ];
    let document = json!({ "cases": vectors.len(), "header": head, "peers": written });
    let path = vectors::folder().join("sm2_verify_peers.json");
    std::fs::write(&path, serde_json::to_string_pretty(&document)? + "\n")?;
    eprintln!("written: {}", path.display());
    Ok(())
}

fn answers(peer: &mut dyn Peer, vectors: &[Vector]) -> Vec<Verdict> {
    let cases: Vec<_> = vectors.iter().map(|vector| vector.case.clone()).collect();
    peer.verify_all(&cases)
}

fn report(name: &str, vectors: &[Vector], answers: &[Verdict]) -> Value {
    let mut differ = [Map::new(), Map::new(), Map::new()];
    let mut counts = [0_usize; 3];
    let (mut asked, mut agrees) = (0, 0);
    for (vector, answer) in vectors.iter().zip(answers) {
        if *answer == Verdict::CannotAsk {
            continue;
        }
        asked += 1;
        let kind = match answer {
            Verdict::Valid if !vector.valid => 0,
            Verdict::Invalid if vector.valid => 1,
            Verdict::Fault(_) => 2,
            _ => {
                agrees += 1;
                continue;
            }
        };
        counts[kind] += 1;
        let ids = differ[kind].entry(vector.flags.join(" ")).or_insert_with(|| json!([]));
        ids.as_array_mut().expect("an array").push(json!(vector.id));
    }
    println!(
        "{name:<28} {asked:>6} {agrees:>6} {:>9} {:>9} {:>6}",
        counts[0], counts[1], counts[2]
    );
    let [lenient, strict, faults] = differ;
    json!({ "name": name, "asked": asked, "agrees": agrees, "lenient": lenient, "strict": strict, "faults": faults })
}
