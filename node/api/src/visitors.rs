//! How much one address may take: connections at a time, and requests by a credit that refills with time.
//!
//! Comes in: addresses as the socket has them, and times. Goes out: yes, or how long to wait. An IPv6 address counts by its /64,
//! which is what one customer is given. The machine itself is not limited: what speaks from there, a gateway or a proxy, speaks
//! for many. Never: headers that claim to name the address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Addresses remembered at a time; at the limit those without a connection are forgotten.
const VISITORS_MAX: usize = 65_536;

/// Limits of one address; zero is no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VisitorLimits {
    pub connections_max: usize,
    pub requests_per_second: u32,
    pub requests_burst: u32,
    pub limits_loopback: bool,
}

/// Everyone who came lately.
#[derive(Debug, Clone)]
pub(crate) struct Visitors {
    limits: VisitorLimits,
    seen: Arc<Mutex<HashMap<IpAddr, Visitor>>>,
}

#[derive(Debug)]
struct Visitor {
    connections: usize,
    /// Requests that may still be made, in thousandths.
    credit: u64,
    filled: Instant,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Visit {
    visitors: Visitors,
    address: IpAddr,
}

impl Visitors {
    pub(crate) fn new(limits: VisitorLimits) -> Self {
        Self { limits, seen: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Visitor>> {
        // Counts that a panic could leave half done do not exist.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection; none when the address has too many.
    pub(crate) fn connect(&self, address: IpAddr, now: Instant) -> Option<Visit> {
        let address = counted_as(address);
        let mut seen = self.lock();
        let full = self.limits.full();
        make_room(&mut seen, address);
        let visitor =
            seen.entry(address).or_insert(Visitor { connections: 0, credit: full, filled: now });
        let max = self.limits.connections_max;
        if self.limits.hold_for(address) && max > 0 && visitor.connections >= max {
            return None;
        }
        visitor.connections += 1;
        Some(Visit { visitors: self.clone(), address })
    }
}

impl Visit {
    /// Takes a request, or says after which time one more will be taken.
    pub(crate) fn request(&self, now: Instant) -> Result<(), Duration> {
        let limits = self.visitors.limits;
        let rate = u64::from(limits.requests_per_second);
        if rate == 0 || !limits.hold_for(self.address) {
            return Ok(());
        }
        let mut seen = self.visitors.lock();
        // Who has a connection is never forgotten.
        let Some(visitor) = seen.get_mut(&self.address) else { return Ok(()) };
        let passed = now.saturating_duration_since(visitor.filled);
        // A thousandth of a request for each millisecond and request per second.
        let earned = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).saturating_mul(rate);
        if earned > 0 {
            visitor.credit = visitor.credit.saturating_add(earned).min(limits.full());
            visitor.filled = now;
        }
        match visitor.credit.checked_sub(1_000) {
            Some(left) => {
                visitor.credit = left;
                Ok(())
            }
            None => Err(Duration::from_millis((1_000 - visitor.credit).div_ceil(rate))),
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some(visitor) = self.visitors.lock().get_mut(&self.address) {
            visitor.connections = visitor.connections.saturating_sub(1);
        }
    }
}

impl VisitorLimits {
    fn full(&self) -> u64 {
        u64::from(self.requests_burst.max(1)).saturating_mul(1_000)
    }

    fn hold_for(&self, address: IpAddr) -> bool {
        self.limits_loopback || !address.is_loopback()
    }
}

/// An IPv4 address by itself, also when it comes in the form of IPv6; an IPv6 address by its first 64 bits.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))
        }
        address => address,
    }
}

fn make_room(seen: &mut HashMap<IpAddr, Visitor>, newcomer: IpAddr) {
    if seen.len() < VISITORS_MAX || seen.contains_key(&newcomer) {
        return;
    }
    // All who are gone, at once: looking through them costs as much as forgetting one. Their credit is full again, which an
    // attacker of so many addresses had anyway.
    seen.retain(|_, visitor| visitor.connections > 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: VisitorLimits = VisitorLimits {
        connections_max: 2,
        requests_per_second: 10,
        requests_burst: 3,
        limits_loopback: false,
    };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_connections_back_when_they_end_and_others_have_their_own() {
        let (visitors, now) = (Visitors::new(LIMITS), Instant::now());
        let first = visitors.connect(ip("10.0.0.1"), now).unwrap();
        let _second = visitors.connect(ip("::ffff:10.0.0.1"), now).unwrap();
        assert!(visitors.connect(ip("10.0.0.1"), now).is_none());
        assert!(visitors.connect(ip("10.0.0.2"), now).is_some());
        drop(first);
        assert!(visitors.connect(ip("10.0.0.1"), now).is_some());
        let loopback: Vec<_> = (0..9).map(|_| visitors.connect(ip("127.0.0.1"), now)).collect();
        assert!(loopback.iter().all(Option::is_some));
    }

    #[test]
    fn addresses_of_one_network_of_64_bits_count_as_one() {
        let (visitors, now) = (Visitors::new(LIMITS), Instant::now());
        let _one = visitors.connect(ip("2001:db8::1"), now).unwrap();
        let _two = visitors.connect(ip("2001:db8::2"), now).unwrap();
        assert!(visitors.connect(ip("2001:db8::3"), now).is_none());
        assert!(visitors.connect(ip("2001:db8:0:1::3"), now).is_some());
    }

    #[test]
    fn requests_beyond_the_burst_wait_for_the_rate_over_all_connections() {
        let (visitors, now) = (Visitors::new(LIMITS), Instant::now());
        let one = visitors.connect(ip("10.0.0.1"), now).unwrap();
        let two = visitors.connect(ip("10.0.0.1"), now).unwrap();
        assert_eq!([one.request(now), two.request(now), one.request(now)], [Ok(()); 3]);
        assert_eq!(two.request(now), Err(Duration::from_millis(100)));
        let later = now + Duration::from_millis(40);
        assert_eq!(one.request(later), Err(Duration::from_millis(60)));
        assert_eq!(one.request(now + Duration::from_millis(100)), Ok(()));
        assert!(one.request(now + Duration::from_millis(100)).is_err());
        // A rest gives the burst back and no more.
        let rested = now + Duration::from_secs(60);
        assert_eq!([0; 4].map(|_| one.request(rested).is_ok()), [true, true, true, false]);
    }

    #[test]
    fn a_new_connection_brings_no_new_credit() {
        let (visitors, now) = (Visitors::new(LIMITS), Instant::now());
        for _ in 0..3 {
            visitors.connect(ip("10.0.0.1"), now).unwrap().request(now).unwrap();
        }
        assert!(visitors.connect(ip("10.0.0.1"), now).unwrap().request(now).is_err());
    }

    #[test]
    fn memory_is_bounded_and_keeps_who_is_connected() {
        let (visitors, now) = (Visitors::new(LIMITS), Instant::now());
        let held = visitors.connect(ip("10.0.0.1"), now).unwrap();
        for number in 0..(VISITORS_MAX as u32 + 10) {
            drop(visitors.connect(IpAddr::V4((0x0b00_0000 + number).into()), now));
        }
        assert!(visitors.lock().len() <= VISITORS_MAX);
        assert!(visitors.lock().contains_key(&ip("10.0.0.1")));
        drop(held);
    }
}
