//! Which names a definition gets.

use std::collections::BTreeSet;

use kontiki_api::kind::Kinds;
use serde_json::{Map, Value};

/// The names that are taken in a group.
#[derive(Debug, Default)]
pub(super) struct Taken {
    resources: BTreeSet<String>,
    kinds: BTreeSet<String>,
}

/// What a definition is granted, and what stands against the rest: reason and message.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    /// `status.acceptedNames`.
    pub names: Value,
    /// The last conflict found.
    pub conflict: Option<(&'static str, String)>,
}

impl Taken {
    /// What the built-in kinds of `group` take.
    pub fn built_in(kinds: &Kinds, group: &str) -> Self {
        let mut taken = Self::default();
        for row in kinds.in_group(group) {
            taken.resources.extend([row.plural.to_string(), row.singular.to_string()]);
            taken.resources.extend(row.short_names.iter().map(ToString::to_string));
            taken.kinds.extend([row.kind.to_string(), format!("{}List", row.kind)]);
        }
        taken
    }

    /// Adds what another definition of the group was granted.
    pub fn add(&mut self, accepted: &Value) {
        let texts =
            |names: &[&str]| names.iter().filter_map(|name| accepted[*name].as_str()).map(str::to_owned).collect::<Vec<_>>();
        self.resources.extend(texts(&["plural", "singular"]));
        self.resources.extend(short_names(accepted).map(str::to_owned));
        self.kinds.extend(texts(&["kind", "listKind"]));
    }

    /// What `wanted` gets beside that, where it has `accepted` already.
    pub fn grant(&self, wanted: &Value, accepted: &Value) -> Verdict {
        let mut names: Map<String, Value> = accepted.as_object().cloned().unwrap_or_default();
        let mut conflict = None;
        let single = [
            ("plural", "PluralConflict", &self.resources),
            ("singular", "SingularConflict", &self.resources),
            ("kind", "KindConflict", &self.kinds),
            ("listKind", "ListKindConflict", &self.kinds),
        ];
        for (field, reason, taken) in single {
            let name = wanted[field].as_str().unwrap_or_default();
            if accepted[field] == name || !taken.contains(name) {
                names.insert(field.into(), name.into());
            } else {
                conflict = Some((reason, in_use(name)));
            }
        }
        let mine: BTreeSet<&str> = short_names(accepted).collect();
        let clashes: Vec<String> =
            short_names(wanted).filter(|name| !mine.contains(name) && self.resources.contains(*name)).map(in_use).collect();
        if clashes.is_empty() {
            copy(&mut names, wanted, "shortNames");
        } else {
            conflict = Some(("ShortNamesConflict", clashes.join(", ")));
        }
        copy(&mut names, wanted, "categories");
        Verdict { names: Value::Object(names), conflict }
    }
}

fn in_use(name: &str) -> String {
    format!("{name:?} is already in use")
}

fn copy(names: &mut Map<String, Value>, wanted: &Value, field: &str) {
    match wanted.get(field) {
        Some(list) => drop(names.insert(field.into(), list.clone())),
        None => drop(names.shift_remove(field)),
    }
}

fn short_names(names: &Value) -> impl Iterator<Item = &str> {
    names["shortNames"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_another_definition_has_is_not_granted() {
        let mut taken = Taken::default();
        let tabs = json!({"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "listKind": "CronTabList", "shortNames": ["ct"]});
        taken.add(&tabs);
        let mut wanted =
            json!({"plural": "tabs", "singular": "tab", "kind": "CronTab", "listKind": "TabList", "shortNames": ["t"]});
        let verdict = taken.grant(&wanted, &Value::Null);
        assert_eq!(verdict.conflict, Some(("KindConflict", "\"CronTab\" is already in use".into())));
        assert_eq!((&verdict.names["plural"], &verdict.names["kind"]), (&json!("tabs"), &Value::Null));
        wanted["kind"] = "Tab".into();
        assert_eq!(taken.grant(&wanted, &Value::Null), Verdict { names: wanted.clone(), conflict: None });
        wanted["shortNames"] = json!(["ct"]);
        assert_eq!(taken.grant(&wanted, &Value::Null).conflict.map(|(reason, _)| reason), Some("ShortNamesConflict"));
    }

    #[test]
    fn a_name_once_granted_stays() {
        let mut taken = Taken::default();
        let names = json!({"plural": "a", "singular": "b", "kind": "C", "listKind": "D"});
        taken.add(&names);
        assert_eq!(taken.grant(&names, &names).conflict, None);
    }

    #[test]
    fn names_of_built_in_kinds_are_taken() {
        let taken = Taken::built_in(&Kinds::builtin(), "networking.k8s.io");
        let wanted = json!({"plural": "paths", "singular": "path", "kind": "Ingress", "listKind": "PathList"});
        assert_eq!(taken.grant(&wanted, &Value::Null).conflict.map(|(reason, _)| reason), Some("KindConflict"));
    }
}
