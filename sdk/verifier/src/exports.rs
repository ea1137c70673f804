//! Four functions with plain names for the WebAssembly of a page. Bytes cross as numbers, so no pointer does: the attribute that keeps
//! the names is the only thing here that the lint counts as unsafe.
#![allow(unsafe_code)]

use std::sync::Mutex;

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// Most bytes of a request: a package, its names, and room.
const INPUT_BYTES_MAX: usize = 2 * crate::PACKAGE_BYTES_MAX;

/// Forgets what was pushed.
#[unsafe(no_mangle)]
pub extern "C" fn begin() {
    if let Ok(mut input) = INPUT.lock() {
        input.clear();
    }
}

/// Adds sixteen bytes, little-endian.
#[unsafe(no_mangle)]
pub extern "C" fn push(a: u32, b: u32, c: u32, d: u32) {
    if let Ok(mut input) = INPUT.lock()
        && input.len() < INPUT_BYTES_MAX
    {
        for word in [a, b, c, d] {
            input.extend(word.to_le_bytes());
        }
    }
}

/// Answers the first `length` bytes pushed; the length of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn run(length: u32) -> u32 {
    let (Ok(input), Ok(mut output)) = (INPUT.lock(), OUTPUT.lock()) else { return 0 };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    *output = crate::answer(input.get(..length).unwrap_or_default());
    u32::try_from(output.len()).unwrap_or(0)
}

/// Four bytes of the answer, from this place on, little-endian; zeros behind its end.
#[unsafe(no_mangle)]
pub extern "C" fn pull(at: u32) -> u32 {
    let Ok(output) = OUTPUT.lock() else { return 0 };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let byte = |more: usize| output.get(at.saturating_add(more)).copied().unwrap_or(0);
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
}
