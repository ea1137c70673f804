//! Coverage-guided: sdk/gm in every way against the reference, on cases made of the fuzzer's bytes.
#![no_main]

use gm_peers::fuzz::Judges;
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;

thread_local!(static JUDGES: RefCell<Judges> = RefCell::default());

fuzz_target!(|input: &[u8]| {
    JUDGES.with_borrow_mut(|judges| {
        if let Err(difference) = judges.agree(input) {
            panic!("{difference}");
        }
    });
});
