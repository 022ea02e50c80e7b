//! Where the next page of a list begins.

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use kontiki_api::decode::unread;
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

/// Base64 as Go takes it, which passes over bits that say nothing.
const NOTATION: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);
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
        NOTATION.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the text that a client brings.
    ///
    /// # Errors
    /// 400 where it is none of ours.
    pub fn decode(text: &str) -> Result<Self, Status> {
        let invalid = |why: &str| Status::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = NOTATION.decode(text.trim_end_matches('=')).map_err(|error| invalid(&undecoded(text, &error)))?;
        if let Some(why) = unread(&bytes) {
            return Err(invalid(&why));
        }
        let token: Option<Self> = serde_json::from_slice(&bytes).ok();
        token.filter(|token| token.v == VERSION).ok_or_else(|| invalid("server does not recognize this encoded version"))
    }
}

/// What Go says of a text that is no base64.
fn undecoded(text: &str, error: &DecodeError) -> String {
    let at = match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => *at,
        // A single letter at the end stands for nothing.
        DecodeError::InvalidLength(length) => length.saturating_sub(length % 4),
        DecodeError::InvalidPadding => text.len(),
    };
    format!("illegal base64 data at input byte {at}")
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
