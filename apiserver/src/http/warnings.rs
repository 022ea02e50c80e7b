//! How much clients are warned of.

use std::collections::HashSet;

use http::HeaderMap;
use http::header::{HeaderValue, WARNING};
use serde_json::Value;

/// As many letters are told in full (upstream's `truncateAtTotalRunes`).
const IN_FULL: usize = 4_096;
/// Letters of each where there are more (upstream's `truncateItemRunes`).
const EACH: usize = 256;

/// Writes `warnings` into `headers`, as far as they are told.
pub(super) fn tell(headers: &mut HeaderMap, warnings: &[String]) {
    for warning in &told(warnings) {
        if let Ok(header) = HeaderValue::from_str(&format!("299 - {}", Value::from(warning.as_str()))) {
            headers.append(WARNING, header);
        }
    }
}

/// Those of `all` that are told, as upstream's recorder tells them: each once, and where there is much to tell all of them cut, and no
/// more once that is too much. What no header can hold is left out.
fn told(all: &[String]) -> Vec<String> {
    let mut known = HashSet::new();
    let once: Vec<&String> = all.iter().filter(|warning| !warning.is_empty() && known.insert(warning.as_str())).collect();
    let (mut out, mut letters, mut cut) = (Vec::new(), 0, false);
    for (at, warning) in once.iter().enumerate() {
        if cut && letters >= IN_FULL {
            break;
        }
        let text: String = if cut { warning.chars().take(EACH).collect() } else { (*warning).clone() };
        if text.chars().any(char::is_control) {
            continue;
        }
        letters += text.chars().count();
        out.push(text);
        if !cut && letters > IN_FULL {
            cut = true;
            out = once.iter().take(at + 1).map(|warning| warning.chars().take(EACH).collect()).collect();
            out.retain(|text: &String| !text.chars().any(char::is_control));
            letters = out.iter().map(|text| text.chars().count()).sum();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_to_tell_is_cut_and_a_little_is_not() {
        let long = "é".repeat(3_000);
        assert_eq!(told(&[long.clone(), "a".into(), "a".into()]), [long.clone(), "a".into()]);
        let many: Vec<String> = (0..100).map(|at| format!("{at}{long}")).collect();
        let told = told(&many);
        assert_eq!(told.len(), IN_FULL / EACH);
        assert!(told.iter().zip(&many).all(|(told, whole)| told.chars().count() == EACH && whole.starts_with(told)));
    }

    #[test]
    fn what_no_header_holds_is_left_out() {
        assert_eq!(told(&["a\tb".into(), "a\nb".into(), String::new(), "a".into(), "\u{85}".into()]), ["a"]);
    }
}
