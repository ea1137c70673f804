//! Records to notarise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use yinglian_crypto::{Hash, Suite};
use yinglian_protocol::calls::record::{Digest, Notarize, Source};

/// A record that no other test or call makes.
pub fn record(title: &str) -> Notarize {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let content = format!("{title} {number}");
    let name = |text: &str| text.parse().expect("a name");
    Notarize {
        kind: name("e2e.record"),
        business_key: format!("E2E/{number}"),
        digest: Digest {
            algorithm: name("sm3"),
            value: digest(content.as_bytes()),
            length_bytes: content.len() as u64,
        },
        title: title.into(),
        source: Source {
            system: "end-to-end test".into(),
            method: name("api"),
            operator_tag: "e2e".into(),
            clock_ms: now_ms(),
        },
        corrects: None,
    }
}

fn digest(content: &[u8]) -> Hash {
    Suite::National.hash(&[content])
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
