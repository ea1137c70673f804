//! The key that names a node in the network, and its peer id. It signs no vote.

use crate::files;
use std::path::Path;
use yinglian_crypto::{SigningKey, Suite};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Makes `node.key` and returns the peer id.
pub fn generate(path: &Path) -> anyhow::Result<String> {
    let secret = yinglian_crypto::random::<32>()?;
    let key = SigningKey::from_bytes(Suite::International, &secret)?;
    files::write_new_private(path, format!("{}\n", hex::encode(secret)).as_bytes())?;
    Ok(peer_id(key.public_key().as_bytes()))
}

/// Peer id of the key in a `node.key`.
pub fn peer_id_of(text: &str) -> Option<String> {
    let secret: [u8; 32] = hex::decode(text.trim()).ok()?.try_into().ok()?;
    let key = SigningKey::from_bytes(Suite::International, &secret).ok()?;
    Some(peer_id(key.public_key().as_bytes()))
}

/// Peer id of an Ed25519 public key: the base58 of the identity multihash of its protobuf (libp2p peer-ids specification).
fn peer_id(public_key: &[u8]) -> String {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(public_key);
    base58(&bytes)
}

fn base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let letters = std::iter::repeat_n(0, zeros).chain(digits.into_iter().rev());
    letters.map(|digit| char::from(BASE58[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peer_ids_are_those_of_libp2p() {
        // The Ed25519 key of the vectors in libp2p's peer-ids specification.
        let key = hex::decode("1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e")
            .unwrap();
        assert_eq!(peer_id(&key), "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");
    }

    #[test]
    fn leading_zeros_become_ones() {
        assert_eq!(base58(&[0, 0, 1]), "112");
        assert_eq!(base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
    }
}
