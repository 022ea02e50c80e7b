//! Specs of pods, and the annotations beside them.

use serde_json::Value;

use super::{containers, labels, list, text};
use crate::kind::validate::{Distinct, Path};

const ANNOTATIONS: [(&str, &str); 3] = [
    ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// The pod described by `template`, whose fields are at `place`, such as `spec.template.`.
pub(super) fn pod(template: &Value, place: &str, found: &mut Vec<String>) {
    let (spec, annotations) = (&template["spec"], &template["metadata"]["annotations"]);
    let (spec_place, annotations_place) = (format!("{place}spec"), format!("{place}metadata.annotations"));
    let (path, notes) = (Path::new(&spec_place), Path::new(&annotations_place));
    nodes(spec, &path, found);
    spread(spec, &path, found);
    for (key, why) in ANNOTATIONS.iter().filter(|(key, _)| annotations.get(key).is_some()) {
        found.push(format!("{}: {why}", notes.key(key)));
    }
    super::storage::sources(list(spec, "volumes"), &path.child("volumes"), found);
    twice(spec, "hostAliases", "ip", &path, found);
    twice(spec, "imagePullSecrets", "name", &path, found);
    for (at, _) in list(spec, "imagePullSecrets").iter().enumerate().filter(|(_, secret)| text(secret, "name").is_empty()) {
        found.push(format!("{}: invalid empty name \"\"", path.child("imagePullSecrets").index(at).child("name")));
    }
    containers::fractions(&spec["overhead"], &path.child("overhead"), found);
    if spec["securityContext"].get("seccompProfile").is_none() && annotations.get(SECCOMP).is_some() {
        found.push(format!("{}: {}", notes.key(SECCOMP), containers::SECCOMP));
    }
    containers::each(template, &path, &notes, found);
    if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds < 0) {
        let why = "must be >= 0; negative values are invalid and will be treated as 1";
        found.push(format!("{}: {why}", path.child("terminationGracePeriodSeconds")));
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        pods(&spec["affinity"][field], &path.child("affinity").child(field), found);
    }
}

fn nodes(spec: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    labels::selector(&spec["nodeSelector"], &path.child("nodeSelector"), found);
    let (affinity, field) = (&spec["affinity"]["nodeAffinity"], path.child("affinity.nodeAffinity"));
    labels::terms(&affinity[REQUIRED], &field.child(REQUIRED), found);
    let preferred = field.child(PREFERRED);
    for (at, term) in list(affinity, PREFERRED).iter().enumerate() {
        labels::term(&term["preference"], &preferred.index(at).child("preference"), found);
    }
}

fn spread(spec: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    let field = path.child("topologySpreadConstraints");
    for (at, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let path = field.index(at);
        labels::named(text(constraint, "topologyKey"), &path.child("topologyKey"), found);
        if constraint.get("labelSelector").is_none() {
            found.push(format!("{}: {NO_SELECTOR}", path.child("labelSelector")));
        }
    }
}

/// Entries of a list that are of one name.
fn twice(spec: &Value, field: &str, name: &str, path: &Path<'_>, found: &mut Vec<String>) {
    let (entries, mut known) = (list(spec, field), Distinct::default());
    for (at, entry) in entries.iter().enumerate() {
        let this = text(entry, name);
        if known.repeats(this) {
            found.push(format!("{}: duplicate {name} {this:?}", path.child(field).index(at).child(name)));
        }
    }
}

fn pods(affinity: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    for (at, term) in list(affinity, REQUIRED).iter().enumerate() {
        if term.get("labelSelector").is_none() {
            found.push(format!("{}: {NO_SELECTOR}", path.child(REQUIRED).index(at).child("labelSelector")));
        }
    }
    for (at, term) in list(affinity, PREFERRED).iter().enumerate() {
        if term["podAffinityTerm"].get("labelSelector").is_none() {
            found.push(format!("{}: {NO_SELECTOR}", path.child(PREFERRED).index(at).child("podAffinityTerm.labelSelector")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_oddity_of_a_pod_is_told() {
        let term = json!({"key": "beta.kubernetes.io/os", "operator": "Exists"});
        let use_os = "deprecated since v1.14; use \"kubernetes.io/os\" instead";
        let cases = [
            (
                json!({"nodeSelector": {"beta.kubernetes.io/os": "x"}}),
                format!("t.spec.nodeSelector[beta.kubernetes.io/os]: {use_os}"),
            ),
            (
                json!({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}}}),
                format!(
                    "t.spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is {use_os}"
                ),
            ),
            (
                json!({"topologySpreadConstraints": [{}]}),
                format!("t.spec.topologySpreadConstraints[0].labelSelector: {NO_SELECTOR}"),
            ),
            (
                json!({"affinity": {"podAffinity": {REQUIRED: [{}]}}}),
                format!("t.spec.affinity.podAffinity.{REQUIRED}[0].labelSelector: {NO_SELECTOR}"),
            ),
            (json!({"volumes": [{"gitRepo": {}}]}), "t.spec.volumes[0].gitRepo: deprecated in v1.11".into()),
            (json!({"hostAliases": [{"ip": "1"}, {"ip": "1"}]}), "t.spec.hostAliases[1].ip: duplicate ip \"1\"".into()),
            (json!({"imagePullSecrets": [{}]}), "t.spec.imagePullSecrets[0].name: invalid empty name \"\"".into()),
            (
                json!({"overhead": {"memory": "1500m"}}),
                "t.spec.overhead[memory]: fractional byte value \"1500m\" is invalid, must be an integer".into(),
            ),
        ];
        for (spec, told) in cases {
            let mut found = Vec::new();
            pod(&json!({"spec": spec}), "t.", &mut found);
            assert_eq!(found, [told]);
        }
    }

    #[test]
    fn annotations_without_a_meaning_are_told() {
        let mut found = Vec::new();
        pod(&json!({"metadata": {"annotations": {ANNOTATIONS[0].0: "", SECCOMP: ""}}}), "", &mut found);
        assert_eq!(found[0], format!("metadata.annotations[{}]: {}", ANNOTATIONS[0].0, ANNOTATIONS[0].1));
        assert!(found[1].starts_with("metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+"));
    }
}
