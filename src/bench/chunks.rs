//! The chunks of a body of HTTP/1.1.

use anyhow::{Context, Result};

/// Bytes behind each chunk.
const END: usize = 2;

/// A place in a chunked body without trailers.
#[derive(Debug, Default)]
pub struct Chunks {
    /// Bytes of the chunk, with the end of its line, that are still to come; 0 in the line that says how many.
    left: usize,
    /// That line so far.
    size: Vec<u8>,
    /// Whether the last chunk, which is empty, has begun.
    last: bool,
}

impl Chunks {
    /// Whether the body has ended.
    pub fn is_over(&self) -> bool {
        self.last && self.left == 0
    }

    /// Gives what `bytes`, which come next, hold of chunks to `each`; how many of them belong to the body.
    ///
    /// # Errors
    /// Where they are no chunks.
    pub fn take(&mut self, mut bytes: &[u8], each: &mut impl FnMut(&[u8])) -> Result<usize> {
        let length = bytes.len();
        while !bytes.is_empty() && !self.is_over() {
            if self.left == 0 {
                let line = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
                let (head, rest) = bytes.split_at(line);
                self.size.extend_from_slice(head);
                bytes = rest;
                if self.size.ends_with(b"\n") {
                    let size = std::str::from_utf8(&self.size).ok().map(str::trim_end);
                    let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).context("a chunk without a size")?;
                    self.left = size + END;
                    self.last = size == 0;
                    self.size.clear();
                }
                continue;
            }
            let (part, rest) = bytes.split_at(self.left.min(bytes.len()));
            let of_chunk = part.get(..part.len().min(self.left.saturating_sub(END))).unwrap_or_default();
            if !of_chunk.is_empty() {
                each(of_chunk);
            }
            self.left -= part.len();
            bytes = rest;
        }
        Ok(length - bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_read_wherever_the_bytes_are_cut() {
        let body = b"3\r\na\n\n\r\nC\r\nlonger than\n\r\n1\r\nx\r\n0\r\n\r\nnext";
        for cut in 0..body.len() {
            for second in cut..body.len() {
                let (mut chunks, mut told, mut taken) = (Chunks::default(), Vec::new(), 0);
                for part in [&body[..cut], &body[cut..second], &body[second..]] {
                    taken += chunks.take(part, &mut |part| told.extend_from_slice(part)).unwrap();
                }
                assert_eq!(told, b"a\n\nlonger than\nx", "cut at {cut} and {second}");
                assert!(chunks.is_over() && taken == body.len() - b"next".len(), "cut at {cut} and {second}");
            }
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        assert!(Chunks::default().take(b"many\r\n", &mut |_| {}).is_err());
    }
}
