//! Addresses: one text each, and no slip of the pen goes unnoticed.
use bech32::{Bech32, Bech32m, ByteIterExt, Fe32IterExt, Hrp};
use yinglian_crypto::{Address, AddressError, SigningKey, Suite, SuiteError};

fn addresses() -> Vec<Address> {
    Suite::ALL.iter().map(|suite| SigningKey::from_seed(*suite, b"addresses").address()).collect()
}

#[test]
fn an_address_is_the_suite_and_twenty_bytes_of_the_tagged_hash() {
    for suite in Suite::ALL {
        let key = SigningKey::from_seed(suite, b"k");
        let hash = suite.hash(&[b"\x13yinglian/address/v1", key.public_key().as_bytes()]);
        let address = Address::of(key.public_key());
        assert_eq!(address, key.address());
        assert_eq!(address, key.public_key().address());
        assert_eq!(address.suite(), suite);
        assert_eq!(address.to_bytes()[0], suite.id());
        assert_eq!(address.to_bytes()[1..], hash.as_bytes()[..20]);
    }
}

#[test]
fn the_text_of_an_address_gives_the_address_back() {
    for address in addresses() {
        let text = address.to_string();
        assert!(text.starts_with("yl1") && text.len() == 43, "{text}");
        assert_eq!(text.parse(), Ok(address));
    }
}

#[test]
fn every_single_changed_character_is_refused() {
    for address in addresses() {
        let text = address.to_string();
        for position in 0..text.len() {
            for character in
                (0x20..0x7f).filter(|character| *character != text.as_bytes()[position])
            {
                let mut altered = text.clone().into_bytes();
                altered[position] = character;
                let altered = String::from_utf8(altered).unwrap();
                assert!(altered.parse::<Address>().is_err(), "{altered}");
            }
        }
    }
}

#[test]
fn two_neighbours_swapped_a_character_dropped_or_doubled_are_refused() {
    for address in addresses() {
        let text = address.to_string();
        for position in 1..text.len() {
            let mut swapped = text.clone().into_bytes();
            swapped.swap(position - 1, position);
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == text || swapped.parse::<Address>().is_err(), "{swapped}");
            let (head, tail) = text.split_at(position);
            assert_eq!(
                format!("{head}{}", &tail[1..]).parse::<Address>(),
                Err(AddressError::Length(42))
            );
            assert_eq!(
                format!("{}{text}", &head[..1]).parse::<Address>(),
                Err(AddressError::Length(44))
            );
        }
    }
}

#[test]
fn other_spellings_of_the_same_bytes_are_refused() {
    for address in addresses() {
        let bytes = address.to_bytes();
        let encode =
            |prefix| bech32::encode::<Bech32m>(Hrp::parse(prefix).unwrap(), &bytes).unwrap();
        assert_eq!(encode("yl").parse(), Ok(address));
        let refused = Err(AddressError::Checksum);
        assert_eq!(encode("bc").parse::<Address>(), refused);
        assert_eq!(address.to_string().to_uppercase().parse::<Address>(), refused);
        let older = bech32::encode::<Bech32>(Hrp::parse("yl").unwrap(), &bytes).unwrap();
        assert_eq!(older.parse::<Address>(), refused);
        assert_eq!(format!(" {}", &address.to_string()[1..]).parse::<Address>(), refused);
    }
}

/// 34 characters carry 170 bits; the last two are not part of the 21 bytes.
#[test]
fn set_padding_bits_are_refused() {
    let prefix = Hrp::parse("yl").unwrap();
    for address in addresses() {
        let mut symbols: Vec<bech32::Fe32> =
            address.to_bytes().iter().copied().bytes_to_fes().collect();
        for padding in 0..4u8 {
            let last = symbols.last_mut().unwrap();
            *last = bech32::Fe32::try_from(last.to_u8() & !3 | padding).unwrap();
            let text: String =
                symbols.iter().copied().with_checksum::<Bech32m>(&prefix).chars().collect();
            assert_eq!(text.parse::<Address>().is_ok(), padding == 0, "{text}");
        }
    }
}

#[test]
fn an_unknown_suite_is_refused() {
    let refused = AddressError::Suite(SuiteError::UnknownSuite(3));
    assert_eq!(Address::from_bytes(&[3; 21]), Err(refused));
    let text = bech32::encode::<Bech32m>(Hrp::parse("yl").unwrap(), &[3; 21]).unwrap();
    assert_eq!(text.parse::<Address>(), Err(refused));
}
