/// CRC-32 over the fields of a row. Every field counts with its length, so that no two rows of different fields
/// look the same to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Takes a number in.
    pub fn number(mut self, number: i64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// Takes bytes in.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The sum.
    pub fn sum(self) -> u32 {
        self.0.finalize()
    }

    /// The sum as a column.
    pub fn column(self) -> i64 {
        i64::from(self.sum())
    }
}
