//! What kind of object a body says it is, where that is all that can be told of it.

use serde_json::Value;

use super::head::{Found, Head};
use crate::go::{syntax_fault, type_of as type_name, type_of_text};

/// As many bytes of a body are shown where it is not recognized.
const SUMMARY: usize = 30;
/// As much of a body is shown where it does not say its kind.
const SHOWN: usize = 4_096;

/// Type meta alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TypeMeta {
    pub api_version: String,
    pub kind: String,
}

/// The type that the JSON in `bytes` names.
///
/// # Errors
/// What upstream tells of JSON of which that cannot be read.
pub(super) fn type_meta(bytes: &[u8]) -> Result<TypeMeta, String> {
    type_of(bytes).map_err(|why| format!("couldn't get version/kind; json parse error: {why}"))
}

fn type_of(bytes: &[u8]) -> Result<TypeMeta, String> {
    if let Some(fault) = syntax_fault(bytes) {
        return Err(fault);
    }
    match type_of_text(bytes) {
        "object" => {}
        "null" => return Ok(TypeMeta::default()),
        other => {
            return Err(format!(
                "json: cannot unmarshal {other} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
                 Kind string \"json:\\\"kind,omitempty\\\"\" }}"
            ));
        }
    }
    // What Go's scanner takes and this reader does not, such as half a pair of surrogates, is told of by whoever reads it all.
    let head: Head = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |name: &str, found: Found| match found {
        Found::Nothing => Ok(String::new()),
        Found::Text(text) => Ok(text),
        Found::Other(what) => Err(format!("json: cannot unmarshal {what} into Go struct field .{name} of type string")),
    };
    Ok(TypeMeta { api_version: text("apiVersion", head.api_version)?, kind: text("kind", head.kind)? })
}

/// What Go says of JSON that it cannot read as a `map[string]interface {}`; `None` where it can, or where it is null.
pub fn unread(bytes: &[u8]) -> Option<String> {
    if let Some(fault) = syntax_fault(bytes) {
        return Some(fault);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(_) | Value::Null) => None,
        Ok(other) => {
            Some(format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", type_name(&other)))
        }
        Err(error) => Some(error.to_string()),
    }
}

/// What upstream tells of an object without a kind.
pub(super) fn kind_is_missing(bytes: &[u8]) -> String {
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    format!("Object 'Kind' is missing in '{}'", String::from_utf8_lossy(shown))
}

/// The beginning of a body as upstream shows it: text where it is JSON, else its bytes.
pub(super) fn summary(bytes: &[u8]) -> String {
    let (start, more) = bytes.get(..SUMMARY).filter(|_| bytes.len() > SUMMARY).map_or((bytes, ""), |start| (start, " ..."));
    match bytes.first() {
        None => "<empty>".into(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => start.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_summed_up_as_upstream_does() {
        assert_eq!(summary(b""), "<empty>");
        assert_eq!(summary(b"[]"), "5b5d");
        assert_eq!(summary(b"{}"), "{}");
        assert_eq!(summary(&[b'{'; 31]), format!("{} ...", "{".repeat(30)));
    }

    #[test]
    fn the_type_is_read_where_nothing_else_can_be() {
        let read = |text: &str| type_meta(text.as_bytes());
        assert_eq!(read("null").unwrap(), TypeMeta::default());
        assert_eq!(read(r#"{"kind":"A","Kind":"B"}"#).unwrap().kind, "A");
        assert_eq!(read(r#"{"kind":1,"items":[{"kind":2}],"kind":"C"}"#).unwrap().kind, "C", "the last one counts");
        for (value, found) in [("1", "number"), ("[1,[2]]", "array"), (r#"{"a":{}}"#, "object"), ("true", "bool")] {
            let why = read(&format!(r#"{{"kind":{value}}}"#)).unwrap_err();
            let wanted = format!("json: cannot unmarshal {found} into Go struct field .kind of type string");
            assert_eq!(why, format!("couldn't get version/kind; json parse error: {wanted}"));
        }
        assert!(read("[]").unwrap_err().contains("cannot unmarshal array into Go value of type struct"));
    }
}
