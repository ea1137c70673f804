//! Reads server-sent events from chunks cut anywhere (WHATWG HTML section 9.2).

/// Largest event, bytes.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// One event.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct SseEvent {
    pub name: String,
    pub data: String,
}

/// An event or line is larger than any of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// Collects lines into events.
#[derive(Default)]
pub(crate) struct SseReader {
    bytes: Vec<u8>,
    current: SseEvent,
}

impl SseReader {
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
    }

    /// The next complete event, if there is one. Comments and events without data give none.
    pub(crate) fn next_event(&mut self) -> Result<Option<SseEvent>, EventTooLarge> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                let event = std::mem::take(&mut self.current);
                if !event.data.is_empty() {
                    return Ok(Some(event));
                }
                continue;
            }
            self.take_field(line);
            if self.current.data.len() > EVENT_BYTES_MAX {
                return Err(EventTooLarge);
            }
        }
        if self.bytes.len() > EVENT_BYTES_MAX { Err(EventTooLarge) } else { Ok(None) }
    }

    fn take_field(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.current.name = value.into(),
            "data" => {
                if !self.current.data.is_empty() {
                    self.current.data.push('\n');
                }
                self.current.data.push_str(value);
            }
            // Comments have an empty field name. Ids repeat what is in the data.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let text = ": heartbeat\n\nevent: committed\nid: 7\ndata: {\"a\":1}\n\ndata: x\r\ndata: y\r\n\r\nevent: cut\n\n";
        let expected = [
            SseEvent { name: "committed".into(), data: "{\"a\":1}".into() },
            SseEvent { name: String::new(), data: "x\ny".into() },
        ];
        for size in 1..text.len() {
            let mut reader = SseReader::default();
            let mut events = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                reader.push(chunk);
                while let Some(event) = reader.next_event().unwrap() {
                    events.push(event);
                }
            }
            assert_eq!(events, expected, "cut every {size} bytes");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut reader = SseReader::default();
        reader.push(&vec![b'x'; EVENT_BYTES_MAX + 1]);
        assert_eq!(reader.next_event(), Err(EventTooLarge));
        let mut reader = SseReader::default();
        let line = format!("data: {}\n", "x".repeat(1000));
        let result = (0..2_000).find_map(|_| {
            reader.push(line.as_bytes());
            reader.next_event().err()
        });
        assert_eq!(result, Some(EventTooLarge));
    }
}
