//! Remembers the nonces of signed requests, so that each is taken once. Bounded in all and per caller.

use std::collections::{BTreeSet, HashMap, HashSet};
use yinglian_protocol::Address;

type Nonce = [u8; 16];

/// Why a nonce is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NonceRefusal {
    /// It was used before.
    Used,
    /// No room is left for new ones; an old one is never forgotten before its time.
    Full,
}

/// Nonces that could still be replayed.
pub(crate) struct Nonces {
    seen: HashSet<(Address, Nonce)>,
    by_end: BTreeSet<(u64, Address, Nonce)>,
    of_caller: HashMap<Address, usize>,
    nonces_max: usize,
    per_caller_max: usize,
}

impl Nonces {
    pub(crate) fn new(nonces_max: usize, per_caller_max: usize) -> Self {
        Self {
            seen: HashSet::new(),
            by_end: BTreeSet::new(),
            of_caller: HashMap::new(),
            nonces_max,
            per_caller_max,
        }
    }

    /// Takes a nonce that no request later than `until_ms` can use again.
    pub(crate) fn take(
        &mut self,
        now_ms: u64,
        caller: Address,
        nonce: Nonce,
        until_ms: u64,
    ) -> Result<(), NonceRefusal> {
        self.forget_before(now_ms);
        if self.seen.contains(&(caller, nonce)) {
            return Err(NonceRefusal::Used);
        }
        let of_caller = self.of_caller.get(&caller).copied().unwrap_or(0);
        if self.seen.len() >= self.nonces_max || of_caller >= self.per_caller_max {
            return Err(NonceRefusal::Full);
        }
        self.seen.insert((caller, nonce));
        self.by_end.insert((until_ms, caller, nonce));
        self.of_caller.insert(caller, of_caller + 1);
        Ok(())
    }

    fn forget_before(&mut self, now_ms: u64) {
        while let Some((until_ms, caller, nonce)) = self.by_end.first().copied() {
            if until_ms >= now_ms {
                return;
            }
            self.by_end.pop_first();
            self.seen.remove(&(caller, nonce));
            if let Some(count) = self.of_caller.get_mut(&caller) {
                *count -= 1;
                if *count == 0 {
                    self.of_caller.remove(&caller);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinglian_crypto::SigningKey;
    use yinglian_protocol::Suite;

    fn caller(seed: u8) -> Address {
        SigningKey::from_seed(Suite::International, &[seed]).address()
    }

    #[test]
    fn a_nonce_is_taken_once_until_its_end_and_is_the_callers_own() {
        let mut nonces = Nonces::new(10, 10);
        assert_eq!(nonces.take(0, caller(1), [1; 16], 100), Ok(()));
        assert_eq!(nonces.take(100, caller(1), [1; 16], 100), Err(NonceRefusal::Used));
        assert_eq!(nonces.take(100, caller(2), [1; 16], 100), Ok(()));
        assert_eq!(nonces.take(101, caller(1), [1; 16], 200), Ok(()));
    }

    #[test]
    fn a_full_memory_refuses_instead_of_forgetting() {
        let mut nonces = Nonces::new(3, 2);
        assert_eq!(nonces.take(0, caller(1), [1; 16], 100), Ok(()));
        assert_eq!(nonces.take(0, caller(1), [2; 16], 100), Ok(()));
        assert_eq!(nonces.take(0, caller(1), [3; 16], 100), Err(NonceRefusal::Full));
        assert_eq!(nonces.take(0, caller(2), [1; 16], 100), Ok(()));
        assert_eq!(nonces.take(0, caller(3), [1; 16], 100), Err(NonceRefusal::Full));
        assert_eq!(nonces.take(0, caller(1), [1; 16], 100), Err(NonceRefusal::Used));
        assert_eq!(nonces.take(101, caller(3), [1; 16], 200), Ok(()));
        assert_eq!(nonces.of_caller.len(), 1);
    }
}
