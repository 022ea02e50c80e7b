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

/// Those of `all` that are told: each once, and where there is much to tell cut, and no more than fit.
fn told(all: &[String]) -> Vec<String> {
    let mut known = HashSet::new();
    let once: Vec<&String> = all.iter().filter(|warning| known.insert(warning.as_str())).collect();
    let letters: usize = once.iter().map(|warning| warning.chars().count()).sum();
    let most = if letters > IN_FULL { EACH } else { IN_FULL };
    let mut room = IN_FULL;
    let cut = once.into_iter().map(|warning| warning.chars().take(most).collect::<String>());
    cut.take_while(|warning| {
        let left = room.checked_sub(warning.chars().count());
        room = left.unwrap_or_default();
        left.is_some()
    })
    .collect()
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
}
