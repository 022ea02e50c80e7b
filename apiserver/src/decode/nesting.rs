//! How deep a body may nest, checked before anything recurses into it.

/// Whether JSON text nests arrays and objects deeper than `limit`. One pass, no allocation.
pub(super) fn too_deep(json: &[u8], limit: usize) -> bool {
    let mut depth = 0_usize;
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
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert!(!too_deep(br#"{"a":"[[[[\"[[["}"#, 1));
        assert!(too_deep(b"[[[]]]", 2));
        assert!(!too_deep(b"[[],[],[]]", 2));
    }
}
