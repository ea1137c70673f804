//! The golden interfaces of the contracts that exist, held against the structs by which those contracts are written.

mod support;

use serde_json::Value as Json;
use support::{
    DISPATCH, MEMBERSHIP, RECORD, Random, golden, golden_path, golden_text, random_record,
};
use yinglian_interface::Interface;
use yinglian_protocol::{
    Code,
    calls::{Arguments, METHODS},
};

fn contracts() -> [(&'static str, Interface); 2] {
    [("record", golden(RECORD)), ("membership", golden(MEMBERSHIP))]
}

#[test]
fn golden_files_are_written_as_they_are_read() {
    for path in [RECORD, MEMBERSHIP, DISPATCH] {
        let text = golden_text(path);
        let written = Interface::from_json(&text).unwrap().to_json();
        if std::env::var_os("UPDATE_VECTORS").is_some() {
            std::fs::write(golden_path(path), &written).unwrap();
        }
        assert!(written == text, "{path} is not in its one form; UPDATE_VECTORS=1 writes it");
    }
}

#[test]
fn every_method_of_the_protocol_is_declared_and_no_other() {
    let mut declared = Vec::new();
    for (contract, interface) in contracts() {
        assert_eq!(interface.shape().contract.as_str(), contract);
        declared.extend(
            interface
                .shape()
                .methods
                .iter()
                .map(|method| (contract.to_string(), method.name.to_string(), method.version)),
        );
    }
    let mut known: Vec<_> =
        METHODS.iter().map(|(c, m, v)| (c.to_string(), m.to_string(), *v)).collect();
    known.sort();
    declared.sort();
    assert_eq!(declared, known);
}

/// Arguments of every method, drawn from the declaration.
fn draws(per_method: u64) -> impl Iterator<Item = (&'static str, String, Vec<u8>, Json)> {
    contracts().into_iter().flat_map(move |(contract, interface)| {
        let methods = interface.shape().methods.clone();
        let mut drawn = Vec::new();
        for method in methods {
            for seed in 0..per_method {
                let fields = &method.arguments;
                let values = random_record(&mut Random(seed), fields, interface.definitions());
                let bytes = interface.codec().encode_record(fields, &values, 1 << 16).unwrap();
                let json = interface.codec().print_record(fields, &values).unwrap();
                drawn.push((contract, method.name.to_string(), bytes, json));
            }
        }
        drawn
    })
}

#[test]
fn declared_arguments_are_the_structs_in_bytes_and_in_json() {
    for (contract, method, bytes, json) in draws(100) {
        let from_bytes = Arguments::decode(contract, &method, 1, &bytes);
        let from_bytes =
            from_bytes.unwrap_or_else(|code| panic!("{contract}.{method} {code} {json}"));
        let from_json = Arguments::from_json(contract, &method, 1, &json).unwrap();
        assert_eq!(from_bytes, from_json);
        assert_eq!(from_json.encode(), bytes, "{contract}.{method}");
        assert_eq!(from_bytes.to_json().unwrap(), json, "{contract}.{method}");
    }
}

#[test]
fn the_declaration_reads_nothing_that_the_structs_refuse() {
    let interfaces = contracts();
    for (index, (contract, method, bytes, _)) in draws(40).enumerate() {
        let (_, interface) = interfaces.iter().find(|(name, _)| *name == contract).unwrap();
        let mut random = Random(index as u64);
        for _ in 0..20 {
            let mut damaged = bytes.clone();
            let at = random.below(damaged.len() as u64) as usize;
            damaged[at] = random.next() as u8;
            let ours = interface.decode_arguments(&method, 1, &damaged);
            match (ours, Arguments::decode(contract, &method, 1, &damaged)) {
                (Ok(_), Err(code)) => panic!("{contract}.{method}: the struct refuses {code}"),
                (Ok(values), Ok(_)) => {
                    let fields = &interface.shape().method(&method, 1).unwrap().arguments;
                    assert_eq!(
                        interface.codec().encode_record(fields, &values, 1 << 16).unwrap(),
                        damaged
                    );
                }
                // The struct has no bounds: they are checked at admission, with the same or a more special code.
                (Err(refusal), Ok(_)) => {
                    let bound = ["bounds", "too_long", "too_short", "pattern", "form", "duplicate"];
                    assert!(
                        bound.contains(&refusal.reason.word()),
                        "{contract}.{method}: {refusal}"
                    );
                }
                (Err(_), Err(code)) => assert_eq!(code, Code::ARGUMENTS_MALFORMED),
            }
        }
    }
}

#[test]
fn free_texts_are_those_that_the_contracts_name() {
    let interface = golden(RECORD);
    let fields = &interface.shape().method("notarize", 1).unwrap().arguments;
    for (contract, method, bytes, _) in draws(50).filter(|(contract, ..)| *contract == "record") {
        let Ok(Arguments::Notarize(call)) = Arguments::decode(contract, &method, 1, &bytes) else {
            panic!("no notarize")
        };
        let values = interface.decode_arguments(&method, 1, &bytes).unwrap();
        assert_eq!(interface.free_texts(fields, &values), call.free_texts());
    }
}
