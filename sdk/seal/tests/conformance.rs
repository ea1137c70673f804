//! The vectors of tests/conformance/vectors/seal: seals, seal signatures and digital signatures with the verdict that every verifier must give.
//! They change only by a deliberate act: UPDATE_VECTORS=1 (or `cargo xtask vectors`) writes them anew, and every difference is a new verdict.
//!
//! Comes in: the workshop's world with one change per vector. Goes out: index.json, and files named by their SM3. Never: a key that is worth
//! anything.
mod workshop;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use workshop::world::{World, day};
use workshop::{
    CertPlan, CrlPlan, ValuePlan, ca_ext, gm_signed, ocsp, octets, oid, seq, sm3, time, tlv,
    usage_ext,
};
use yinglian_seal::{
    Context, Profile, Signed, Time, TimeEvidence, Trust, verify_digital, verify_seal, verify_value,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/vectors/seal")
}

fn stamped(value: &mut ValuePlan) {
    value.stamp = Some(("20260601080100Z", CertPlan::user("TSA", "SUB", 12)));
}

type Change = fn(&mut World);

/// Name, what is special, structure, change.
fn cases() -> Vec<(&'static str, &'static str, u8, Change)> {
    vec![
        ("v1-good", "GM/T 0031-2014, header 1", 1, |_| {}),
        ("v1-header-2", "GM/T 0031-2014, header 2 as some vendors write it", 1, |world| {
            world.change_seal = |seal| seal.version = 2;
            world.change_value = |value| value.version = 2;
        }),
        ("v4-good", "GB/T 38540-2020", 4, |_| {}),
        ("v5-good", "GM/T 0031-2025", 5, |_| {}),
        ("v4-digest-list", "certListType 2", 4, |world| {
            world.change_seal = |seal| {
                seal.list_type = 2;
                seal.list = seal.list.iter().map(|cert| sm3(cert).to_vec()).collect();
            };
        }),
        ("v4-time-stamp", "a time stamp over the signature value", 4, |world| {
            world.change_value = stamped
        }),
        ("v4-raw", "r and s as 64 bytes, lenient", 4, |world| {
            world.change_value = |value| value.raw = true
        }),
        ("v4-raw-strict", "r and s as 64 bytes, strict", 4, |world| {
            world.change_value = |value| value.raw = true;
            world.profile = Profile::Strict;
        }),
        ("v4-vendor-extension", "a critical extension of a vendor in the seal", 4, |world| {
            world.change_seal = |seal| {
                let item = seq(&[&oid("2a03"), &tlv(1, &[&[0xff]]), &octets(b"x")]);
                seal.extensions = seq(&[&item]);
            };
        }),
        ("outer-signature", "signed by another key", 4, |world| {
            world.change_value = |value| value.signer_key = "MALLORY";
        }),
        ("seal-signature", "the seal is not the maker's", 4, |world| {
            world.change_seal = |seal| seal.maker_key = "MALLORY";
        }),
        ("data-hash", "another original", 4, |world| world.original = b"another".to_vec()),
        ("signer-not-in-seal", "the signer's certificate was renewed", 4, |world| {
            let mut renewed = world.signer.clone();
            renewed.serial = 99;
            world.listed = Some(renewed.make());
        }),
        ("seal-expired", "the seal had expired when it was used", 4, |world| {
            world.change_seal = |seal| seal.to = "20260101000000Z";
        }),
        ("seal-not-yet-valid", "the seal was used before its time", 4, |world| {
            world.change_seal = |seal| seal.from = "20270101000000Z";
        }),
        ("cert-expired", "the signer's certificate had expired when it was used", 4, |world| {
            world.signer.to = "20260101000000Z";
        }),
        (
            "cert-expired-since",
            "the signer's certificate expired after the signature",
            4,
            |world| {
                world.signer.to = "20261115000000Z";
            },
        ),
        ("untrusted-root", "the path ends at a root that is not trusted", 4, |world| {
            world.anchors_root = false
        }),
        ("issuer-not-ca", "the issuer is no CA", 4, |world| world.sub.exts = vec![usage_ext(0x06)]),
        ("path-length", "one CA too many", 4, |world| {
            world.root.exts = vec![ca_ext(Some(0)), usage_ext(0x06)];
        }),
        ("critical-extension", "an unknown critical extension in the certificate", 4, |world| {
            world.signer.exts.push(("2a03", true, octets(b"x")));
        }),
        ("key-usage", "a certificate for encryption", 4, |world| {
            world.signer.exts = vec![usage_ext(0x20)]
        }),
        ("revoked", "revoked before the signature", 4, |world| {
            world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260301000000Z"));
        }),
        (
            "revoked-later-claimed",
            "revoked after the claimed time, which nothing proves",
            4,
            |world| {
                world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
            },
        ),
        ("revoked-later-stamped", "revoked after the time stamp", 4, |world| {
            world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
            world.change_value = stamped;
        }),
        (
            "revoked-later-notarised",
            "revoked after the block in which the value was notarised",
            4,
            |world| {
                world.sub_list = Some(CrlPlan::revoking("SUB", 11, "20260901000000Z"));
                world.evidence = Some(TimeEvidence::Block { time: day(2026, 6, 2), height: 77 });
            },
        ),
        ("revocation-unknown", "no list", 4, |world| world.sub_list = None),
        ("revocation-stale", "an old list", 4, |world| {
            world.sub_list.as_mut().unwrap().next_update = "20261110000000Z";
        }),
        ("revocation-forged", "a list of somebody else", 4, |world| {
            world.sub_list.as_mut().unwrap().signed_by = Some("MALLORY");
        }),
        ("ocsp-good", "answers instead of a list", 4, |world| {
            world.sub_list = None;
            let good = tlv(0x80, &[]);
            world.ocsp = [10, 11].map(|serial| ocsp("SUB", serial, &good, "SUB", &[])).to_vec();
        }),
        ("time-in-future", "a claimed time that has not come", 4, |world| {
            world.change_value = |value| value.time = time("20270601080000Z");
        }),
        ("time-contradiction", "claimed later than proven", 4, |world| {
            world.evidence = Some(TimeEvidence::Block { time: day(2026, 5, 1), height: 77 });
        }),
        ("version-mismatch", "versions of seal and signature differ", 4, |world| {
            world.change_value = |value| value.version = 5;
        }),
        ("version-unknown", "a version of the future", 4, |world| {
            world.change_seal = |seal| seal.version = 9
        }),
        ("header-id", "a header that is not ES", 4, |world| {
            world.change_seal = |seal| seal.header_id = "EX"
        }),
        ("algorithm", "RSA", 4, |world| {
            world.change_value = |value| value.algorithm = "2a864886f70d01010b"
        }),
    ]
}

/// Files by their names.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn add(&mut self, bytes: Vec<u8>, ending: &str) -> String {
        let name = format!("{}.{ending}", hex::encode(&sm3(&bytes)[..8]));
        self.0.insert(name.clone(), bytes);
        name
    }
}

fn vector(
    files: &mut Files,
    kind: &str,
    name: &str,
    about: &str,
    world: &World,
    bytes: Vec<u8>,
) -> Value {
    let root = files.add(world.root.make(), "cer");
    let sub = files.add(world.sub.make(), "cer");
    let (anchors, intermediates) =
        if world.anchors_root { (vec![root], vec![sub]) } else { (vec![], vec![root, sub]) };
    let lists = [&world.root_list, &world.sub_list].into_iter().flatten();
    let crls: Vec<_> = lists.map(|list| files.add(list.make(), "crl")).collect();
    let ocsp: Vec<_> = world.ocsp.iter().map(|answer| files.add(answer.clone(), "ocsp")).collect();
    let block = world.evidence.map(|TimeEvidence::Block { time, .. }| time.seconds());
    json!({
        "name": name, "about": about, "kind": kind,
        "file": files.add(bytes, "der"),
        "original": String::from_utf8(world.original.clone()).unwrap(),
        "now": world.now.seconds(), "block": block,
        "profile": if world.profile == Profile::Strict { "strict" } else { "lenient" },
        "anchors": anchors, "intermediates": intermediates, "crls": crls, "ocsp": ocsp,
    })
}

/// All vectors, without their verdicts, and the files they name.
fn made() -> (Vec<Value>, Files) {
    let mut files = Files::default();
    let mut vectors = Vec::new();
    for (name, about, shape, change) in cases() {
        let mut world = World::new(shape);
        change(&mut world);
        vectors.push(vector(&mut files, "value", name, about, &world, world.value()));
    }
    for shape in [1, 4, 5] {
        let world = World::new(shape);
        let name = format!("seal-v{shape}");
        vectors.push(vector(
            &mut files,
            "seal",
            &name,
            "a seal by itself",
            &world,
            world.seal().make(),
        ));
    }
    let world = World::new(4);
    let digest = sm3(&world.original);
    let value = gm_signed(&digest, &world.signer, &[world.signer.make()]);
    vectors.push(vector(
        &mut files,
        "digital",
        "cms-digest",
        "GB/T 35275 around the digest",
        &world,
        value,
    ));
    let value = gm_signed(&[1; 32], &world.signer, &[world.signer.make()]);
    vectors.push(vector(
        &mut files,
        "digital",
        "cms-other",
        "GB/T 35275 around another digest",
        &world,
        value,
    ));
    let truncated = world.value()[..500].to_vec();
    vectors.push(vector(&mut files, "value", "truncated", "half a value", &world, truncated));
    let longer = [world.value(), vec![0]].concat();
    vectors.push(vector(&mut files, "value", "trailing", "a byte too many", &world, longer));
    (vectors, files)
}

/// Judges a vector from nothing but its description and the files, as another implementation would.
fn judge(vector: &Value, read: impl Fn(&str) -> Vec<u8>) -> Value {
    let names = |key: &str| -> Vec<Vec<u8>> {
        vector[key].as_array().unwrap().iter().map(|name| read(name.as_str().unwrap())).collect()
    };
    let mut trust = Trust::new();
    names("anchors").iter().for_each(|der| trust.add_anchor(der).unwrap());
    names("intermediates").iter().for_each(|der| trust.add_intermediate(der).unwrap());
    names("crls").iter().for_each(|der| trust.add_crl(der).unwrap());
    names("ocsp").iter().for_each(|der| trust.add_ocsp(der).unwrap());
    let at = |value: &Value| value.as_i64().map(Time::from_seconds);
    let mut context = Context::new(&trust, at(&vector["now"]).unwrap());
    context.evidence = at(&vector["block"]).map(|time| TimeEvidence::Block { time, height: 77 });
    if vector["profile"] == "strict" {
        context.profile = Profile::Strict;
    }
    let file = read(vector["file"].as_str().unwrap());
    let original = [vector["original"].as_str().unwrap().as_bytes()];
    let signed = Signed::Parts(&original);
    let (verdict, leniencies) = match vector["kind"].as_str().unwrap() {
        "seal" => {
            let report = verify_seal(&file, &context);
            (report.verdict, report.leniencies)
        }
        "digital" => {
            let report = verify_digital(&file, signed, &context);
            (report.verdict, report.leniencies)
        }
        _ => {
            let report = verify_value(&file, signed, &context);
            (report.verdict, report.leniencies)
        }
    };
    json!({ "verdict": verdict, "reason": verdict.reason(), "leniencies": leniencies })
}

#[test]
fn seals_and_signatures_agree_with_their_vectors() {
    let (vectors, files) = made();
    let folder = folder();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("files")).unwrap();
        for (name, bytes) in &files.0 {
            fs::write(folder.join("files").join(name), bytes).unwrap();
        }
        let judged: Vec<Value> = vectors
            .iter()
            .map(|vector| {
                let mut vector = vector.clone();
                vector["expected"] = judge(&vector, |name| files.0[name].clone());
                vector
            })
            .collect();
        let text = serde_json::to_string_pretty(&judged).unwrap() + "\n";
        fs::write(folder.join("index.json"), text).unwrap();
    }
    let index: Vec<Value> =
        serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    assert_eq!(index.len(), vectors.len());
    let read = |name: &str| fs::read(folder.join("files").join(name)).unwrap();
    for (mut stored, made) in index.into_iter().zip(vectors) {
        let expected = stored.as_object_mut().unwrap().remove("expected").unwrap();
        assert_eq!(stored, made);
        assert_eq!(judge(&stored, read), expected, "{}", stored["name"]);
    }
    for (name, bytes) in &files.0 {
        assert_eq!(&read(name), bytes, "{name}");
    }
}
