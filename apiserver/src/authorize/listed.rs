//! Several errors as upstream tells them in one line.

/// The only one of `errors` as it is; more in brackets; nothing where there is none.
pub fn listed(errors: &[String]) -> String {
    match errors {
        [] => String::new(),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_error_stands_alone_and_several_in_brackets() {
        let errors = ["a".to_owned(), "b".to_owned()];
        assert_eq!((listed(&[]).as_str(), listed(&errors[..1]).as_str(), listed(&errors).as_str()), ("", "a", "[a, b]"));
    }
}
