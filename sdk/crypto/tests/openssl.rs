//! OpenSSL 3 reads what we write and we read what it writes: keys, keystores and signatures.
//!
//! These tests run the program `openssl` and fail where it is missing: a claim about another program is tested with it.
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;
use yinglian_crypto::{PublicKey, Signature, SigningKey, Suite, VerifyingKey, keystore};

const PASSPHRASE: &str = "correct horse";
const IDENTITY: &str = "distid:1234567812345678";
const MESSAGE: &[u8] = b"an envelope of some department";

/// Runs `openssl` in a folder and gives what it prints; panics when it fails or is missing.
fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("this test needs the program `openssl` (3.0 or later)");
    assert!(
        output.status.success(),
        "openssl {} failed:\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn openssl_refuses(folder: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("needs `openssl`");
    !output.status.success()
}

fn key(suite: Suite) -> SigningKey {
    SigningKey::from_seed(suite, b"openssl")
}

fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), bytes).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The arguments that differ: SM2 signs a message with SM3 under an identity, Ed25519 takes the message alone.
fn signing_options(suite: Suite) -> &'static [&'static str] {
    match suite {
        Suite::National => &["-rawin", "-digest", "sm3", "-pkeyopt", IDENTITY],
        Suite::International => &["-rawin"],
    }
}

/// OpenSSL writes SM2 signatures in DER (GM/T 0009-2012, 7.3), we keep r ‖ s.
fn to_openssl(suite: Suite, signature: &Signature) -> Vec<u8> {
    match suite {
        Suite::National => {
            sm2::dsa::Signature::from_slice(&signature.0).unwrap().to_der().as_bytes().to_vec()
        }
        Suite::International => signature.0.to_vec(),
    }
}

fn from_openssl(suite: Suite, bytes: &[u8]) -> Signature {
    Signature(match suite {
        Suite::National => sm2::dsa::Signature::from_der(bytes).unwrap().to_bytes().into(),
        Suite::International => bytes.try_into().unwrap(),
    })
}

#[test]
fn openssl_reads_our_private_keys_and_derives_our_public_keys() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        write(&folder, "key.pem", key(suite).to_pem().unwrap().as_bytes());
        let public = openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout"]);
        assert_eq!(
            public,
            key(suite).public_key().to_pem().unwrap(),
            "the same text, byte for byte"
        );
        let shown =
            openssl(folder.path(), &["pkey", "-in", "key.pem", "-check", "-noout", "-text"]);
        let name = if suite == Suite::National { "SM2" } else { "ED25519" };
        assert!(shown.contains(name), "{shown}");
    }
}

#[test]
fn openssl_reads_our_public_keys() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        write(&folder, "public.pem", key(suite).public_key().to_pem().unwrap());
        let again = openssl(folder.path(), &["pkey", "-pubin", "-in", "public.pem", "-pubout"]);
        assert_eq!(&PublicKey::from_pem(&again).unwrap(), key(suite).public_key());
    }
}

#[test]
fn we_read_the_keys_of_openssl() {
    for (suite, algorithm) in [(Suite::National, "SM2"), (Suite::International, "ED25519")] {
        let folder = TempDir::new().unwrap();
        openssl(folder.path(), &["genpkey", "-algorithm", algorithm, "-out", "key.pem"]);
        openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
        let key = SigningKey::from_pem(&read(&folder, "key.pem")).unwrap();
        let public = PublicKey::from_pem(&read(&folder, "public.pem")).unwrap();
        assert_eq!(key.suite(), suite);
        assert_eq!(key.public_key(), &public);
    }
}

#[test]
fn we_read_compressed_public_keys_of_openssl() {
    let folder = TempDir::new().unwrap();
    write(&folder, "public.pem", key(Suite::National).public_key().to_pem().unwrap());
    openssl(
        folder.path(),
        &[
            "ec",
            "-pubin",
            "-in",
            "public.pem",
            "-conv_form",
            "compressed",
            "-pubout",
            "-out",
            "short.pem",
        ],
    );
    let short = read(&folder, "short.pem");
    assert!(short.len() < read(&folder, "public.pem").len());
    assert_eq!(&PublicKey::from_pem(&short).unwrap(), key(Suite::National).public_key());
}

#[test]
fn openssl_verifies_our_signatures_and_refuses_altered_ones() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        write(&folder, "public.pem", key(suite).public_key().to_pem().unwrap());
        write(&folder, "message", MESSAGE);
        write(&folder, "other", b"another envelope");
        write(&folder, "signature", to_openssl(suite, &key(suite).sign_now(MESSAGE)));
        let verify = |message| {
            let fixed = [
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "public.pem",
                "-sigfile",
                "signature",
                "-in",
                message,
            ];
            [&fixed[..], signing_options(suite)].concat()
        };
        openssl(folder.path(), &verify("message"));
        assert!(openssl_refuses(folder.path(), &verify("other")));
    }
}

#[test]
fn openssl_dgst_verifies_our_sm2_signatures() {
    let folder = TempDir::new().unwrap();
    let key = key(Suite::National);
    write(&folder, "public.pem", key.public_key().to_pem().unwrap());
    write(&folder, "message", MESSAGE);
    write(&folder, "signature", to_openssl(Suite::National, &key.sign_now(MESSAGE)));
    let with_identity = [
        "dgst",
        "-sm3",
        "-verify",
        "public.pem",
        "-signature",
        "signature",
        "-sigopt",
        IDENTITY,
        "message",
    ];
    openssl(folder.path(), &with_identity);
    let other = "distid:ALICE123@YAHOO.COM";
    let with_other = [
        "dgst",
        "-sm3",
        "-verify",
        "public.pem",
        "-signature",
        "signature",
        "-sigopt",
        other,
        "message",
    ];
    assert!(openssl_refuses(folder.path(), &with_other));
}

#[test]
fn we_verify_the_signatures_of_openssl() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        write(&folder, "key.pem", key(suite).to_pem().unwrap().as_bytes());
        write(&folder, "message", MESSAGE);
        let sign = ["pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature"];
        openssl(folder.path(), &[&sign[..], signing_options(suite)].concat());
        let signature = from_openssl(suite, &fs::read(folder.path().join("signature")).unwrap());
        let verifying = VerifyingKey::new(key(suite).public_key()).unwrap();
        verifying.verify(MESSAGE, &signature).unwrap();
        assert!(verifying.verify(b"another envelope", &signature).is_err());
    }
}

#[test]
fn openssl_opens_our_keystores_with_their_passphrase() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        keystore::save(folder.path().join("node.key"), &key(suite), PASSPHRASE).unwrap();
        let public = openssl(
            folder.path(),
            &["pkey", "-in", "node.key", "-passin", "pass:correct horse", "-pubout"],
        );
        assert_eq!(&PublicKey::from_pem(&public).unwrap(), key(suite).public_key());
        assert!(openssl_refuses(
            folder.path(),
            &["pkey", "-in", "node.key", "-passin", "pass:wrong", "-noout"]
        ));
        let parameters = openssl(folder.path(), &["asn1parse", "-in", "node.key"]);
        for expected in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", "0927C0"] {
            assert!(parameters.contains(expected), "{expected} in {parameters}");
        }
    }
}

#[test]
fn we_open_the_keystores_of_openssl() {
    let pbkdf2 = ["-v2", "aes-256-cbc", "-iter", "2048"];
    for suite in Suite::ALL {
        for options in [&pbkdf2[..], &["-scrypt"]] {
            let folder = TempDir::new().unwrap();
            write(&folder, "key.pem", key(suite).to_pem().unwrap().as_bytes());
            let fixed = [
                "pkcs8",
                "-topk8",
                "-in",
                "key.pem",
                "-out",
                "node.key",
                "-passout",
                "pass:correct horse",
            ];
            openssl(folder.path(), &[&fixed[..], options].concat());
            let opened = keystore::load(folder.path().join("node.key"), PASSPHRASE).unwrap();
            assert_eq!(opened.public_key(), key(suite).public_key());
            let refused = keystore::load(folder.path().join("node.key"), "wrong");
            assert!(
                matches!(refused, Err(keystore::KeystoreError::WrongPassphrase { .. })),
                "{refused:?}"
            );
        }
    }
}

#[test]
fn keys_of_other_curves_and_kinds_are_refused_by_name() {
    use yinglian_crypto::PemError;
    let folder = TempDir::new().unwrap();
    let refusal = |arguments: &[&str]| {
        openssl(folder.path(), arguments);
        SigningKey::from_pem(&read(&folder, "key.pem")).unwrap_err()
    };
    let p256 =
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"];
    assert_eq!(refusal(&p256), PemError::Algorithm);
    openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
    assert_eq!(PublicKey::from_pem(&read(&folder, "public.pem")).unwrap_err(), PemError::Algorithm);
    assert_eq!(
        refusal(&["genpkey", "-algorithm", "X25519", "-out", "key.pem"]),
        PemError::Algorithm
    );
    let traditional = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem"];
    assert_eq!(refusal(&traditional), PemError::Label { expected: "PRIVATE KEY" });
    assert_eq!(
        SigningKey::from_pem(&key(Suite::National).public_key().to_pem().unwrap()).unwrap_err(),
        PemError::Label { expected: "PRIVATE KEY" }
    );
    assert_eq!(
        PublicKey::from_pem(&key(Suite::National).to_pem().unwrap()).unwrap_err(),
        PemError::Label { expected: "PUBLIC KEY" }
    );
}
