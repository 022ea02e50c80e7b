//! A page with its links rewritten, piece by piece.

use std::io::{self, Write};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use futures::{Stream, StreamExt};

use super::links::{Base, Links};

/// A page on its way: what is left of the chunk at hand, and what is made of it.
struct Page<S> {
    chunks: S,
    left: Bytes,
    links: Links,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
}

/// The chunks of a page with its links rewritten; decompressed where they are `gzip`. However much a chunk becomes, it is made
/// only as fast as it is taken, some tens of kilobytes at a time.
pub(super) fn rewritten(
    chunks: impl Stream<Item = Bytes> + Send + 'static,
    base: Base,
    gzip: bool,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let gzip = gzip.then(|| MultiGzDecoder::new(Vec::new()));
    let page = Page { chunks: Box::pin(chunks), left: Bytes::new(), links: Links::new(base), gzip };
    let pieces = futures::stream::unfold(Some(page), |page| async move {
        let mut page = page?;
        if page.left.is_empty() {
            match page.chunks.next().await {
                Some(chunk) => page.left = chunk,
                None => return Some((Bytes::from(page.links.finish()), None)),
            }
        }
        // A page that does not decompress ends here.
        let piece = page.piece().ok()?;
        Some((piece, Some(page)))
    });
    pieces.filter(|piece| std::future::ready(!piece.is_empty()))
}

impl<S> Page<S> {
    /// What the next part of the chunk at hand becomes.
    fn piece(&mut self) -> io::Result<Bytes> {
        let Some(gzip) = &mut self.gzip else {
            return Ok(self.links.feed(&std::mem::take(&mut self.left)).into());
        };
        if !self.left.is_empty() {
            // One write takes no more than fills the decoder's own buffer of 32 KiB.
            match gzip.write(&self.left)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                taken => self.left.advance(taken),
            }
        }
        if self.left.is_empty() {
            gzip.flush()?;
        }
        Ok(self.links.feed(&std::mem::take(gzip.get_mut())).into())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Bytes of a page that compresses well.
    const LONG: usize = 64 << 20;
    /// Most bytes of a piece: two buffers of the decoder, with each link made longer.
    const PIECE: usize = 128 << 10;

    fn base() -> Base {
        Base { prefix: "/p".into(), hosts: ["api".into(), "web".into()] }
    }

    fn compressed(page: impl Iterator<Item = &'static [u8]>) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        page.for_each(|part| encoder.write_all(part).unwrap());
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn a_page_that_compresses_a_thousandfold_comes_in_small_pieces() {
        let blank: &[u8] = &[b' '; 64 << 10];
        let links: [&[u8]; 2] = [b"<a href=\"/first\">", b"<a href=\"/last\">"];
        let page = [links[0]].into_iter().chain(std::iter::repeat_n(blank, LONG / blank.len())).chain([links[1]]);
        let sent = compressed(page);
        assert!(sent.len() < LONG / 900, "{}", sent.len());
        let mut pieces = Box::pin(rewritten(futures::stream::iter([Bytes::from(sent)]), base(), true));
        let (mut all, mut longest) = (0, 0);
        let (mut first, mut last) = (Bytes::new(), Bytes::new());
        while let Some(piece) = pieces.next().await {
            (all, longest) = (all + piece.len(), longest.max(piece.len()));
            first = if first.is_empty() { piece.clone() } else { first };
            last = piece;
        }
        assert!(longest <= PIECE, "{longest}");
        assert_eq!(all, LONG + "<a href=\"/p/first\"><a href=\"/p/last\">".len());
        assert!(first.starts_with(b"<a href=\"/p/first\">") && last.ends_with(b"<a href=\"/p/last\">"));
    }

    #[tokio::test]
    async fn a_compressed_page_is_shown_as_far_as_it_has_come_wherever_it_is_cut() {
        let sent = compressed([&b"<a href=\"/a\"> "[..], b"and <b>more</b>"].into_iter());
        let twice = [&sent[..], &sent[..]].concat();
        for cut in [1, 7, twice.len()] {
            let chunks: Vec<Bytes> = twice.chunks(cut).map(Bytes::copy_from_slice).collect();
            let pieces: Vec<Bytes> = rewritten(futures::stream::iter(chunks), base(), true).collect().await;
            assert_eq!(pieces.concat(), b"<a href=\"/p/a\"> and <b>more</b>".repeat(2), "cut at {cut}");
        }
        let broken = [&sent[..sent.len() / 2], b"not gzip at all"].concat();
        let pieces: Vec<Bytes> = rewritten(futures::stream::iter([Bytes::from(broken)]), base(), true).collect().await;
        assert!(pieces.concat().len() < 40);
    }
}
