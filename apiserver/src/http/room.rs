//! Where the body of a request is put while it comes.

use std::io;

use bytes::{Bytes, BytesMut};
use memmap2::MmapMut;

/// Room made for a body before any of it has come, in bytes.
const BEGINNING: usize = 64 << 10;
/// Bodies of more bytes than this have pages of their own.
const SMALL: usize = 256 << 10;

/// A body as far as it has come.
///
/// A large one lies in pages that go back to the system with it: the allocator keeps what was freed for a while, on every thread that
/// freed some, and would hold several large bodies where one is read after another.
pub(super) enum Room {
    Small(BytesMut),
    Large(Pages),
}

/// Pages of which the first bytes are in use.
pub(super) struct Pages {
    pages: MmapMut,
    used: usize,
}

impl Room {
    /// For a body that is said to have `told` bytes.
    pub fn new(told: usize) -> Self {
        Self::Small(BytesMut::with_capacity(told.min(BEGINNING)))
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Small(bytes) => bytes.len(),
            Self::Large(large) => large.used,
        }
    }

    /// Adds `data` to a body that has at most `limit` bytes with it.
    ///
    /// # Errors
    /// Where the system has no more room.
    pub fn add(&mut self, data: &[u8], limit: usize) -> io::Result<()> {
        let length = self.len() + data.len();
        if let Self::Small(bytes) = self
            && length > SMALL
        {
            // Pages that are never written to are never there, so that all that might come costs nothing.
            let mut pages = MmapMut::map_anon(limit.max(length))?;
            put(&mut pages, 0, bytes)?;
            *self = Self::Large(Pages { pages, used: bytes.len() });
        }
        match self {
            Self::Small(bytes) => bytes.extend_from_slice(data),
            Self::Large(large) => {
                put(&mut large.pages, large.used, data)?;
                large.used = length;
            }
        }
        Ok(())
    }

    /// The body.
    pub fn bytes(self) -> Bytes {
        match self {
            Self::Small(bytes) => bytes.freeze(),
            Self::Large(large) => Bytes::from_owner(large),
        }
    }
}

fn put(pages: &mut MmapMut, at: usize, data: &[u8]) -> io::Result<()> {
    let place = pages.get_mut(at..at + data.len()).ok_or(io::ErrorKind::StorageFull)?;
    place.copy_from_slice(data);
    Ok(())
}

impl AsRef<[u8]> for Pages {
    fn as_ref(&self) -> &[u8] {
        self.pages.get(..self.used).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_what_is_there() {
        let all: Vec<u8> = (0..2 * SMALL).map(|at| (at % 251) as u8).collect();
        for (length, part) in [(0, 1), (100, 7), (SMALL, 1_000), (SMALL + 1, 4_096), (2 * SMALL, 2 * SMALL)] {
            let mut room = Room::new(length);
            for data in all[..length].chunks(part) {
                room.add(data, 2 * SMALL).unwrap();
            }
            assert_eq!(room.len(), length);
            assert_eq!(matches!(room, Room::Large(_)), length > SMALL);
            assert_eq!(room.bytes(), all[..length], "{length} in parts of {part}");
        }
        let mut full = Room::new(0);
        full.add(&all, SMALL).unwrap();
        assert!(full.add(&all, SMALL).is_err());
    }
}
