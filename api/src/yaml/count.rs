//! Counts names, values and aliases before anything is made of them.

use granit_parser::{Event, Parser};

/// Most names and values that the body of a request in YAML may hold: its reader keeps several hundred bytes for each.
pub const MAX_NODES: usize = 20_000;
/// Most aliases in it.
pub const MAX_ALIASES: usize = 1_000;

/// What of `bytes`, which are YAML, is more than the body of a request may hold. What cannot be read ends the count: whoever
/// reads it tells why.
pub fn excess(bytes: &[u8]) -> Option<&'static str> {
    // No byte stands for more than two: `,` in `[:,:,` ends one value and begins a name.
    if bytes.len() <= MAX_NODES / 2 {
        return None;
    }
    let (mut nodes, mut aliases) = (0, 0);
    for (event, _) in Parser::new_from_str(std::str::from_utf8(bytes).ok()?).map_while(Result::ok) {
        match event {
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => nodes += 1,
            Event::Alias(_) | Event::UnresolvedAlias(_) => aliases += 1,
            _ => {}
        }
        if nodes > MAX_NODES {
            return Some("20,000 names and values");
        }
        if aliases > MAX_ALIASES {
            return Some("1,000 aliases");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_aliases_are_counted_but_not_lines() {
        let wide = |text: String| excess(text.as_bytes()).is_some();
        let map = |entries: usize| (0..entries).map(|at| format!("{at:x}: ''\n")).collect::<String>();
        assert!(!wide(map(MAX_NODES / 2 - 1)));
        assert!(wide(map(MAX_NODES / 2)));
        assert!(wide(format!("{{{}}}", "a: b,".repeat(MAX_NODES))));
        let aliases = |count: usize| format!("a: &a {}\nb: [{}]\n", "x".repeat(MAX_NODES), "*a,".repeat(count));
        assert!(!wide(aliases(MAX_ALIASES)));
        assert!(wide(aliases(MAX_ALIASES + 1)));
        assert!(!wide(format!("a: |\n{}", "  some: text, with [signs]\n".repeat(2 * MAX_NODES))));
        assert!(!wide("[".repeat(2 * MAX_NODES)));
        assert_eq!(excess(&[0xff; MAX_NODES]), None);
    }
}
