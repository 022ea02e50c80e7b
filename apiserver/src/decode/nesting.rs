//! How deep a body nests and how many values it holds, looked at before anything is made of it.

/// What a body has more of than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// Arrays and objects within each other.
    Levels,
    /// Values.
    Values,
}

/// What JSON text has more of than `levels` of nesting and `values` in all. One pass, no allocation.
pub(super) fn excess(json: &[u8], levels: usize, values: usize) -> Option<Excess> {
    let (mut depth, mut count) = (0_usize, 1_usize);
    let mut in_string = false;
    let mut escaped = false;
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                count += 1;
                if depth > levels {
                    return Some(Excess::Levels);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => {
                count += 1;
                if count > values {
                    return Some(Excess::Values);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_commas_in_strings_count_for_nothing() {
        assert_eq!(excess(br#"{"a":"[[[[\"[[[,,,,"}"#, 1, 2), None);
        assert_eq!(excess(b"[[[]]]", 2, 9), Some(Excess::Levels));
        assert_eq!(excess(b"[[],[],[]]", 2, 9), None);
        assert_eq!(excess(b"[1,2,3,4]", 1, 5), None);
        assert_eq!(excess(b"[1,2,3,4,5]", 1, 4), Some(Excess::Values));
    }
}
