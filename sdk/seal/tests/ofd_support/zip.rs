//! A ZIP writer that can lie: packages for the tests, taken apart and put together again with every field at hand.
//!
//! Comes in: a well-formed package or parts. Goes out: bytes, as wrong as the test wants them. Never: used outside tests.
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec;

/// One entry as it will be written.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub bytes: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub extra: Vec<u8>,
    /// What the entry's own header claims instead of the directory.
    pub local_name: Option<Vec<u8>>,
    pub local_bytes: Option<Vec<u8>>,
    /// Lies of the directory.
    pub size: Option<u32>,
    pub crc: Option<u32>,
}

impl Entry {
    pub fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            bytes: bytes.into(),
            method: 8,
            flags: 0x800,
            extra: Vec::new(),
            local_name: None,
            local_bytes: None,
            size: None,
            crc: None,
        }
    }
}

/// A package taken apart.
#[derive(Clone, Default)]
pub struct Zip {
    pub entries: Vec<Entry>,
    pub comment: Vec<u8>,
    /// Written before the first entry, and between entries and directory.
    pub front: Vec<u8>,
    pub gap: Vec<u8>,
}

impl Zip {
    /// Reads a well-formed package; panics at anything else.
    pub fn read(file: &[u8]) -> Self {
        let short = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
        let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let end = file.len() - 22;
        assert_eq!(&file[end..end + 4], b"PK\x05\x06");
        let mut at = long(end + 16);
        let mut entries = Vec::new();
        for _ in 0..short(end + 10) {
            let name = file[at + 46..at + 46 + short(at + 28)].to_vec();
            let start_header = long(at + 42);
            let start = start_header + 30 + short(start_header + 26) + short(start_header + 28);
            let packed = &file[start..start + long(at + 20)];
            let method = short(at + 10) as u16;
            let bytes =
                if method == 8 { decompress_to_vec(packed).unwrap() } else { packed.to_vec() };
            let mut entry = Entry::new("", bytes);
            entry.name = name;
            entry.method = method;
            entries.push(entry);
            at += 46 + short(at + 28) + short(at + 30) + short(at + 32);
        }
        Self { entries, ..Self::default() }
    }

    pub fn place(&self, name: &str) -> usize {
        let found = self.entries.iter().position(|e| e.name == name.as_bytes());
        found.unwrap_or_else(|| panic!("no entry {name}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.entries[self.place(name)].bytes.clone()).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.entries[self.place(name)].bytes.clone()
    }

    /// Writes an entry, or writes it anew.
    pub fn set(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        match self.entries.iter().position(|e| e.name == name.as_bytes()) {
            Some(place) => self.entries[place].bytes = bytes,
            None => self.entries.push(Entry::new(name, bytes)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        let place = self.place(name);
        self.entries.remove(place);
    }

    /// Replaces text in an entry; it must occur.
    pub fn replace(&mut self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} holds no {from}");
        self.set(name, text.replacen(from, to, 1));
    }

    pub fn write(&self) -> Vec<u8> {
        let mut file = self.front.clone();
        let mut directory = Vec::new();
        for entry in &self.entries {
            let at = file.len() as u32;
            let pack = |bytes: &[u8]| match entry.method {
                8 => compress_to_vec(bytes, 6),
                _ => bytes.to_vec(),
            };
            let packed = pack(entry.local_bytes.as_deref().unwrap_or(&entry.bytes));
            let crc = entry.crc.unwrap_or_else(|| crc32(&entry.bytes));
            let size = entry.size.unwrap_or(entry.bytes.len() as u32);
            let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
            file.extend(b"PK\x03\x04\x14\x00");
            file.extend(header(entry, crc, packed.len() as u32, size, local_name));
            file.extend(local_name);
            file.extend(&entry.extra);
            file.extend(packed.iter());
            directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
            directory.extend(header(entry, crc, packed.len() as u32, size, &entry.name));
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(&entry.name);
            directory.extend(&entry.extra);
        }
        file.extend(&self.gap);
        let start = file.len() as u32;
        file.extend(&directory);
        let count = (self.entries.len() as u16).to_le_bytes();
        file.extend(b"PK\x05\x06\0\0\0\0");
        file.extend(count);
        file.extend(count);
        file.extend((directory.len() as u32).to_le_bytes());
        file.extend(start.to_le_bytes());
        file.extend((self.comment.len() as u16).to_le_bytes());
        file.extend(&self.comment);
        file
    }
}

/// The fields that both headers share.
fn header(entry: &Entry, crc: u32, packed: u32, size: u32, name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(entry.flags.to_le_bytes());
    bytes.extend(entry.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0x5d]);
    bytes.extend(crc.to_le_bytes());
    bytes.extend(packed.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend((entry.extra.len() as u16).to_le_bytes());
    bytes
}

pub fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
