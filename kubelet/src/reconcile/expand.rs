//! `$(NAME)` references.

/// Replaces `$(NAME)` by what `value` says of NAME; `$$` is one dollar; unknown names stay as they are.
pub fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, dollar) = rest.split_at(at);
        out.push_str(before);
        if let Some(behind) = dollar.strip_prefix("$$") {
            out.push('$');
            rest = behind;
        } else if let Some((name, behind)) = dollar.strip_prefix("$(").and_then(|inner| inner.split_once(')')) {
            match value(name) {
                Some(value) => out.push_str(&value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = behind;
        } else {
            out.push('$');
            rest = dollar.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn references_escapes_and_unknown_names_expand_as_upstream_does() {
        let value = |name: &str| (name == "A").then(|| "1".to_owned());
        for (text, expected) in
            [("x$(A)y", "x1y"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$(A", "$(A"), ("$A $ $", "$A $ $"), ("$$$(A)", "$1")]
        {
            assert_eq!(expand(text, value), expected, "{text}");
        }
    }
}
