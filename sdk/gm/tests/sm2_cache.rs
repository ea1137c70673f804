//! The cache of tables: who gets one, who gives one up, and that the budget holds.
use yinglian_gm::sm2::{CacheConfig, DEFAULT_ID, KeyTables, SigningKey, Sm2Error, Tier, Window};

fn key(i: u16) -> [u8; 33] {
    let mut secret = [1; 32];
    secret[..2].copy_from_slice(&i.to_be_bytes());
    SigningKey::from_bytes(&secret, DEFAULT_ID).unwrap().public_key().to_compressed()
}

fn tables(budget_bytes: usize, keys_max: usize) -> KeyTables {
    let tiers = vec![Tier { uses: 40, window: Window::W6 }, Tier { uses: 4, window: Window::W5 }];
    KeyTables::new(CacheConfig { budget_bytes, keys_max, tiers }, DEFAULT_ID).unwrap()
}

fn use_times(tables: &mut KeyTables, key: &[u8; 33], times: u32) {
    for _ in 0..times {
        tables.get(key).unwrap();
    }
}

#[test]
fn a_key_climbs_the_tiers_as_it_is_used() {
    let mut tables = tables(1 << 20, 10);
    let key = key(1);
    for uses in 1..60 {
        let window = tables.get(&key).unwrap().window();
        let expected = match uses {
            ..4 => None,
            4..40 => Some(Window::W5),
            _ => Some(Window::W6),
        };
        assert_eq!(window, expected, "after {uses} uses");
    }
    let counters = tables.counters();
    assert_eq!(
        (counters.lookups, counters.builds, counters.evictions, counters.keys),
        (59, 2, 0, 1)
    );
    assert_eq!(counters.hits, 55);
    assert_eq!(counters.table_bytes, Window::W6.table_bytes());
}

#[test]
fn the_budget_holds_and_only_hotter_keys_take_a_table_from_others() {
    let mut tables = tables(2 * Window::W5.table_bytes(), 10);
    let [a, b, c] = [1, 2, 3].map(key);
    use_times(&mut tables, &a, 8);
    use_times(&mut tables, &b, 4);
    // At its fourth use c asks for a table; it is as hot as b then, which is not hotter.
    use_times(&mut tables, &c, 4);
    assert!(tables.get(&a).unwrap().window().is_some());
    assert_eq!(tables.counters().evictions, 0);
    use_times(&mut tables, &c, 30);
    assert_eq!(tables.get(&c).unwrap().window(), Some(Window::W5));
    assert!(tables.lookup(&b).unwrap().key.window().is_none(), "the coldest gave its table up");
    let counters = tables.counters();
    assert_eq!((counters.builds, counters.evictions), (3, 1));
    assert!(counters.table_bytes <= 2 * Window::W5.table_bytes());
}

#[test]
fn without_budget_no_table_is_built() {
    let mut tables = tables(Window::W5.table_bytes() - 1, 10);
    let key = key(1);
    for _ in 0..100 {
        assert!(tables.lookup(&key).unwrap().build.is_none());
    }
    assert_eq!(tables.counters().table_bytes, 0);
}

#[test]
fn the_key_not_used_for_longest_is_forgotten_with_its_table() {
    let mut tables = tables(1 << 20, 2);
    let [a, b, c] = [1, 2, 3].map(key);
    use_times(&mut tables, &a, 5);
    use_times(&mut tables, &b, 1);
    use_times(&mut tables, &c, 1);
    let counters = tables.counters();
    assert_eq!((counters.keys, counters.table_bytes, counters.evictions), (2, 0, 1));
    assert!(tables.get(&a).unwrap().window().is_none());
}

#[test]
fn one_build_is_ordered_at_a_time_and_a_dropped_order_is_given_again() {
    let mut tables = tables(1 << 20, 10);
    let key = key(1);
    let mut orders: Vec<_> = (0..30).filter_map(|_| tables.lookup(&key).unwrap().build).collect();
    assert_eq!(orders.len(), 1);
    orders.clear();
    let order =
        (0..20).find_map(|_| tables.lookup(&key).unwrap().build).expect("the order comes again");
    tables.store(order.run());
    assert_eq!(tables.lookup(&key).unwrap().key.window(), Some(Window::W5));
}

#[test]
fn a_table_that_comes_when_its_key_is_forgotten_is_dropped() {
    let mut tables = tables(1 << 20, 1);
    let [a, b] = [1, 2].map(key);
    let order = (0..10).find_map(|_| tables.lookup(&a).unwrap().build).unwrap();
    tables.get(&b).unwrap();
    tables.store(order.run());
    assert_eq!((tables.counters().builds, tables.counters().table_bytes), (0, 0));
}

#[test]
fn old_heat_fades() {
    let mut tables = tables(Window::W5.table_bytes(), 10);
    let [a, b, c] = [1, 2, 3].map(key);
    use_times(&mut tables, &a, 1000);
    for _ in 0..5 << 18 {
        // Time passes; the orders to build for c are dropped.
        tables.lookup(&c).unwrap();
    }
    use_times(&mut tables, &b, 40);
    assert_eq!(
        tables.get(&b).unwrap().window(),
        Some(Window::W5),
        "1000 uses of long ago are 31 now"
    );
    assert_eq!(tables.get(&a).unwrap().window(), None);
}

#[test]
fn all_encodings_name_the_same_key_and_bad_bytes_leave_nothing_behind() {
    let mut tables = tables(1 << 20, 10);
    let signer = SigningKey::from_bytes(&[5; 32], DEFAULT_ID).unwrap();
    let long = signer.public_key().to_uncompressed();
    for bytes in [&signer.public_key().to_compressed()[..], &long, &long[1..]] {
        assert_eq!(tables.get(bytes).unwrap().public_key(), signer.public_key());
    }
    assert_eq!(tables.counters().keys, 1);
    let mut bad = long;
    bad[64] ^= 1;
    assert_eq!(tables.get(&bad).err(), Some(Sm2Error::NotOnCurve));
    assert_eq!(tables.get(&long[..40]).err(), Some(Sm2Error::KeyLength { found: 40 }));
    assert_eq!((tables.counters().keys, tables.counters().lookups), (1, 3));
}
