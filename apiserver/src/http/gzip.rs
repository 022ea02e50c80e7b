//! Compression of large answers, chunk by chunk.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use futures::stream;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

use super::Body;

/// Answers shorter than this are sent as they are, as upstream does.
pub(super) const THRESHOLD: u64 = 128 << 10;

/// How much of a body is compressed at once.
const PIECE: usize = 64 << 10;

/// Whether who asks with such `headers` takes gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"))
}

/// The same body, compressed for speed rather than size.
pub(super) fn gzip(body: Body) -> Body {
    let chunks = match body {
        // In pieces, so that it is there as long as any of it is to be sent, and compressed only as fast as it is taken.
        Body::Full(bytes) => stream::iter(pieces(bytes)).boxed(),
        Body::Sized(stream, _) | Body::Chunks(stream) => stream,
    };
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    Body::chunks(stream::unfold(Some((chunks, encoder)), |state| async move {
        let (mut chunks, mut encoder) = state?;
        loop {
            match chunks.next().await {
                // Writing into memory cannot fail.
                Some(chunk) => drop(encoder.write_all(&chunk)),
                None => return Some((Bytes::from(encoder.finish().unwrap_or_default()), None)),
            }
            if !encoder.get_ref().is_empty() {
                let ready = Bytes::from(std::mem::take(encoder.get_mut()));
                return Some((ready, Some((chunks, encoder))));
            }
        }
    }))
}

fn pieces(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!bytes.is_empty()).then(|| bytes.split_to(bytes.len().min(PIECE))))
}
