//! Counts names and values before anything is made of them.

use granit_parser::{Event, Parser};

/// Most names and values that the body of a request in YAML may hold: its reader keeps several hundred bytes for each.
pub const MAX_NODES: usize = 20_000;

/// Whether `bytes`, which are YAML, hold more than [`MAX_NODES`] names and values. What cannot be read ends the count: whoever
/// reads it tells why.
pub fn is_too_wide(bytes: &[u8]) -> bool {
    // No byte stands for more than two: `,` in `[:,:,` ends one value and begins a name.
    if bytes.len() <= MAX_NODES / 2 {
        return false;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let events = Parser::new_from_str(text).map_while(Result::ok);
    let nodes =
        events.filter(|(event, _)| matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)));
    nodes.take(MAX_NODES + 1).count() > MAX_NODES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_counted_but_not_lines() {
        let map = |entries: usize| (0..entries).map(|at| format!("{at:x}: ''\n")).collect::<String>();
        assert!(!is_too_wide(map(MAX_NODES / 2 - 1).as_bytes()));
        assert!(is_too_wide(map(MAX_NODES / 2).as_bytes()));
        assert!(is_too_wide(format!("{{{}}}", "a: b,".repeat(MAX_NODES)).as_bytes()));
        let text = format!("a: |\n{}", "  some: text, with [signs]\n".repeat(2 * MAX_NODES));
        assert!(!is_too_wide(text.as_bytes()));
        assert!(!is_too_wide(&b"["[..].repeat(2 * MAX_NODES)));
        assert!(!is_too_wide(&[0xff; MAX_NODES]));
    }
}
