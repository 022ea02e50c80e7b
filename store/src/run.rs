//! Batches that are told together.

use kontiki_api::meta::Revision;

use crate::{Batch, Event};

/// Batches travel together until their objects have so many bytes.
const ENOUGH_BYTES: usize = 256 << 10;

/// Batches that follow each other without a gap, at least one. Watchers that are told the same share one run: what is made of it
/// need be made only once.
#[derive(Debug)]
pub struct Run {
    batches: Vec<Batch>,
    ended: bool,
}

impl Run {
    /// Runs end with the first batch behind a multiple of this revision: watchers of the same changes stop at the same ones, wherever
    /// each began.
    pub const STRETCH: u64 = 256;

    /// `first`, and what `next` gives, up to where runs end.
    pub(crate) fn gather(first: Batch, mut next: impl FnMut() -> Option<Batch>) -> Self {
        let (mut bytes, mut stretch) = (first.bytes(), first.revision.0 / Self::STRETCH);
        let mut batches = vec![first];
        let mut ended = bytes >= ENOUGH_BYTES;
        while !ended {
            let Some(batch) = next() else { break };
            let before = std::mem::replace(&mut stretch, batch.revision.0 / Self::STRETCH);
            bytes += batch.bytes();
            ended = stretch != before || bytes >= ENOUGH_BYTES;
            batches.push(batch);
        }
        Self { batches, ended }
    }

    /// Whether nothing can be added: it does not end for want of batches.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The batches, in commit order.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// The changes, in revision order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.batches.iter().flat_map(|batch| batch.events.iter())
    }

    /// Everything of the range up to here has been delivered with this run.
    pub fn revision(&self) -> Revision {
        self.batches.last().map(|batch| batch.revision).unwrap_or_default()
    }
}
