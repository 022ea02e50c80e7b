//! A list as chunks, each made when the connection has room for it.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use kontiki_api::object::Object;

use super::list_head;
use crate::http::Body;
use crate::server::List;

/// Chunks are about this long: a few TLS records, and below what the allocator maps on its own.
const CHUNK: usize = 64 << 10;

/// What follows the items.
const TAIL: &[u8] = b"]}\n";

/// A running list.
struct Running {
    objects: std::vec::IntoIter<Arc<Object>>,
    pending: Vec<u8>,
    begun: bool,
    done: bool,
}

/// The list as a body of known length: the stored bytes are copied once, chunk by chunk, into what
/// goes to the connection. The row must be served as it is stored.
pub fn list_stream(list: List) -> Body {
    let head = list_head(&list, &list.kind.list_kind(), &list.kind.api_version());
    let length = head.len()
        + TAIL.len()
        + list.objects.len().saturating_sub(1)
        + list.objects.iter().map(|object| length_of(object)).sum::<usize>();
    let mut pending = Vec::with_capacity(CHUNK.min(length));
    pending.extend_from_slice(head.as_bytes());
    let running = Running { objects: list.objects.into_iter(), pending, begun: false, done: false };
    let chunks = stream::unfold(running, |mut running| async move {
        let chunk = running.fill()?;
        Some((chunk, running))
    });
    Body::Sized(Box::pin(chunks), length as u64)
}

/// Length of the published JSON.
fn length_of(object: &Object) -> usize {
    let digits = object.revision.0.checked_ilog10().unwrap_or_default() as usize + 1;
    object.value.len() + digits + r#""resourceVersion":"","#.len()
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
                    object.write_to(&mut self.pending);
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
