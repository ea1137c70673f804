//! CRC-32 (IEEE 802.3), against torn writes. Bit by bit: a few hundred bytes at a time do not need a table.

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let mask = (crc & 1).wrapping_neg();
            crc = (crc >> 1) ^ (0xEDB8_8320 & mask);
        }
    }
    !crc
}

#[test]
fn the_check_value_of_the_standard_comes_out() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}
