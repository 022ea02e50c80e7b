//! Several texts in one line.

use std::ops::Deref;

use super::quoted;

/// Errors as upstream's aggregates tell them: the only one of `errors` as it is, more in brackets; nothing where there is none.
pub fn listed(errors: &[String]) -> String {
    match errors {
        [] => String::new(),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

/// Texts as `%q` writes a list of them: `["a" "b"]`.
pub fn quoted_list<T: Deref<Target = str>>(texts: &[T]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_error_stands_alone_and_several_in_brackets() {
        let errors = ["a".to_owned(), "b".to_owned()];
        assert_eq!((listed(&[]).as_str(), listed(&errors[..1]).as_str(), listed(&errors).as_str()), ("", "a", "[a, b]"));
    }

    #[test]
    fn texts_are_quoted_one_by_one() {
        assert_eq!(
            (quoted_list::<String>(&[]), quoted_list(&["a".to_owned(), "b\n".to_owned()])),
            ("[]".into(), r#"["a" "b\n"]"#.into())
        );
    }
}
