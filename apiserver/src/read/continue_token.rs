//! Where the next page of a list begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::status::Status;
use serde::{Deserialize, Serialize};

/// The content of `continue`: all pages show the revision of the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContinueToken {
    v: String,
    rv: u64,
    namespace: String,
    name: String,
    /// Whether the list is of the past, whose pages reach as far as history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    past: bool,
}

const VERSION: &str = "meta.k8s.io/v1";
/// No list has this revision: it stands for the newest.
const NEWEST: u64 = 0;

impl ContinueToken {
    /// The page behind `last`, at `revision`.
    pub fn behind(last: &Key, revision: Revision) -> Self {
        Self {
            v: VERSION.into(),
            rv: revision.0,
            namespace: last.namespace.as_ref().into(),
            name: last.name.as_ref().into(),
            past: false,
        }
    }

    /// The same place in whatever the collection is by then.
    pub fn inconsistent(&self) -> Self {
        Self { rv: NEWEST, ..self.clone() }
    }

    /// The same, of a list of the past or not.
    pub fn in_past(self, past: bool) -> Self {
        Self { past, ..self }
    }

    /// Whether the list is one of the past.
    pub const fn is_past_read(&self) -> bool {
        self.past
    }

    /// Whether the pages may be of several revisions.
    pub const fn is_inconsistent(&self) -> bool {
        self.rv == NEWEST
    }

    /// The revision of the whole list.
    pub const fn revision(&self) -> Revision {
        Revision(self.rv)
    }

    /// Whether `key` was on an earlier page.
    pub fn is_past(&self, key: &Key) -> bool {
        (&*key.namespace, &*key.name) <= (self.namespace.as_str(), self.name.as_str())
    }

    /// The text that clients carry.
    pub fn encode(&self) -> String {
        // A struct of texts and a number always serializes.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the text that a client brings.
    ///
    /// # Errors
    /// 400 where it is none of ours.
    pub fn decode(text: &str) -> Result<Self, Status> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let token: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        token
            .filter(|token| token.v == VERSION)
            .ok_or_else(|| Status::bad_request("continue key is not valid: it was not given out by this server"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_made_up_one_does_not() {
        let token = ContinueToken::behind(&Key::new("pods", "a", "x"), Revision(7));
        assert_eq!(ContinueToken::decode(&token.encode()).unwrap(), token);
        assert!(token.is_past(&Key::new("pods", "a", "x")) && !token.is_past(&Key::new("pods", "b", "a")));
        assert!(ContinueToken::decode("bogus").is_err());
    }
}
