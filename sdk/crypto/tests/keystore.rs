//! Keystores: what opens, what does not, and what is never overwritten.
use std::{fs, path::Path};
use tempfile::TempDir;
use yinglian_crypto::{
    PemError, SigningKey, Suite,
    keystore::{self, KeystoreError},
};

const PASSPHRASE: &str = "一言既出 4 horses";

fn key(suite: Suite) -> SigningKey {
    SigningKey::from_seed(suite, b"keystore")
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A keystore text with cheap parameters of our choice, so that tests need not wait.
fn keystore_text(key: &SigningKey, parameters: pkcs8::pkcs5::pbes2::Parameters) -> String {
    let (_, document) = pkcs8::SecretDocument::from_pem(&key.to_pem().unwrap()).unwrap();
    let info: pkcs8::PrivateKeyInfoRef<'_> = document.decode_msg().unwrap();
    let encrypted = info.encrypt_with_params(parameters, PASSPHRASE).unwrap();
    encrypted.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap().to_string()
}

fn pbkdf2(rounds: u32) -> pkcs8::pkcs5::pbes2::Parameters {
    pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &[7; 16], [9; 16])
        .unwrap()
}

fn load_text(text: impl AsRef<[u8]>, passphrase: &str) -> Result<SigningKey, KeystoreError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    fs::write(&path, text).unwrap();
    keystore::load(path, passphrase)
}

#[test]
fn a_saved_key_opens_with_its_passphrase_and_no_other() {
    for suite in Suite::ALL {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("node.key");
        keystore::save(&path, &key(suite), PASSPHRASE).unwrap();
        let opened = keystore::load(&path, PASSPHRASE).unwrap();
        assert_eq!(opened.public_key(), key(suite).public_key());
        assert_eq!(opened.sign_now(b"m"), key(suite).sign_now(b"m"));
        assert!(matches!(
            keystore::load(&path, "another"),
            Err(KeystoreError::WrongPassphrase { .. })
        ));
        assert!(matches!(keystore::load(&path, ""), Err(KeystoreError::WrongPassphrase { .. })));
        assert_eq!(names(folder.path()), ["node.key"], "no draft is left behind");
    }
}

#[test]
fn every_wrong_passphrase_is_called_wrong() {
    // One in 256 leaves right padding over noise; 2,000 of them meet that case.
    let text = keystore_text(&key(Suite::National), pbkdf2(1));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    fs::write(&path, text).unwrap();
    for attempt in 0..2_000 {
        let refused = keystore::load(&path, &format!("wrong {attempt}"));
        assert!(
            matches!(refused, Err(KeystoreError::WrongPassphrase { .. })),
            "{attempt}: {refused:?}"
        );
    }
    assert!(keystore::load(&path, PASSPHRASE).is_ok());
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_a_keystore() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    keystore::save(&path, &key(Suite::International), PASSPHRASE).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    fs::write(&path, "precious").unwrap();
    let refused = keystore::save(&path, &key(Suite::National), PASSPHRASE);
    assert!(matches!(refused, Err(KeystoreError::Exists { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert!(matches!(
        keystore::save(folder.path(), &key(Suite::National), PASSPHRASE),
        Err(KeystoreError::Exists { .. })
    ));
    assert_eq!(names(folder.path()), ["node.key"]);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_not_followed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
    assert!(matches!(
        keystore::save(&path, &key(Suite::National), PASSPHRASE),
        Err(KeystoreError::Exists { .. })
    ));
    assert_eq!(names(folder.path()), ["node.key"]);
}

#[test]
fn of_many_that_save_at_once_exactly_one_wins() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("node.key");
    let keys: Vec<SigningKey> =
        (0..4u8).map(|number| SigningKey::from_seed(Suite::National, &[number])).collect();
    let saved: Vec<bool> = std::thread::scope(|scope| {
        let path = &path;
        let savers: Vec<_> = keys
            .iter()
            .map(|key| scope.spawn(move || keystore::save(path, key, PASSPHRASE).is_ok()))
            .collect();
        savers.into_iter().map(|saver| saver.join().unwrap()).collect()
    });
    assert_eq!(saved.iter().filter(|saved| **saved).count(), 1);
    let winner = saved.iter().position(|saved| *saved).unwrap();
    assert_eq!(keystore::load(&path, PASSPHRASE).unwrap().public_key(), keys[winner].public_key());
    assert_eq!(names(folder.path()), ["node.key"]);
}

#[test]
fn a_missing_folder_is_an_error_that_names_the_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("no such folder/node.key");
    let refused = keystore::save(&path, &key(Suite::National), PASSPHRASE).unwrap_err();
    assert!(matches!(refused, KeystoreError::File { attempt: "write", .. }), "{refused:?}");
    assert!(refused.to_string().contains("no such folder/node.key"), "{refused}");
    assert!(matches!(
        keystore::load(&path, PASSPHRASE),
        Err(KeystoreError::File { attempt: "read", .. })
    ));
}

#[test]
fn an_empty_passphrase_is_refused_before_a_file_exists() {
    let folder = TempDir::new().unwrap();
    let refused = keystore::save(folder.path().join("node.key"), &key(Suite::National), "");
    assert!(matches!(refused, Err(KeystoreError::EmptyPassphrase)));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn files_that_are_no_keystores_say_so() {
    let not = |text: &[u8]| match load_text(text, PASSPHRASE) {
        Err(KeystoreError::NotAKeystore { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let clear = key(Suite::National).to_pem().unwrap();
    assert_eq!(not(clear.as_bytes()), PemError::Label { expected: "ENCRYPTED PRIVATE KEY" });
    assert_eq!(not(b""), PemError::Malformed);
    assert_eq!(not(b"\xff\xfe not text"), PemError::Malformed);
    assert_eq!(not("a".repeat(20_000).as_bytes()), PemError::TooLong(16 * 1024 + 1));
    let whole = keystore_text(&key(Suite::National), pbkdf2(1));
    let middle = whole.len() / 2;
    assert_eq!(not(&whole.as_bytes()[..middle]), PemError::Malformed);
}

#[test]
fn an_encrypted_key_is_no_pem_key_and_says_why() {
    let text = keystore_text(&key(Suite::National), pbkdf2(1));
    assert_eq!(SigningKey::from_pem(&text).unwrap_err(), PemError::Encrypted);
}

#[test]
fn the_address_above_the_key_must_be_its_address() {
    let text = keystore_text(&key(Suite::International), pbkdf2(1));
    let right = key(Suite::International).address();
    let wrong = key(Suite::National).address();
    assert!(load_text(&text, PASSPHRASE).is_ok());
    assert!(load_text(format!("address: {right}\n{text}"), PASSPHRASE).is_ok());
    match load_text(format!("address: {wrong}\n{text}"), PASSPHRASE) {
        Err(KeystoreError::OtherAddress { stated, found, .. }) => {
            assert_eq!((stated, found), (wrong, right))
        }
        other => panic!("{other:?}"),
    }
}

/// The encrypted part of an Ed25519 key carries no check of its own: there the address above it does the work. An SM2 key holds
/// its public half.
#[test]
fn a_damaged_keystore_never_opens_as_another_key() {
    for suite in Suite::ALL {
        let text = keystore_text(&key(suite), pbkdf2(1));
        let (_, document) = pkcs8::Document::from_pem(&text).unwrap();
        let der = document.as_bytes();
        let address = key(suite).address();
        let above = if suite == Suite::International {
            format!("address: {address}\n")
        } else {
            String::new()
        };
        for bit in 0..der.len() * 8 {
            let mut altered = der.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            let Ok(altered) = pkcs8::Document::try_from(altered) else { continue };
            let altered = altered.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap();
            if let Ok(opened) = load_text(format!("{above}{altered}"), PASSPHRASE) {
                assert_eq!(opened.address(), address, "bit {bit}");
            }
        }
    }
}

#[test]
fn an_encryption_that_would_take_minutes_is_refused_at_once() {
    use pkcs8::pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Params, ScryptParams};
    let text = keystore_text(&key(Suite::National), pbkdf2(1));
    let (_, document) = pkcs8::Document::from_pem(&text).unwrap();
    let info: pkcs8::EncryptedPrivateKeyInfoRef<'_> = document.decode_msg().unwrap();
    let cheap: Parameters = info.encryption_algorithm.pbes2().unwrap().clone();
    let Kdf::Pbkdf2(pbkdf2) = &cheap.kdf else { panic!() };
    let rounds = |iteration_count| Kdf::Pbkdf2(Pbkdf2Params { iteration_count, ..*pbkdf2 });
    let scrypt = |cost_parameter, block_size, parallelization| {
        Kdf::Scrypt(ScryptParams {
            salt: pbkdf2.salt,
            cost_parameter,
            block_size,
            parallelization,
            key_length: None,
        })
    };
    for kdf in [
        rounds(0),
        rounds(10_000_001),
        rounds(u32::MAX),
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(3, 8, 1),
        scrypt(1 << 14, 0, 1),
        scrypt(1 << 14, 8, 0),
        scrypt(1 << 22, 1, 1),
        scrypt(1 << 14, 8, 65535),
        scrypt(1 << 63, 65535, 65535),
    ] {
        let costly = pkcs8::EncryptedPrivateKeyInfoRef {
            encryption_algorithm: Parameters { kdf: kdf.clone(), encryption: cheap.encryption }
                .into(),
            encrypted_data: info.encrypted_data,
        };
        let text = pkcs8::Document::encode_msg(&costly).unwrap();
        let text = text.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap();
        let refused = load_text(text, PASSPHRASE);
        assert!(matches!(refused, Err(KeystoreError::Encryption { .. })), "{kdf:?}: {refused:?}");
    }
}
