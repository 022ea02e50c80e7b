//! Where the kinds that make pods keep what they make.

use serde_json::Value;

use crate::admit::Admission;

/// Group, plural and place of the template.
const TEMPLATES: [(&str, &str, &str); 8] = [
    ("", "podtemplates", "/template"),
    ("", "replicationcontrollers", "/spec/template"),
    ("apps", "replicasets", "/spec/template"),
    ("apps", "deployments", "/spec/template"),
    ("apps", "statefulsets", "/spec/template"),
    ("apps", "daemonsets", "/spec/template"),
    ("batch", "jobs", "/spec/template"),
    ("batch", "cronjobs", "/spec/jobTemplate/spec/template"),
];

/// The template of the pods that the object under admission makes; `None` where it makes none.
pub(super) fn template<'a>(admission: &'a Admission<'_>) -> Option<&'a Value> {
    let (.., place) = TEMPLATES.iter().find(|(group, plural, _)| admission.is(group, plural))?;
    admission.object.pointer(place)
}
