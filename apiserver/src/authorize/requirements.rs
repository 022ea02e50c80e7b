//! What a field selector demands, for authorizers.

use kontiki_api::Text;
use kontiki_api::request::param;
use kontiki_api::selector::FieldSelector;

/// What the `fieldSelector` of a request with `query` demands to be equal. Nothing where there is none or it does not read:
/// who may ask only for some objects may not ask that.
pub(crate) fn requirements_of(query: &[(String, String)]) -> Vec<(Text, Text)> {
    param(query, "fieldSelector").map(requirements).unwrap_or_default()
}

/// What `selector` demands to be equal; nothing where it does not read.
pub(crate) fn requirements(selector: &str) -> Vec<(Text, Text)> {
    let equal = FieldSelector::equalities(selector).unwrap_or_default();
    equal.into_iter().map(|(field, value)| (field.into(), value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &[(&str, &str)]) -> Vec<(Text, Text)> {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        requirements_of(&query)
    }

    #[test]
    fn only_equalities_are_demanded() {
        let both = told(&[("limit", "5"), ("fieldSelector", "spec.nodeName=n1,status.phase!=Failed,metadata.name==a")]);
        assert_eq!(both, [("spec.nodeName".into(), "n1".into()), ("metadata.name".into(), "a".into())]);
    }

    #[test]
    fn what_does_not_read_demands_nothing() {
        for query in [&[][..], &[("fieldSelector", "")], &[("fieldSelector", "spec.nodeName=n1,x")], &[("labelSelector", "a=b")]]
        {
            assert!(told(query).is_empty(), "{query:?}");
        }
    }

    #[test]
    fn the_first_selector_counts_as_it_does_for_the_list() {
        let first = told(&[("fieldSelector", "a=b"), ("fieldSelector", "spec.nodeName=n1")]);
        assert_eq!(first, [("a".into(), "b".into())]);
    }
}
