//! `meta.k8s.io/v1 Table`: what `kubectl get` prints.

use std::sync::Arc;

use kontiki_api::kind::{Column, Kind};
use kontiki_api::object::Object;
use kontiki_api::table::{cells, render};
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::{Negotiated, value_of};
use crate::prepare::meta_text;
use crate::server::List;

/// The table of a list.
pub fn table(list: &List, now: Time, wanted: Negotiated) -> Value {
    let objects: Vec<Value> = list.objects.iter().map(|object| value_of(&list.kind, object)).collect();
    let mut table = render(&list.kind.columns, &objects, now, wanted.include, wanted.meta);
    fill_cells(&list.kind, &list.kind.columns, &mut table, &objects, now);
    note_conditions(&list.kind, &mut table, &objects);
    let mut metadata = json!({"resourceVersion": list.revision.to_string()});
    if let Some(next) = &list.next {
        metadata["continue"] = next.as_str().into();
    }
    if let Some(remaining) = list.remaining {
        metadata["remainingItemCount"] = remaining.into();
    }
    table["metadata"] = metadata;
    table
}

/// The table of one object.
pub fn one_row(kind: &Kind, object: &Arc<Object>, now: Time, wanted: Negotiated) -> Value {
    row_of(kind, "", &value_of(kind, object), now, wanted)
}

/// The table of one object that is not stored as it is: of `kind`, or of what its `subresource` answers with.
pub fn row_of(kind: &Kind, subresource: &str, object: &Value, now: Time, wanted: Negotiated) -> Value {
    let columns = kind.columns_of(subresource);
    let mut table = render(columns, [object], now, wanted.include, wanted.meta);
    fill_cells(kind, columns, &mut table, std::slice::from_ref(object), now);
    note_conditions(kind, &mut table, std::slice::from_ref(object));
    if !wanted.headed {
        table["columnDefinitions"] = Value::Null;
    }
    let revision = meta_text(object, "resourceVersion");
    if !revision.is_empty() {
        table["metadata"] = json!({"resourceVersion": revision});
    }
    table
}

/// Cells are made of the stored version, whatever version is asked for: another may have no place for what they show.
fn fill_cells(kind: &Kind, columns: &[Column], table: &mut Value, objects: &[Value], now: Time) {
    let Some(conversion) = &kind.conversion else { return };
    let rows = table.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten();
    for (row, object) in rows.zip(objects).filter(|(_, object)| object.get("kind").and_then(Value::as_str) == Some(&*kind.kind)) {
        let mut stored = object.clone();
        (conversion.to_stored)(&mut stored);
        row["cells"] = cells(columns, &stored, now).into();
    }
}

/// Marks rows whose objects have done what they are for.
fn note_conditions(kind: &Kind, table: &mut Value, objects: &[Value]) {
    let rows = table.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten();
    for (row, object) in rows.zip(objects) {
        if let Some(conditions) = (kind.hooks.row_conditions)(object) {
            row["conditions"] = conditions;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Offers, negotiate};
    use crate::fixture::NOW;
    use kontiki_api::kind::Kinds;

    #[test]
    fn an_older_version_has_the_cells_of_the_stored_one() {
        let kinds = Kinds::builtin();
        let kind = kinds.by_kind("autoscaling/v1", "HorizontalPodAutoscaler").unwrap();
        let object = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "minReplicas": 1, "targetCPUUtilizationPercentage": 50,
                "scaleTargetRef": {"kind": "Deployment", "name": "d"}}});
        let wanted = negotiate("application/json;as=Table;v=v1;g=meta.k8s.io", Offers::Tables).unwrap();
        let table = row_of(kind, "", &object, NOW, wanted);
        let cells: Vec<&Value> = table["rows"][0]["cells"].as_array().unwrap().iter().take(4).collect();
        assert_eq!(cells, ["h", "Deployment/d", "cpu: <unknown>/50%", "1"]);
        assert_eq!(table["rows"][0]["object"]["metadata"]["name"], "h");
    }
}
