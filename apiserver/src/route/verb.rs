//! From method and query to verb and name.

use std::borrow::Cow;

use http::Method;
use kontiki_api::kind::validate::path_segment_fault;
use kontiki_api::request::{Target, Verb, is_yes, param};

use super::ResourcePath;
use crate::authorize::requirements_of;

/// The verb that `method` means on `path` with `query`; `None` where no verb has that method.
pub fn verb_of(method: &Method, path: &ResourcePath, query: &[(String, String)]) -> Option<Verb> {
    let collection = path.name.is_empty();
    let watch = || collection && param(query, "watch").is_some_and(is_yes);
    match *method {
        // The path says it, whatever the method.
        _ if path.watch => Some(Verb::Watch),
        Method::GET | Method::HEAD if watch() => Some(Verb::Watch),
        Method::GET | Method::HEAD if collection => Some(Verb::List),
        Method::GET | Method::HEAD => Some(Verb::Get),
        Method::POST => Some(Verb::Create),
        Method::PUT => Some(Verb::Update),
        Method::PATCH => Some(Verb::Patch),
        Method::DELETE if collection => Some(Verb::DeleteCollection),
        Method::DELETE => Some(Verb::Delete),
        _ => None,
    }
}

/// `target` as authorization and audit see it: who lists or watches only what is called so asks for that name, and may be allowed no other.
pub(crate) fn named<'a>(target: &'a Target, verb: Verb, query: &[(String, String)]) -> Cow<'a, Target> {
    let reads = matches!(verb, Verb::List | Verb::Watch) && target.name.is_empty();
    let equal = if reads { requirements_of(query) } else { Vec::new() };
    let name = equal.into_iter().find(|(field, _)| &**field == "metadata.name").map(|(_, name)| name);
    match name.filter(|name| !name.is_empty() && path_segment_fault(name).is_none()) {
        Some(name) => Cow::Owned(Target { name, ..target.clone() }),
        None => Cow::Borrowed(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.into(), value.into())]
    }

    #[test]
    fn a_flag_is_set_unless_it_says_no() {
        let path = ResourcePath { plural: "pods".into(), ..ResourcePath::default() };
        for (value, verb) in
            [("True", Verb::Watch), ("1", Verb::Watch), ("", Verb::Watch), ("False", Verb::List), ("0", Verb::List)]
        {
            assert_eq!(verb_of(&Method::GET, &path, &query("watch", value)), Some(verb), "{value:?}");
        }
        let one = ResourcePath { name: "p".into(), ..path };
        assert_eq!(verb_of(&Method::GET, &one, &query("watch", "true")), Some(Verb::Get), "one object is read");
        let watched = ResourcePath { watch: true, ..one };
        for method in [Method::GET, Method::DELETE, Method::POST] {
            assert_eq!(verb_of(&method, &watched, &[]), Some(Verb::Watch), "{method}");
        }
    }

    #[test]
    fn who_selects_one_name_asks_for_that_name() {
        let target = Target { plural: "configmaps".into(), namespace: "n".into(), ..Target::default() };
        let name = |verb, selector: &str| named(&target, verb, &query("fieldSelector", selector)).name.to_string();
        assert_eq!(name(Verb::List, "metadata.name=a"), "a");
        assert_eq!(name(Verb::Watch, "metadata.namespace=n,metadata.name==a"), "a");
        for other in ["", "metadata.name!=a", "metadata.name=", "metadata.name=a/b", "metadata.name=..", "a", "spec.x=a"] {
            assert_eq!(name(Verb::List, other), "", "{other:?}");
        }
        assert_eq!(name(Verb::DeleteCollection, "metadata.name=a"), "");
    }
}
