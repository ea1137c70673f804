//! Every way in which a seal signature can be wrong is told apart from the others, in each of the three structures where it can occur.
//!
//! Comes in: the workshop's world with one change. Goes out: the one verdict. Never: two changes at once, save where the order of reasons is meant.
mod workshop;

use workshop::world::World;
use workshop::world::day;
use workshop::{
    CertPlan, CrlPlan, bits, ca_ext, int, ocsp, octets, oid, purpose_ext, seq, sm3, time, tlv,
    usage_ext,
};
use yinglian_seal::{
    Context, Leniency, Profile, Signed, Time, TimeEvidence, Trust, verify_digital, verify_seal,
};

/// The verdict after one change, the same in the given structures.
fn expect(shapes: &[u8], expected: &str, change: impl Fn(&mut World)) {
    for shape in shapes {
        let mut world = World::new(*shape);
        change(&mut world);
        let report = world.verify();
        assert_eq!(report.verdict.to_string(), expected, "structure {shape}: {report:#?}");
    }
}

const ALL: &[u8] = &[1, 4, 5];
const NEW: &[u8] = &[4, 5];

#[test]
fn what_nobody_changed_is_valid_even_strictly() {
    expect(ALL, "VALID", |_| {});
    expect(ALL, "VALID", |world| world.profile = Profile::Strict);
}

#[test]
fn damage_of_the_structure_is_named() {
    expect(ALL, "INVALID(HEADER_ID)", |world| world.change_seal = |seal| seal.header_id = "EX");
    expect(ALL, "INVALID(VERSION_UNKNOWN)", |world| world.change_seal = |seal| seal.version = 9);
    expect(&[1], "INVALID(VERSION_MISMATCH)", |world| world.change_seal = |seal| seal.version = 4);
    expect(NEW, "INVALID(VERSION_MISMATCH)", |world| world.change_seal = |seal| seal.version = 1);
    expect(ALL, "INVALID(VERSION_MISMATCH)", |world| {
        world.change_value = |value| value.version = 7
    });
    expect(&[4], "INVALID(VERSION_MISMATCH)", |world| {
        world.change_seal = |seal| seal.after = tlv(0xa0, &[&tlv(3, &[&[0, 1]])]);
    });
    expect(NEW, "INVALID(CERT_LIST_TYPE)", |world| world.change_seal = |seal| seal.list_type = 3);
    expect(ALL, "INVALID(MISSING_FIELD)", |world| {
        world.change_value = |value| value.time = Vec::new()
    });
    expect(NEW, "INVALID(MALFORMED_DER)", |world| {
        world.change_value = |value| value.time = time("20261301000000Z");
    });
    let world = World::new(4);
    for (value, expected) in [
        (Vec::new(), "INVALID(MISSING_FIELD)"),
        (b"\x30\x80\x00\x00".to_vec(), "INVALID(MALFORMED_DER)"),
        ([world.value(), vec![0]].concat(), "INVALID(TRAILING_DATA)"),
        (world.value()[..900].to_vec(), "INVALID(MALFORMED_DER)"),
        (seq(&[&int(1)]), "INVALID(MISSING_FIELD)"),
        (seq(&[&int(1), &int(1), &int(1), &int(1), &int(1), &int(1)]), "INVALID(TRAILING_DATA)"),
        (b"not a seal".to_vec(), "INVALID(MALFORMED_DER)"),
    ] {
        let report = world.verify_with(&value, None);
        assert_eq!(report.verdict.to_string(), expected, "{:02x?}", &value[..value.len().min(20)]);
    }
}

#[test]
fn algorithms_and_signature_values_are_judged() {
    expect(ALL, "INVALID(ALGORITHM_UNSUPPORTED)", |world| {
        // RSA with SHA-256.
        world.change_value = |value| value.algorithm = "2a864886f70d01010b";
    });
    expect(ALL, "INVALID(ALGORITHM_UNSUPPORTED)", |world| {
        world.change_seal = |seal| seal.algorithm = "2a864886f70d01010b";
    });
    expect(ALL, "INVALID(OUTER_SIGNATURE)", |world| {
        world.change_value = |value| value.signer_key = "MALLORY"
    });
    expect(ALL, "INVALID(SEAL_SIGNATURE)", |world| {
        world.change_seal = |seal| seal.maker_key = "MALLORY"
    });
    expect(ALL, "INVALID(DATA_HASH)", |world| world.original.push(b' '));
    expect(ALL, "INVALID(CERT_MALFORMED)", |world| {
        world.change_value = |value| value.signer = vec![0x30, 0]
    });
    expect(ALL, "INVALID(CERT_MALFORMED)", |world| {
        world.change_seal = |seal| seal.maker = vec![0x30, 0]
    });
    let signature = |r: &[u8], s: &[u8]| seq(&[&tlv(2, &[r]), &tlv(2, &[s])]);
    let order =
        hex::decode("00fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123").unwrap();
    for (written, expected) in [
        (signature(&[0], &[1]), "INVALID(SIGNATURE_RANGE)"),
        (signature(&[1], &order), "INVALID(SIGNATURE_RANGE)"),
        (signature(&[1], &[0xff]), "INVALID(SIGNATURE_ENCODING)"),
        (signature(&[1], &[1; 34]), "INVALID(SIGNATURE_ENCODING)"),
        ([signature(&[1], &[1]), vec![0]].concat(), "INVALID(SIGNATURE_ENCODING)"),
        (vec![7; 63], "INVALID(SIGNATURE_ENCODING)"),
        (vec![0; 64], "INVALID(SIGNATURE_RANGE)"),
        (Vec::new(), "INVALID(SIGNATURE_ENCODING)"),
    ] {
        let world = World::new(4);
        let value = replace_signature(&world.value(), &bits(&written));
        assert_eq!(world.verify_with(&value, None).verdict.to_string(), expected, "{written:02x?}");
    }
    let world = World::new(4);
    let unused_bits = replace_signature(&world.value(), &tlv(3, &[&[1, 0, 0]]));
    let verdict = world.verify_with(&unused_bits, None).verdict.to_string();
    assert_eq!(verdict, "INVALID(MALFORMED_DER)");
}

#[test]
fn the_signer_must_be_one_of_the_seal() {
    expect(ALL, "INVALID(SIGNER_NOT_IN_SEAL)", |world| {
        // The certificate was renewed: same key, another serial number.
        let mut renewed = world.signer.clone();
        renewed.serial = 99;
        world.listed = Some(renewed.make());
    });
    expect(NEW, "VALID", |world| {
        world.change_seal = |seal| {
            seal.list_type = 2;
            seal.list = seal.list.iter().map(|cert| sm3(cert).to_vec()).collect();
        };
    });
    expect(NEW, "INVALID(SIGNER_NOT_IN_SEAL)", |world| {
        world.change_seal = |seal| {
            seal.list_type = 2;
            seal.list = vec![sm3(b"another").to_vec()];
        };
    });
}

#[test]
fn dates_are_judged_at_the_time_of_signing() {
    expect(ALL, "INVALID(SEAL_EXPIRED)", |world| {
        world.change_seal = |seal| seal.to = "20260101000000Z"
    });
    expect(ALL, "INVALID(SEAL_NOT_YET_VALID)", |world| {
        world.change_seal = |seal| seal.from = "20270101000000Z"
    });
    expect(ALL, "INVALID(SEAL_PERIOD)", |world| {
        world.change_seal = |seal| seal.from = "20310101000000Z"
    });
    expect(ALL, "INVALID(CERT_EXPIRED)", |world| world.signer.to = "20260101000000Z");
    expect(ALL, "INVALID(CERT_NOT_YET_VALID)", |world| world.signer.from = "20260701000000Z");
    expect(ALL, "INVALID(CERT_EXPIRED)", |world| world.maker.to = "20241201000000Z");
    expect(ALL, "INVALID(CERT_NOT_YET_VALID)", |world| world.maker.from = "20250201000000Z");
    expect(ALL, "INVALID(CERT_EXPIRED)", |world| world.sub.to = "20260101000000Z");
    // The seal was made while the maker's certificate was valid; later it expired: nothing wrong, but lists may have dropped it.
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", |world| world.maker.to = "20260101000000Z");
    expect(ALL, "VALID", |world| {
        world.maker.to = "20260101000000Z";
        world.sub_list.as_mut().unwrap().exts.push(("551d3c", false, time("20200101000000Z")));
    });
    expect(NEW, "INVALID(TIME_IN_FUTURE)", |world| {
        world.change_value = |value| value.time = time("20270601080000Z");
    });
    expect(&[1], "INDETERMINATE(TIME_UNREADABLE)", |world| {
        world.change_value = |value| value.time = tlv(3, &[b"\0yesterday"]);
    });
}

#[test]
fn paths_are_built_by_the_rules() {
    expect(ALL, "INDETERMINATE(UNTRUSTED_ROOT)", |world| world.anchors_root = false);
    expect(ALL, "INDETERMINATE(CHAIN_BROKEN)", |world| {
        world.signer.issuer = "NOBODY";
        world.signer.signed_by = Some("NOBODY");
    });
    expect(ALL, "INVALID(CERT_SIGNATURE)", |world| world.signer.signed_by = Some("MALLORY"));
    expect(ALL, "INVALID(ISSUER_NOT_CA)", |world| world.sub.exts = vec![usage_ext(0x06)]);
    expect(ALL, "INVALID(ISSUER_KEY_USAGE)", |world| {
        world.sub.exts = vec![ca_ext(None), usage_ext(0x02)]
    });
    // The anchor's own flaw: the caller trusts it, and another list may hold a better one.
    expect(ALL, "INDETERMINATE(ISSUER_KEY_USAGE)", |world| {
        world.root.exts = vec![ca_ext(None), usage_ext(0x80)];
    });
    expect(ALL, "INVALID(PATH_LENGTH)", |world| {
        world.root.exts = vec![ca_ext(Some(0)), usage_ext(0x06)]
    });
    expect(ALL, "VALID", |world| world.root.exts = vec![ca_ext(Some(1)), usage_ext(0x06)]);
    expect(ALL, "INVALID(CRITICAL_EXTENSION)", |world| {
        world.signer.exts.push(("2a03", true, int(1)));
    });
    expect(ALL, "VALID", |world| world.signer.exts.push(("2a03", false, int(1))));
    expect(ALL, "INVALID(CRITICAL_EXTENSION)", |world| {
        world.sub.exts.push(("551d1e", true, seq(&[])))
    });
    expect(ALL, "INVALID(KEY_USAGE)", |world| world.signer.exts = vec![usage_ext(0x20)]);
    expect(ALL, "INVALID(KEY_USAGE)", |world| world.maker.exts = vec![usage_ext(0x20)]);
    expect(ALL, "INDETERMINATE(ALGORITHM_UNSUPPORTED)", |world| {
        world.signer.algorithm = "2a864886f70d01010b"
    });
}

#[test]
fn revocation_is_judged_against_the_time_of_signing() {
    let revoked = |at: &'static str, serial| {
        move |world: &mut World| {
            world.sub_list = Some(CrlPlan::revoking("SUB", serial, at));
        }
    };
    expect(ALL, "INVALID(REVOKED)", revoked("20260301000000Z", 11));
    expect(ALL, "INDETERMINATE(REVOKED_NO_TRUSTED_TIME)", revoked("20260901000000Z", 11));
    expect(ALL, "INVALID(REVOKED)", revoked("20241201000000Z", 10));
    expect(ALL, "INDETERMINATE(REVOKED_NO_TRUSTED_TIME)", revoked("20260901000000Z", 10));
    expect(ALL, "VALID", revoked("20260301000000Z", 4711));
    expect(ALL, "INVALID(REVOKED)", |world| {
        world.root_list = Some(CrlPlan::revoking("ROOT", 2, "20240301000000Z"));
    });
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", |world| world.sub_list = None);
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", |world| world.root_list = None);
    expect(ALL, "INDETERMINATE(REVOCATION_FORGED)", |world| {
        world.sub_list.as_mut().unwrap().signed_by = Some("MALLORY");
    });
    expect(ALL, "INDETERMINATE(REVOCATION_STALE)", |world| {
        world.sub_list.as_mut().unwrap().next_update = "20261110000000Z";
    });
    expect(ALL, "INDETERMINATE(REVOCATION_STALE)", |world| {
        let list = world.sub_list.as_mut().unwrap();
        (list.this_update, list.next_update) = ("20270101000000Z", "20280101000000Z");
    });
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", |world| {
        // A delta alone is no list.
        world.sub_list.as_mut().unwrap().exts.push(("551d1b", true, int(1)));
    });
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", |world| {
        // Only for certificates of CAs.
        let scope = seq(&[&tlv(0x82, &[&[0xff]])]);
        world.sub_list.as_mut().unwrap().exts.push(("551d1c", true, scope));
    });
    expect(ALL, "VALID", |world| {
        let scope = seq(&[&tlv(0x81, &[&[0xff]])]);
        world.sub_list.as_mut().unwrap().exts.push(("551d1c", true, scope));
    });
    expect(ALL, "VALID", |world| {
        // removeFromCRL.
        world.sub_list.as_mut().unwrap().revoked = vec![(11, "20260301000000Z", Some(8))];
    });
}

#[test]
fn a_proven_time_before_the_revocation_keeps_the_signature() {
    let block = |time: Time| Some(TimeEvidence::Block { time, height: 77 });
    expect(ALL, "VALID_LATER_REVOKED", |world| {
        world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
        world.evidence = block(day(2026, 6, 2));
    });
    expect(ALL, "INDETERMINATE(REVOKED_NO_TRUSTED_TIME)", |world| {
        world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
        world.evidence = block(day(2026, 9, 2));
    });
    expect(ALL, "INVALID(TIME_CONTRADICTION)", |world| world.evidence = block(day(2026, 5, 1)));
    expect(NEW, "VALID_LATER_REVOKED", |world| {
        world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
        world.change_value = stamped;
    });
    expect(ALL, "INVALID(TIME_IN_FUTURE)", |world| world.evidence = block(day(2027, 5, 1)));
}

fn stamped(value: &mut workshop::ValuePlan) {
    value.stamp = Some(("20260601080100Z", CertPlan::user("TSA", "SUB", 12)));
}

#[test]
fn time_stamps_are_verified_before_they_are_believed() {
    expect(NEW, "VALID", |world| world.change_value = stamped);
    expect(NEW, "INDETERMINATE(TIME_STAMP_UNTRUSTED)", |world| {
        world.change_value = stamped;
        world.authority.exts = vec![usage_ext(0xc0)];
    });
    expect(NEW, "INDETERMINATE(TIME_STAMP_UNTRUSTED)", |world| {
        world.change_value = stamped;
        world.authority.issuer = "NOBODY";
    });
    expect(NEW, "INVALID(TIME_STAMP_SIGNATURE)", |world| {
        world.change_value = stamped;
        world.authority.key_of = Some("MALLORY");
    });
    expect(NEW, "INVALID(REVOKED)", |world| {
        world.change_value = stamped;
        world.sub_list = Some(CrlPlan::revoking("SUB", 12, "20260301000000Z"));
    });
    expect(NEW, "INVALID(TIME_CONTRADICTION)", |world| {
        world.change_value = |value| {
            stamped(value);
            value.time = time("20260701080000Z");
        };
    });
    // The stamp of another value.
    let mut world = World::new(4);
    world.change_value = stamped;
    let value = world.value();
    let mut other = world.clone();
    other.change_value = |value| {
        stamped(value);
        value.data_hash = sm3(b"other").to_vec();
    };
    let foreign = other.value();
    let stamp = fields(&foreign).pop().unwrap();
    let swapped = replace_last(&value, &stamp);
    let verdict = world.verify_with(&swapped, None).verdict.to_string();
    assert_eq!(verdict, "INVALID(TIME_STAMP_IMPRINT)");
}

/// The fields of a SEQUENCE whose own length has two bytes.
fn fields(value: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = value[4..].to_vec();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let length = match rest[1] {
            0x82 => 4 + usize::from(rest[2]) * 256 + usize::from(rest[3]),
            0x81 => 3 + usize::from(rest[2]),
            short => 2 + usize::from(short),
        };
        let tail = rest.split_off(length);
        fields.push(rest);
        rest = tail;
    }
    fields
}

fn replace_last(value: &[u8], last: &[u8]) -> Vec<u8> {
    let mut parts = fields(value);
    parts.pop();
    parts.push(last.to_vec());
    seq(&[&parts.concat()])
}

/// A value of structure 4 without a time stamp ends with its signature.
fn replace_signature(value: &[u8], signature: &[u8]) -> Vec<u8> {
    replace_last(value, signature)
}

#[test]
fn ocsp_answers_count_as_lists_do() {
    let good = tlv(0x80, &[]);
    let revoked = |at| tlv(0xa1, &[&time(at)]);
    let with = |answers: Vec<Vec<u8>>| {
        move |world: &mut World| {
            world.sub_list = None;
            world.ocsp = answers.clone();
        }
    };
    let maker = ocsp("SUB", 10, &good, "SUB", &[]);
    let clean = vec![maker.clone(), ocsp("SUB", 11, &good, "SUB", &[])];
    expect(ALL, "VALID", with(clean));
    let ended = vec![maker.clone(), ocsp("SUB", 11, &revoked("20260301000000Z"), "SUB", &[])];
    expect(ALL, "INVALID(REVOKED)", with(ended));
    let unknown = vec![maker.clone(), ocsp("SUB", 11, &tlv(0x82, &[]), "SUB", &[])];
    expect(ALL, "INDETERMINATE(REVOCATION_UNKNOWN)", with(unknown));
    let mut responder = CertPlan::user("RESPONDER", "SUB", 30);
    responder.exts = vec![usage_ext(0x80), purpose_ext(9)];
    let appointed = ocsp("SUB", 11, &good, "RESPONDER", &[responder.make()]);
    expect(ALL, "VALID", with(vec![maker.clone(), appointed]));
    responder.exts = vec![usage_ext(0x80)];
    let usurper = ocsp("SUB", 11, &good, "RESPONDER", &[responder.make()]);
    expect(ALL, "INDETERMINATE(REVOCATION_FORGED)", with(vec![maker, usurper]));
}

#[test]
fn encodings_of_the_field_are_forgiven_by_name_and_refused_strictly() {
    type Change = fn(&mut World);
    let cases: [(&[u8], Leniency, Change); 6] = [
        (ALL, Leniency::RawSignature, |world| world.change_value = |value| value.raw = true),
        (NEW, Leniency::TimeType, |world| {
            world.change_value = |value| value.time = workshop::utc("20260601080000Z");
        }),
        (&[1], Leniency::OctetForBit, |world| {
            world.change_value = |value| value.time = octets(b"2026-06-01 16:00:00");
        }),
        (ALL, Leniency::TextOid, |world| {
            world.change_seal =
                |seal| seal.extensions = seq(&[&seq(&[&tlv(6, &[b"tag"]), &octets(b"x")])]);
        }),
        (NEW, Leniency::TimeStampTag, |world| {
            world.change_value = |value| {
                stamped(value);
                value.stamp_tag = 0xa1;
            };
        }),
        (&[1], Leniency::VersionOfTbs, |world| world.change_value = |value| value.version = 2),
    ];
    for (shapes, leniency, change) in cases {
        for shape in shapes {
            let mut world = World::new(*shape);
            change(&mut world);
            let report = world.verify();
            assert_eq!(report.verdict.to_string(), "VALID", "{leniency:?} {report:#?}");
            assert_eq!(report.leniencies, [leniency]);
            world.profile = Profile::Strict;
            assert_eq!(world.verdict(), "INVALID(NOT_DER)", "{leniency:?}");
        }
    }
}

#[test]
fn a_critical_extension_of_a_vendor_is_reported_and_does_not_fail_the_seal() {
    expect(ALL, "VALID", |world| {
        world.change_seal = |seal| {
            let item = seq(&[&oid("2a03"), &tlv(1, &[&[0xff]]), &octets(b"x")]);
            seal.extensions = tlv(0xa0, &[&seq(&[&item])]);
        };
    });
}

#[test]
fn a_digital_signature_covers_the_digest_and_nothing_else() {
    let world = World::new(4);
    let trust: Trust = world.trust();
    let context = Context::new(&trust, world.now);
    let digest = sm3(b"the original");
    let certs = [world.signer.make()];
    let value = workshop::gm_signed(&digest, &world.signer, &certs);
    let verdict = |value: &[u8], original: &[u8]| {
        verify_digital(value, Signed::Parts(&[original]), &context).verdict.to_string()
    };
    assert_eq!(verdict(&value, b"the original"), "VALID");
    assert_eq!(verdict(&value, b"another"), "INVALID(DATA_HASH)");
    let mut forged = world.signer.clone();
    forged.subject = "MALLORY";
    let foreign = workshop::gm_signed(&digest, &forged, &certs);
    assert_eq!(verdict(&foreign, b"the original"), "INVALID(OUTER_SIGNATURE)");
    let nameless = workshop::gm_signed(&digest, &world.signer, &[]);
    assert_eq!(verdict(&nameless, b"the original"), "INDETERMINATE(SIGNER_UNKNOWN)");
}

#[test]
fn a_seal_alone_is_checked_too() {
    for shape in ALL {
        let world = World::new(*shape);
        let trust = world.trust();
        let context = Context::new(&trust, world.now);
        let report = verify_seal(&world.seal().make(), &context);
        assert_eq!(report.verdict.to_string(), "VALID", "{report:#?}");
        let facts = report.seal.unwrap();
        assert_eq!((facts.picture.width_mm, facts.picture.height_mm), (40, 30));
        assert_eq!(facts.picture.bytes, b"\x89PNG");
        let late = Context::new(&trust, day(2031, 1, 1));
        let report = verify_seal(&world.seal().make(), &late);
        assert_eq!(report.verdict.to_string(), "INVALID(SEAL_EXPIRED)");
    }
}

#[test]
fn a_digest_with_z_is_accepted_and_said() {
    let mut world = World::new(4);
    world.change_value = |value| {
        let public = workshop::key("SIGNER").public_key().clone();
        let digest = public.device_digest(workshop::world::ORIGINAL).unwrap();
        value.data_hash = digest.as_bytes().to_vec();
    };
    let report = world.verify();
    assert_eq!(report.verdict.to_string(), "VALID", "{report:#?}");
    assert_eq!(report.leniencies, [Leniency::DigestWithZ]);
}
