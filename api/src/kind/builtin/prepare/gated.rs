//! Fields that wait for a feature gate of upstream that is off.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::kind::builtin::definition_name;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/gated-off.txt"));

/// The end of a definition's name, and a place below it.
struct Line {
    definition: &'static str,
    place: Vec<&'static str>,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| TABLE.lines().filter_map(line).collect());

fn line(text: &'static str) -> Option<Line> {
    let mut words = text.split(' ').filter(|_| !text.starts_with('#'));
    Some(Line { definition: words.next()?, place: words.next()?.split('.').collect() })
}

/// Drops what `new` may not set yet; what `old` has already it keeps.
pub(super) fn drop_off(new: &mut Value, old: Option<&Value>) {
    let name = definition_name(new);
    for line in LINES.iter().filter(|line| name.ends_with(line.definition)) {
        let had = old.and_then(|old| line.place.iter().try_fold(old, |value, field| value.get(*field)));
        let Some((last, holders)) = line.place.split_last().filter(|_| had.is_none_or(Value::is_null)) else { continue };
        let Some(object) = new.as_object_mut() else { continue };
        let holder = holders.iter().try_fold(object, |map: &mut Map<String, Value>, field| map.get_mut(*field)?.as_object_mut());
        if let Some(holder) = holder {
            holder.shift_remove(*last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::definition;
    use serde_json::json;

    #[test]
    fn every_line_is_about_a_field_that_is_there() {
        for line in &*LINES {
            let schema = definition(&crate::schema::full_name(line.definition));
            let found = schema.and_then(|schema| line.place.iter().try_fold(schema, |schema, field| schema.member(field)));
            assert!(found.is_some(), "{} {:?}", line.definition, line.place);
        }
        assert!(!LINES.is_empty());
    }

    #[test]
    fn a_field_behind_a_gate_stays_where_it_was() {
        let set = |most: Value| {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": most}});
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"updateStrategy": strategy}})
        };
        let found = |object: &Value| object.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable").cloned();
        let mut created = set(2.into());
        drop_off(&mut created, None);
        assert_eq!((found(&created), &created["spec"]["updateStrategy"]["rollingUpdate"]["partition"]), (None, &json!(0)));
        let (mut first, mut further) = (set(3.into()), set(3.into()));
        drop_off(&mut first, Some(&created));
        drop_off(&mut further, Some(&set(2.into())));
        assert_eq!((found(&first), found(&further)), (None, Some(json!(3))));
    }
}
