//! Where the next page of a list begins.

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};
use kontiki_api::decode::unread;
use kontiki_api::go::type_of;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::status::Status;
use kontiki_store::Range;
use serde::Serialize;
use serde_json::{Map, Value};

use super::arrange::path;

/// The content of `continue`, as upstream writes it: all pages show the revision of the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ContinueToken {
    #[serde(rename = "v")]
    version: String,
    /// Below zero for the newest revision.
    rv: i64,
    /// The name, behind the namespace and a slash where the list is of all namespaces, that the page begins with or behind.
    start: String,
    /// Whether the list is of the past, whose pages reach as far as history.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
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
const NEWEST: i64 = -1;

impl ContinueToken {
    /// The page of `range` behind `last`, at `revision`.
    pub fn behind(range: &Range, last: &Key, revision: Revision) -> Self {
        let place = match range {
            Range::Resource(_) if !last.namespace.is_empty() => format!("{}/{}", last.namespace, last.name),
            _ => last.name.to_string(),
        };
        let rv = i64::try_from(revision.0).unwrap_or(i64::MAX);
        Self { version: VERSION.into(), rv, start: place + "\0", past: false }
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
        self.rv < 0
    }

    /// The revision of the whole list.
    pub const fn revision(&self) -> Revision {
        Revision(self.rv.unsigned_abs())
    }

    /// Whether `key` was on an earlier page of `range`.
    pub fn is_past(&self, range: &Range, key: &Key) -> bool {
        let start = self.start.strip_prefix('/').unwrap_or(&self.start);
        match range {
            Range::Resource(_) if !key.namespace.is_empty() => path(&key.namespace).chain(key.name.bytes()).lt(start.bytes()),
            _ => &*key.name < start,
        }
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
        let invalid = |why: String| Status::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let text: String = text.chars().filter(|letter| !matches!(letter, '\r' | '\n')).collect();
        let bytes = decoded(&text).map_err(invalid)?;
        let token = read(&bytes).map_err(invalid)?;
        if token.version != VERSION {
            return Err(invalid(format!("server does not recognize this encoded version {}", token.version)));
        }
        if token.rv == 0 {
            return Err(invalid(format!("incorrect encoded start resourceVersion (version {VERSION})")));
        }
        if token.start.is_empty() {
            return Err(invalid(format!("encoded start key empty (version {VERSION})")));
        }
        let path = token.start.strip_prefix('/').unwrap_or(&token.start);
        if !path.is_empty() && path.split('/').any(|step| matches!(step, "" | "." | "..")) {
            return Err(invalid(token.start));
        }
        Ok(token)
    }
}

/// The bytes that `text` stands for, or what Go says of it.
fn decoded(text: &str) -> Result<Vec<u8>, String> {
    let (head, padded) = text.split_once('=').map_or((text, false), |(head, _)| (head, true));
    let undecoded = |at: usize| format!("illegal base64 data at input byte {at}");
    match NOTATION.decode(head) {
        Ok(bytes) if !padded => Ok(bytes),
        Err(DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _)) => Err(undecoded(at)),
        // A single letter at the end stands for nothing.
        Err(DecodeError::InvalidLength(length)) if !padded => Err(undecoded(length.saturating_sub(length % 4))),
        _ => Err(undecoded(head.len())),
    }
}

/// The token that `bytes` are, or what Go says of them.
fn read(bytes: &[u8]) -> Result<ContinueToken, String> {
    if let Some(why) = unread(bytes) {
        return Err(why.replace("map[string]interface {}", "storage.continueToken"));
    }
    let members: Option<Map<String, Value>> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let members = members.unwrap_or_default();
    let unfit = |what: &str, name: &str, wanted: &str| {
        Err(format!("json: cannot unmarshal {what} into Go struct field continueToken.{name} of type {wanted}"))
    };
    for (name, value) in &members {
        match (name.as_str(), value) {
            ("rv", Value::Number(number)) if number.as_i64().is_none() => {
                return unfit(&format!("number {number}"), name, "int64");
            }
            ("rv", Value::Number(_)) | ("v" | "start", Value::String(_)) | (_, Value::Null) => {}
            ("rv", other) => return unfit(type_of(other), name, "int64"),
            ("v" | "start", other) => return unfit(type_of(other), name, "string"),
            _ => {}
        }
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rv = members.get("rv").and_then(Value::as_i64).unwrap_or_default();
    let past = members.get("past").and_then(Value::as_bool).unwrap_or_default();
    Ok(ContinueToken { version: text("v"), rv, start: text("start"), past })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::meta::Resource;

    fn all() -> Range {
        Range::Resource(Resource::from("pods"))
    }

    fn within(namespace: &str) -> Range {
        Range::Namespace(Resource::from("pods"), namespace.into())
    }

    #[test]
    fn a_token_reads_back_and_says_where_it_goes_on() {
        let (a, behind, b) = (Key::new("pods", "a", "x"), Key::new("pods", "a", "x-1"), Key::new("pods", "b", "a"));
        for range in [all(), within("a")] {
            let token = ContinueToken::behind(&range, &a, Revision(7));
            assert_eq!(ContinueToken::decode(&token.encode()).unwrap(), token);
            assert!(token.is_past(&range, &a) && !token.is_past(&range, &behind));
        }
        let token = ContinueToken::behind(&all(), &a, Revision(7));
        assert!(!token.is_past(&all(), &b) && (token.revision(), token.is_inconsistent()) == (Revision(7), false));
        assert!(token.inconsistent().is_inconsistent());
    }

    #[test]
    fn a_token_is_written_as_upstream_writes_it() {
        let text = |range: &Range, key: Key| {
            let token = ContinueToken::behind(range, &key, Revision(7)).encode();
            String::from_utf8(NOTATION.decode(token).unwrap()).unwrap()
        };
        assert_eq!(text(&all(), Key::new("pods", "a", "x")), r#"{"v":"meta.k8s.io/v1","rv":7,"start":"a/x\u0000"}"#);
        assert_eq!(text(&within("a"), Key::new("pods", "a", "x")), r#"{"v":"meta.k8s.io/v1","rv":7,"start":"x\u0000"}"#);
        assert_eq!(text(&all(), Key::new("nodes", "", "x")), r#"{"v":"meta.k8s.io/v1","rv":7,"start":"x\u0000"}"#);
    }
}
