//! Header blocks: pairs of names and values, compressed over the whole life of a connection.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::SpdyError;
use super::dictionary::DICTIONARY;

/// Names in lower case, with their values; several values of a name are several pairs.
pub type Headers = Vec<(String, String)>;

/// Longest block, decompressed.
const MOST: usize = 64 << 10;
const CHUNK: usize = 4 << 10;

/// Reads the blocks of one direction.
pub struct HeaderDecoder(Decompress);

impl Default for HeaderDecoder {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl HeaderDecoder {
    /// The headers of the next block.
    ///
    /// # Errors
    /// Where it does not decompress, is too long, or holds no pairs.
    pub fn decode(&mut self, block: &[u8]) -> Result<Headers, SpdyError> {
        let plain = self.inflate(block)?;
        let mut rest = plain.as_slice();
        let count = number(&mut rest).ok_or_else(cut)?;
        let mut headers = Headers::new();
        for _ in 0..count {
            let name = text(&mut rest).ok_or_else(cut)?.to_ascii_lowercase();
            let values = text(&mut rest).ok_or_else(cut)?;
            headers.extend(values.split('\0').map(|value| (name.clone(), value.to_owned())));
        }
        Ok(headers)
    }

    fn inflate(&mut self, mut block: &[u8]) -> Result<Vec<u8>, SpdyError> {
        let failed = |error: flate2::DecompressError| SpdyError::Headers(error.to_string());
        let mut plain = Vec::new();
        let mut chunk = [0; CHUNK];
        loop {
            let (read, written) = (self.0.total_in(), self.0.total_out());
            let mut waits = false;
            match self.0.decompress(block, &mut chunk, FlushDecompress::Sync) {
                Ok(_) => {}
                Err(error) if error.needs_dictionary().is_some() => {
                    self.0.set_dictionary(&DICTIONARY).map_err(failed)?;
                    waits = true;
                }
                Err(error) => return Err(failed(error)),
            }
            let (read, written) = (length(self.0.total_in() - read), length(self.0.total_out() - written));
            block = block.get(read..).unwrap_or_default();
            plain.extend_from_slice(chunk.get(..written).unwrap_or_default());
            if plain.len() > MOST {
                return Err(SpdyError::TooLarge(MOST));
            }
            if !waits && written < CHUNK && (block.is_empty() || read == 0) {
                return Ok(plain);
            }
        }
    }
}

/// Writes the blocks of one direction.
pub struct HeaderEncoder(Compress);

impl Default for HeaderEncoder {
    fn default() -> Self {
        let mut compress = Compress::new(Compression::fast(), true);
        // A dictionary is refused only once bytes have been compressed.
        let set = compress.set_dictionary(&DICTIONARY);
        debug_assert!(set.is_ok(), "a new compressor takes a dictionary");
        Self(compress)
    }
}

impl HeaderEncoder {
    /// The block that carries `headers`.
    pub fn encode(&mut self, headers: &Headers) -> Vec<u8> {
        let mut plain = size(headers.len()).to_vec();
        for (name, value) in headers {
            for text in [name, value] {
                plain.extend_from_slice(&size(text.len()));
                plain.extend_from_slice(text.as_bytes());
            }
        }
        let mut block = Vec::new();
        let start = self.0.total_in();
        loop {
            block.reserve(256);
            let rest = plain.get(length(self.0.total_in() - start)..).unwrap_or_default();
            let done = self.0.compress_vec(rest, &mut block, FlushCompress::Sync).is_err();
            if done || (block.len() < block.capacity() && length(self.0.total_in() - start) == plain.len()) {
                return block;
            }
        }
    }
}

fn size(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn length(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn cut() -> SpdyError {
    SpdyError::Headers("it is cut short".into())
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (bytes, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = number(rest)?;
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn blocks_build_on_those_before_them() {
        let (mut encoder, mut decoder) = (HeaderEncoder::default(), HeaderDecoder::default());
        let long = "x".repeat(9_000);
        for sent in [headers(&[("streamtype", "error")]), headers(&[]), headers(&[("port", "80"), ("requestid", &long)])] {
            assert_eq!(decoder.decode(&encoder.encode(&sent)).unwrap(), sent);
        }
    }

    #[test]
    fn the_dictionary_is_that_of_spdy_3() {
        assert_eq!(DICTIONARY.len(), 1423);
        let block = HeaderEncoder::default().encode(&Headers::new());
        assert_eq!(block.get(2..6), Some(&[0xe3, 0xc6, 0xa7, 0xc2][..]), "its Adler-32 follows the two bytes of the head");
    }

    #[test]
    fn bombs_and_rubbish_are_refused() {
        let bomb = HeaderEncoder::default().encode(&headers(&[("a", &"y".repeat(MOST))]));
        assert!(matches!(HeaderDecoder::default().decode(&bomb), Err(SpdyError::TooLarge(_))));
        assert!(matches!(HeaderDecoder::default().decode(b"rubbish"), Err(SpdyError::Headers(_))));
        let mut decoder = HeaderDecoder::default();
        let whole = HeaderEncoder::default().encode(&headers(&[("a", "b")]));
        assert!(decoder.decode(&whole[..whole.len() - 8]).is_err());
    }
}
