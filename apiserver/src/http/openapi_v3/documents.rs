//! The documents that were asked for.

use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::openapi::v3_document;
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;

use crate::http::packed::Packed;
use crate::route::unknown;

/// Most compressed bytes that are kept; of more, what was not asked for the longest is made anew when it is.
const MOST: usize = 32 << 20;

/// The documents that were asked for, compressed. To make one takes some ten milliseconds and megabytes, and everybody may ask.
pub(crate) struct Documents {
    kept: Arc<Mutex<Kept>>,
    /// Held while a document is made: one at a time, though those who asked for it have gone.
    making: Arc<tokio::sync::Mutex<()>>,
    most: usize,
}

#[derive(Default)]
struct Kept {
    documents: HashMap<(String, String), Document>,
    bytes: usize,
    asked: u64,
}

struct Document {
    hash: String,
    packed: Packed,
    asked: u64,
}

impl Default for Documents {
    fn default() -> Self {
        Self::keeping(MOST)
    }
}

impl Documents {
    fn keeping(most: usize) -> Self {
        Self { kept: Arc::default(), making: Arc::default(), most }
    }

    /// The document of `group` and `version`, which is known by `hash`.
    ///
    /// # Errors
    /// 404 where nothing is served there, 500 where making it fails.
    pub(in crate::http) async fn get(
        &self,
        kinds: &Arc<Kinds>,
        group: &str,
        version: &str,
        hash: &str,
    ) -> Result<Packed, Status> {
        let place = (group.to_owned(), version.to_owned());
        if let Some(found) = self.kept.lock().found(&place, hash) {
            return Ok(found);
        }
        let alone = Arc::clone(&self.making).lock_owned().await;
        if let Some(found) = self.kept.lock().found(&place, hash) {
            return Ok(found);
        }
        let (kinds, kept, hash, most) = (Arc::clone(kinds), Arc::clone(&self.kept), hash.to_owned(), self.most);
        let make = move || {
            let document = v3_document(&kinds, &place.0, &place.1)?;
            let made = Packed::new(document.to_string().as_bytes());
            kept.lock().keep(place, hash, made.clone(), most);
            drop(alone);
            Some(made)
        };
        let made = tokio::task::spawn_blocking(make).await;
        made.map_err(|error| Status::new(Reason::InternalError, error.to_string()))?.ok_or_else(unknown)
    }
}

impl Kept {
    fn found(&mut self, place: &(String, String), hash: &str) -> Option<Packed> {
        self.asked += 1;
        let found = self.documents.get_mut(place).filter(|document| document.hash == hash)?;
        found.asked = self.asked;
        Some(found.packed.clone())
    }

    fn keep(&mut self, place: (String, String), hash: String, packed: Packed, most: usize) {
        self.bytes += packed.held();
        let document = Document { hash, packed, asked: self.asked };
        if let Some(before) = self.documents.insert(place, document) {
            self.bytes -= before.packed.held();
        }
        while self.bytes > most {
            let oldest = self.documents.iter().min_by_key(|(_, document)| document.asked).map(|(place, _)| place.clone());
            let Some(oldest) = oldest.and_then(|place| self.documents.remove(&place)) else { return };
            self.bytes -= oldest.packed.held();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_made_once_for_each_hash() {
        let (documents, kinds) = (Documents::default(), Arc::new(Kinds::builtin()));
        let first = documents.get(&kinds, "apps", "v1", "A").await.unwrap();
        assert!(first.inflate().starts_with(b"{\"openapi\":\"3.0.0\""));
        assert!(documents.get(&kinds, "apps", "v1", "A").await.unwrap().is(&first));
        let second = documents.get(&kinds, "apps", "v1", "B").await.unwrap();
        assert!(!second.is(&first) && second.inflate() == first.inflate());
        assert_eq!(documents.kept.lock().bytes, second.held());
        assert_eq!(documents.get(&kinds, "apps", "v9", "A").await.err().unwrap().reason, Reason::NotFound);
    }

    #[tokio::test]
    async fn who_goes_away_does_not_let_others_make_documents_beside_the_one_that_is_made() {
        let (documents, kinds) = (Documents::default(), Arc::new(Kinds::builtin()));
        assert!(futures::poll!(std::pin::pin!(documents.get(&kinds, "policy", "v1", "A"))).is_pending());
        let _alone = documents.making.lock().await;
        assert_eq!(documents.kept.lock().documents.len(), 1);
    }

    #[test]
    fn what_was_not_asked_for_the_longest_is_forgotten() {
        let (mut kept, packed) = (Kept::default(), Packed::new(b"{}"));
        let place = |group: &str| (group.to_owned(), "v1".to_owned());
        for group in ["a", "b", "c"] {
            kept.keep(place(group), "A".into(), packed.clone(), packed.held() * 3);
            assert!(kept.found(&place("a"), "A").is_some(), "asked for in between");
        }
        kept.keep(place("d"), "A".into(), packed.clone(), packed.held() * 3);
        let there = ["a", "b", "c", "d"].map(|group| kept.found(&place(group), "A").is_some());
        assert_eq!((there, kept.bytes), ([true, false, true, true], packed.held() * 3));
    }
}
