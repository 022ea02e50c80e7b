//! Compressed parts of a document that are joined without being compressed again.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress};
use futures::stream;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH, VARY};
use http::{HeaderMap, Response, StatusCode};
use sha2::{Digest, Sha256};

use super::Body;
use super::gzip::takes_gzip;

/// How a gzip member begins: deflate, no name, no time, no system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty last block of deflate.
const LAST: [u8; 2] = [3, 0];
/// Most bytes of one piece of an answer.
const CHUNK: usize = 1 << 16;
/// Room for compressed bytes, at least.
const ROOM: usize = 1 << 14;

/// A part of a document, compressed by itself up to a border of bytes, so that others can stand before and behind it.
#[derive(Clone)]
pub(super) struct Packed {
    deflated: Bytes,
    sum: u32,
    length: u32,
    digest: [u8; 32],
}

impl Packed {
    pub fn new(bytes: &[u8]) -> Self {
        let mut sum = Crc::new();
        sum.update(bytes);
        let deflated = Bytes::from(deflate(bytes));
        Self { deflated, sum: sum.sum(), length: sum.amount(), digest: Sha256::digest(bytes).into() }
    }

    /// How many bytes are held.
    pub const fn held(&self) -> usize {
        self.deflated.len()
    }

    /// Whether it is `other`, not only the same.
    #[cfg(test)]
    pub fn is(&self, other: &Self) -> bool {
        self.deflated.as_ptr() == other.deflated.as_ptr()
    }

    /// The bytes that were compressed.
    #[cfg(test)]
    pub fn inflate(&self) -> Bytes {
        Inflating::new(vec![self.clone()]).collect::<Vec<_>>().concat().into()
    }
}

/// `bytes` in blocks of deflate, the last of which ends at a border of bytes and is not the last of a stream.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(bytes.len() / 4 + ROOM);
    let mut rest = bytes;
    loop {
        out.reserve(ROOM);
        let before = compress.total_in();
        let done = compress.compress_vec(rest, &mut out, FlushCompress::Sync);
        let taken = usize::try_from(compress.total_in() - before).unwrap_or_default();
        rest = rest.get(taken..).unwrap_or_default();
        // There is more to come as long as it fills the room that there is.
        if done.is_err() || rest.is_empty() && out.len() < out.capacity() {
            // It is kept for as long as its kinds are: no byte more than there is.
            out.shrink_to_fit();
            return out;
        }
    }
}

/// Whether who asks has what `tag` stands for.
pub(super) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers.get(IF_NONE_MATCH).map(HeaderValue::as_bytes).unwrap_or_default();
    known.split(|byte| *byte == b',').any(|known| known.trim_ascii() == tag.as_bytes())
}

/// An answer of `media` with the bytes of `parts`, compressed for who asks with such `headers`; 304 without them.
pub(super) fn packed(parts: Option<&[Packed]>, media: HeaderValue, headers: &HeaderMap) -> Response<Body> {
    let compressed = takes_gzip(headers);
    let body = match parts {
        None => Body::empty(),
        Some(parts) if compressed => in_pieces(gzip(parts)),
        Some(parts) => plain(parts.to_vec()),
    };
    let mut response = Response::new(body);
    if parts.is_none() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media);
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Accept"));
    if compressed && parts.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// The gzip form of `parts`, one behind the other, in pieces.
fn gzip(parts: &[Packed]) -> Vec<Bytes> {
    let mut out = Vec::with_capacity(parts.len() + 2);
    out.push(Bytes::from_static(&HEAD));
    let mut sum = crc32fast::Hasher::new();
    let mut plain = 0_u32;
    for part in parts {
        out.push(part.deflated.clone());
        sum.combine(&crc32fast::Hasher::new_with_initial_len(part.sum, part.length.into()));
        plain = plain.wrapping_add(part.length);
    }
    out.push([&LAST[..], &sum.finalize().to_le_bytes(), &plain.to_le_bytes()].concat().into());
    out
}

/// The body of `pieces`.
fn in_pieces(pieces: Vec<Bytes>) -> Body {
    let length = pieces.iter().map(|piece| piece.len() as u64).sum();
    Body::Sized(Box::pin(stream::iter(pieces)), length)
}

/// `parts` as they were before they were compressed, a chunk at a time: all together may have tens of megabytes.
fn plain(parts: Vec<Packed>) -> Body {
    let length = parts.iter().map(|part| u64::from(part.length)).sum();
    Body::Sized(Box::pin(stream::iter(Inflating::new(parts))), length)
}

/// The bytes of parts, in chunks.
struct Inflating {
    parts: std::vec::IntoIter<Packed>,
    part: Option<Packed>,
    decompress: Decompress,
}

impl Inflating {
    fn new(parts: Vec<Packed>) -> Self {
        Self { parts: parts.into_iter(), part: None, decompress: Decompress::new(false) }
    }
}

impl Iterator for Inflating {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.part.is_none() {
                self.part = Some(self.parts.next()?);
                self.decompress.reset(false);
            }
            let part = self.part.as_ref()?;
            let read = usize::try_from(self.decompress.total_in()).unwrap_or_default();
            let mut out = Vec::with_capacity(CHUNK);
            let rest = part.deflated.get(read..).unwrap_or_default();
            let inflated = self.decompress.decompress_vec(rest, &mut out, FlushDecompress::Sync);
            debug_assert!(inflated.is_ok(), "what was compressed here does not inflate: {inflated:?}");
            if out.is_empty() || inflated.is_err() || self.decompress.total_out() >= u64::from(part.length) {
                self.part = None;
            }
            if !out.is_empty() {
                return Some(out.into());
            }
        }
    }
}

/// The entity tag of `parts` together.
pub(super) fn tag(parts: &[Packed]) -> HeaderValue {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part.digest));
    let tag: String = digest.finalize().iter().map(|byte| format!("{byte:02X}")).collect();
    HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn parts_are_one_member_of_gzip() {
        let long = "1,1,1,1,1,1,1,1,1,1,".repeat(10_000);
        let texts = ["", "{\"a\":", &long, "}"];
        let parts: Vec<Packed> = texts.iter().map(|text| Packed::new(text.as_bytes())).collect();
        let plain: Vec<Bytes> = parts.iter().map(Packed::inflate).collect();
        assert_eq!(plain, texts);
        let packed = gzip(&parts).concat();
        let mut rest = &*packed;
        let mut read = String::new();
        GzDecoder::new(&mut rest).read_to_string(&mut read).unwrap();
        assert_eq!((read, rest.len()), (texts.concat(), 0));
        assert_ne!(tag(&parts), tag(&parts[..3]));
    }
}
