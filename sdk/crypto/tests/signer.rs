//! The trait behind which keys may lie in a device, answered here by a key in memory.
use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use yinglian_crypto::{Signer, SigningKey, Suite, VerifyingKey, random};

/// A key in memory never waits, so its futures are ready at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a software key waits for nothing"),
    }
}

#[test]
fn a_software_key_signs_through_the_trait() {
    for suite in Suite::ALL {
        let key = SigningKey::generate(suite).unwrap();
        let signer: &dyn Signer = &key;
        assert_eq!(signer.public_key(), key.public_key());
        assert_eq!(signer.address(), key.public_key().address());
        let signature = ready(signer.sign(b"message")).unwrap();
        VerifyingKey::new(signer.public_key()).unwrap().verify(b"message", &signature).unwrap();
    }
}

#[test]
fn generated_keys_and_random_bytes_differ() {
    for suite in Suite::ALL {
        let (one, other) =
            (SigningKey::generate(suite).unwrap(), SigningKey::generate(suite).unwrap());
        assert_ne!(one.public_key(), other.public_key());
    }
    assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
}
