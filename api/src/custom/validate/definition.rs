//! A whole definition.

use serde_json::Value;

use super::paths::{flag, list, text};
use super::{names, spec};
use crate::kind::FieldError;
use crate::kind::validate::{Distinct, Faults, Path};

const APPROVED: &str = "api-approved.kubernetes.io";
const NAME: &str = r#"must be spec.names.plural+"."+spec.group"#;

/// The faults of a new definition.
pub(crate) fn definition_create(definition: &Value, faults: &mut Faults) {
    let (meta, own) = (Path::new("metadata"), &definition["metadata"]);
    let wanted = format!("{}.{}", text(&definition["spec"]["names"], "plural"), text(&definition["spec"], "group"));
    for field in ["generateName", "name"] {
        let name = text(own, field);
        if !name.is_empty() && name != wanted {
            faults.invalid_text(&meta.child(field), name, NAME);
        }
    }
    let unapproved = approval(definition);
    whole(definition, unapproved, &Value::Null, faults);
}

/// The faults of `new` in the place of `old`: group and plural never change, scope and kind not once the definition is established.
pub(crate) fn definition_update(new: &Value, old: &Value, faults: &mut Faults) {
    let unapproved = approval(new).filter(|(state, ..)| approval(old).is_none_or(|(before, ..)| before != *state));
    whole(new, unapproved, old, faults);
}

/// The faults of a status that is written by itself.
pub(crate) fn definition_status(new: &Value, _: &Value, faults: &mut Faults) {
    names::check(&new["status"]["acceptedNames"], &Path::new("status").child("acceptedNames"), faults);
}

fn whole(definition: &Value, unapproved: Option<Unapproved>, old: &Value, faults: &mut Faults) {
    let found = spec::faults(&definition["spec"], old);
    // What was wrong before as well is not held against it: rules may be stricter than when that came.
    let before: Distinct<FieldError> = match found.is_empty() || old.is_null() {
        true => Distinct::default(),
        false => spec::faults(&old["spec"], old).into_errors().into_iter().collect(),
    };
    found.into_errors().into_iter().filter(|fault| !before.has(fault)).for_each(|fault| faults.push(fault));
    definition_status(definition, old, faults);
    stored(definition, faults);
    if let Some((_, missing, why)) = unapproved {
        let annotations = Path::new("metadata");
        let annotations = annotations.child("annotations");
        let path = annotations.key(APPROVED);
        match missing {
            true => faults.required(&path, &why),
            false => faults.invalid_text(&path, text(&definition["metadata"]["annotations"], APPROVED), why),
        }
    }
    if flag(&definition["spec"], "preserveUnknownFields") && !flag(&old["spec"], "preserveUnknownFields") {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        faults.invalid(&Path::new("spec").child("preserveUnknownFields"), &true.into(), why);
    }
}

/// A state, whether the annotation is missing in it, and what is told of it.
type Unapproved = (u8, bool, String);

/// Groups of Kubernetes itself need the word of its architects: why `definition` lacks it.
fn approval(definition: &Value) -> Option<Unapproved> {
    let group = text(&definition["spec"], "group");
    if !["k8s.io", "kubernetes.io"].iter().any(|own| group == *own || group.ends_with(&format!(".{own}"))) {
        return None;
    }
    let value = text(&definition["metadata"]["annotations"], APPROVED);
    let see = "see https://github.com/kubernetes/enhancements/pull/1111";
    if value.is_empty() {
        return Some((0, true, format!("protected groups must have approval annotation {APPROVED:?}, {see}")));
    }
    let address = value.split_once("://").is_some_and(|(scheme, rest)| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !scheme.is_empty() && scheme.bytes().all(|letter| letter.is_ascii_alphanumeric()) && !host.is_empty()
    });
    (!value.starts_with("unapproved") && !address).then(|| {
        let why = format!(
            "protected groups must have approval annotation {APPROVED:?} with either a URL or a reason starting with \"unapproved\", {see}"
        );
        (1, false, why)
    })
}

/// Every version that objects are stored in must stay.
fn stored(definition: &Value, faults: &mut Faults) {
    let (stored, versions) = (list(&definition["status"], "storedVersions"), list(&definition["spec"], "versions"));
    let path = Path::new("status");
    let path = path.child("storedVersions");
    if stored.is_empty() {
        return faults.invalid(&path, &Value::Null, "must have at least one stored version");
    }
    let kept: Distinct<&str> = stored.iter().filter_map(Value::as_str).collect();
    for version in versions.iter().filter(|version| flag(version, "storage")) {
        if !kept.has(&text(version, "name")) {
            let why = format!("must have the storage version {}", text(version, "name"));
            faults.invalid(&path, &Value::Array(stored.to_vec()), why);
        }
    }
    let known: Distinct<&str> = versions.iter().map(|version| text(version, "name")).collect();
    for (at, name) in stored.iter().map(|name| name.as_str().unwrap_or_default()).enumerate() {
        if known.has(&name) {
            continue;
        }
        let path = path.index(at);
        let why = format!(
            "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage \
             migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
        );
        faults.invalid_text(&path, name, why);
    }
}
