//! Whose turn it is where not all can be tried at once.

use kontiki_runtime::plan::Outcome;

/// From where of `count` to take the next `burst`: where the last passes were refused in part, from behind what they
/// tried, so that what is refused each time does not keep the rest waiting.
pub(crate) fn start(last: Option<&Outcome>, burst: usize, count: usize) -> usize {
    let attempts = last.map_or(0, |outcome| outcome.attempts);
    let behind = usize::try_from(attempts).unwrap_or_default().saturating_mul(burst);
    if count <= burst { 0 } else { behind % count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_tried_before_anything_is_tried_twice() {
        let after = |attempts| Outcome { intents: Vec::new(), attempts };
        assert_eq!(start(None, 2, 5), 0);
        assert_eq!([0, 1, 2].map(|attempts| start(Some(&after(attempts)), 2, 5)), [0, 2, 4]);
        assert_eq!(start(Some(&after(3)), 2, 2), 0);
    }
}
