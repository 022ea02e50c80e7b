//! The built-in kinds of Kubernetes v1.36, one line each.
//!
//! Names, short names, categories, scopes, verbs and subresources are those that upstream's
//! discovery answers with; selectable fields are those of upstream's field label conversions.

mod convert;
mod defaults;
mod deletion;
mod hooks;
mod line;
mod prepare;
mod table;
mod validate;
mod warn;

pub use prepare::qos_class;
pub use validate::MAX_VARIABLES;
pub(crate) use validate::{ADDRESS_FAULTS, client_config};

use super::{Kind, Kinds};

impl Kinds {
    /// Every built-in kind.
    pub fn builtin() -> Self {
        let mut kinds = Self::default();
        for (group, version, lines) in table::GROUPS {
            for line in *lines {
                kinds.insert(line.row(group, version));
            }
        }
        kinds
    }
}

/// The conversion of a row that is not served as it is stored.
fn conversion(kind: &Kind) -> Option<super::Conversion> {
    match (&*kind.group, &*kind.version, &*kind.kind) {
        ("events.k8s.io", "v1", "Event") => Some(convert::EVENTS_V1),
        ("autoscaling", "v1", "HorizontalPodAutoscaler") => Some(convert::AUTOSCALING_V1),
        _ => None,
    }
}

/// The name of the definition of `object`, which says itself what it is.
fn definition_name(object: &serde_json::Value) -> String {
    let text = |name: &str| crate::member_of(object, name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    super::definition_of(group, version, text("kind"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Verb;

    #[test]
    fn every_row_has_a_name_of_its_own_and_a_stored_row() {
        let kinds = Kinds::builtin();
        assert!(kinds.iter().count() > 60);
        for row in kinds.iter() {
            assert!(std::sync::Arc::ptr_eq(kinds.by_kind(&row.api_version(), &row.kind).unwrap(), row), "{}", row.kind);
            assert!(row.columns.iter().any(|column| &*column.name == "Name"));
            if row.verbs.contains(&Verb::Get) && row.conversion.is_none() {
                assert_eq!(row.resource.group(), &*row.group);
            }
        }
    }

    #[test]
    fn names_of_every_form_find_their_row() {
        let kinds = Kinds::builtin();
        for name in ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deployment.v1.apps", "deploy.apps"]
        {
            assert_eq!(kinds.find(name).map(|row| &*row.plural), Some("deployments"), "{name}");
        }
        assert_eq!(kinds.find("events").map(|row| &*row.group), Some(""));
        assert_eq!(kinds.find("ev.events.k8s.io").map(|row| &*row.group), Some("events.k8s.io"));
        assert_eq!(kinds.find("hpa").map(|row| &*row.version), Some("v2"));
        assert!(kinds.find("deployments.batch").is_none());
    }

    #[test]
    fn versions_of_one_kind_share_their_collection() {
        let kinds = Kinds::builtin();
        let resource = |group, version, plural| kinds.get(group, version, plural).unwrap().resource.clone();
        assert_eq!(resource("", "v1", "events"), resource("events.k8s.io", "v1", "events"));
        let plural = "horizontalpodautoscalers";
        assert_eq!(resource("autoscaling", "v1", plural), resource("autoscaling", "v2", plural));
    }
}
