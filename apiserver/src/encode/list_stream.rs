//! A list as chunks, each made when the connection has room for it.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use kontiki_api::object::Object;

use super::{item_head, list_head};
use crate::http::Body;
use crate::server::List;

/// Chunks are about this long: a few TLS records, and below what the allocator maps on its own.
const CHUNK: usize = 64 << 10;

/// What follows the items.
const TAIL: &[u8] = b"]}\n";

/// A running list.
struct Running {
    item_head: String,
    objects: std::vec::IntoIter<Arc<Object>>,
    pending: Vec<u8>,
    begun: bool,
    done: bool,
}

/// The list as a body of known length: the stored bytes are copied once, chunk by chunk, into what
/// goes to the connection. The row must be served as it is stored.
pub fn list_stream(list: List) -> Body {
    let head = list_head(&list, &list.kind.list_kind(), &list.kind.api_version());
    let item_head = item_head(&list.kind);
    let length = head.len()
        + TAIL.len()
        + list.objects.len().saturating_sub(1)
        + list.objects.iter().map(|object| object.item_length(&item_head)).sum::<usize>();
    let mut pending = Vec::with_capacity(CHUNK.min(length));
    pending.extend_from_slice(head.as_bytes());
    let running = Running { item_head, objects: list.objects.into_iter(), pending, begun: false, done: false };
    let chunks = stream::unfold(running, |mut running| async move {
        let chunk = running.fill()?;
        Some((chunk, running))
    });
    Body::Sized(Box::pin(chunks), length as u64)
}

impl Running {
    fn fill(&mut self) -> Option<Bytes> {
        while !self.done && self.pending.len() < CHUNK {
            match self.objects.next() {
                Some(object) => {
                    if self.begun {
                        self.pending.push(b',');
                    }
                    self.begun = true;
                    object.write_item(&self.item_head, &mut self.pending);
                }
                None => {
                    self.pending.extend_from_slice(TAIL);
                    self.done = true;
                }
            }
        }
        if self.pending.is_empty() {
            return None;
        }
        let next = Vec::with_capacity(if self.done { 0 } else { CHUNK + CHUNK / 8 });
        Some(Bytes::from(std::mem::replace(&mut self.pending, next)))
    }
}
