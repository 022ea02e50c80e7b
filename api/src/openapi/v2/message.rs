//! Writing protobuf messages.

/// A message under construction. Values that are protobuf's zero are left out.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// Adds text.
    pub fn text(&mut self, tag: u32, text: &str) -> &mut Self {
        if !text.is_empty() {
            self.bytes(tag, text.as_bytes());
        }
        self
    }

    /// Adds a flag.
    pub fn flag(&mut self, tag: u32, flag: bool) -> &mut Self {
        if flag {
            self.number(tag, 1);
        }
        self
    }

    /// Adds a whole number.
    pub fn number(&mut self, tag: u32, number: u64) -> &mut Self {
        if number != 0 {
            self.varint(u64::from(tag) << 3);
            self.varint(number);
        }
        self
    }

    /// Adds a number of eight bytes.
    pub fn double(&mut self, tag: u32, number: f64) -> &mut Self {
        if number != 0.0 {
            self.varint(u64::from(tag) << 3 | 1);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
        self
    }

    /// Adds a message, also an empty one.
    pub fn message(&mut self, tag: u32, message: &Self) -> &mut Self {
        self.bytes(tag, &message.0);
        self
    }

    /// The bytes of the message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        self.varint(u64::from(tag) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}
