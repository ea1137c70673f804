//! A key that signatures are expected from: its Z, and a table if it is worth one.
use super::error::Sm2Error;
use super::key::PublicKey;
use super::table::{self, Table};
use crate::sm3::sm3;

/// How many bits of a scalar one lookup in a key's table takes: more bits, fewer additions, a larger table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// 52 additions, 52 KiB.
    W5 = 5,
    /// 43 additions, 86 KiB.
    W6 = 6,
    /// 37 additions, 148 KiB.
    W7 = 7,
    /// 32 additions, 256 KiB.
    W8 = 8,
    /// 29 additions, 464 KiB.
    W9 = 9,
    /// 26 additions, 832 KiB.
    W10 = 10,
}

impl Window {
    /// All, from the smallest.
    pub const ALL: [Self; 6] = [Self::W5, Self::W6, Self::W7, Self::W8, Self::W9, Self::W10];

    /// The bits.
    pub fn bits(self) -> u32 {
        self as u32
    }

    /// The bytes of a table with this window.
    pub fn table_bytes(self) -> usize {
        table::bytes(self.bits())
    }
}

/// A public key, its Z, and perhaps a table of its multiples.
pub struct KnownKey {
    key: PublicKey,
    z: [u8; 32],
    table: Option<(Window, Table)>,
}

impl KnownKey {
    /// The key without a table.
    ///
    /// # Errors
    /// The identity is longer than 8,191 bytes.
    pub fn new(key: &PublicKey, id: &[u8]) -> Result<Self, Sm2Error> {
        Ok(Self { key: *key, z: key.z(id)?, table: None })
    }

    /// The same key with a table of this window: slow, a matter of tenths of a millisecond to milliseconds.
    #[must_use]
    pub fn with_table(self, window: Window) -> Self {
        let table = Table::new(self.key.point(), window.bits());
        Self { table: Some((window, table)), ..self }
    }

    /// The same key with a table of this window.
    pub(crate) fn rebuilt(&self, window: Window) -> Self {
        self.without_table().with_table(window)
    }

    pub(crate) fn without_table(&self) -> Self {
        Self { key: self.key, z: self.z, table: None }
    }

    /// The key itself.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Z of GB/T 32918.2-2016, 5.5.
    pub fn z(&self) -> &[u8; 32] {
        &self.z
    }

    /// The window of the table, if there is one.
    pub fn window(&self) -> Option<Window> {
        self.table.as_ref().map(|(window, _)| *window)
    }

    /// The bytes of the table, 0 without.
    pub fn table_bytes(&self) -> usize {
        self.window().map_or(0, Window::table_bytes)
    }

    /// e = SM3(Z ‖ message), what is signed.
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        sm3(&[&self.z, message])
    }

    pub(crate) fn table(&self) -> Option<&Table> {
        self.table.as_ref().map(|(_, table)| table)
    }
}

impl core::fmt::Debug for KnownKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KnownKey")
            .field("key", &self.key)
            .field("window", &self.window())
            .finish_non_exhaustive()
    }
}
