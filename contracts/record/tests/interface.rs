//! `interface.json` against the code: methods, roles, and what admission and the declaration refuse.

#[path = "../../../sdk/interface/tests/support/mod.rs"]
mod support;

use support::{RECORD, Random, golden, random_record};
use yinglian_contract_api::{Call, Contract};
use yinglian_protocol::{
    EnvelopeId, Hash, Name,
    calls::record::{
        BUSINESS_KEY_BYTES_MAX, Correction, Digest, Notarize, SOURCE_BYTES_MAX, Source,
        TITLE_BYTES_MAX,
    },
    codec,
};
use yinglian_record::RecordContract;

#[test]
fn the_program_holds_the_golden_interface() {
    let held = RecordContract.interface().expect("the embedded file reads");
    assert_eq!(*held, golden(RECORD));
}

#[test]
fn methods_and_roles_are_those_of_the_contract() {
    let interface = golden(RECORD);
    let [declared] = interface.shape().methods.as_slice() else { panic!("one method") };
    let [coded] = RecordContract.methods() else { panic!("one method") };
    let role = declared.actors[0].role.as_ref().map(|role| role.as_str());
    assert_eq!(
        (declared.name.as_str(), declared.version, role),
        (coded.name, coded.version, coded.role)
    );
}

#[test]
fn what_the_declaration_takes_is_what_is_admitted_with_the_same_free_texts() {
    let interface = golden(RECORD);
    let fields = &interface.shape().methods[0].arguments;
    let mut refused = 0;
    for seed in 0..500 {
        let mut random = Random(seed);
        let values = random_record(&mut random, fields, interface.definitions());
        let mut arguments = interface.codec().encode_record(fields, &values, 1 << 16).unwrap();
        if seed % 2 == 1 {
            let at = random.below(arguments.len() as u64) as usize;
            arguments[at] = random.next() as u8;
        }
        let call =
            Call { contract: "record", method: "notarize", version: 1, arguments: &arguments };
        let declared = interface.decode_arguments("notarize", 1, &arguments);
        match (declared, RecordContract.admit(&call)) {
            (Ok(values), Ok(texts)) => assert_eq!(interface.free_texts(fields, &values), texts),
            (Err(_), Err(_)) => refused += 1,
            (declared, admitted) => panic!("{declared:?} but {admitted:?}"),
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn longest_texts_are_taken_and_one_byte_more_is_refused_by_both() {
    let interface = golden(RECORD);
    let name = |text: &str| Name::parse(text).unwrap();
    let call = |key: usize, title: usize, system: usize, tag: usize, reason: usize| Notarize {
        kind: name("file"),
        business_key: "k".repeat(key),
        digest: Digest { algorithm: name("sm3"), value: Hash([7; 32]), length_bytes: 1 },
        title: "t".repeat(title),
        source: Source {
            system: "s".repeat(system),
            method: name("api"),
            operator_tag: "o".repeat(tag),
            clock_ms: 0,
        },
        corrects: Some(Correction {
            record: EnvelopeId(Hash([3; 32])),
            reason: "r".repeat(reason),
        }),
    };
    let (key, title, source) = (BUSINESS_KEY_BYTES_MAX, TITLE_BYTES_MAX, SOURCE_BYTES_MAX);
    let taken = |notarize: Notarize| {
        let arguments = codec::encode(&notarize);
        let call =
            Call { contract: "record", method: "notarize", version: 1, arguments: &arguments };
        let declared = interface.decode_arguments("notarize", 1, &arguments).is_ok();
        assert_eq!(declared, RecordContract.admit(&call).is_ok(), "{notarize:?}");
        declared
    };
    assert!(taken(call(key, title, source, source, title)));
    assert!(taken(call(1, 0, 0, 0, 0)));
    assert!(!taken(call(0, 0, 0, 0, 0)));
    assert!(!taken(call(key + 1, title, source, source, title)));
    assert!(!taken(call(key, title + 1, source, source, title)));
    assert!(!taken(call(key, title, source + 1, source, title)));
    assert!(!taken(call(key, title, source, source + 1, title)));
    assert!(!taken(call(key, title, source, source, title + 1)));
}
