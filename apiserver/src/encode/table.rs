//! `meta.k8s.io/v1 Table`: what `kubectl get` prints.

use std::sync::Arc;

use kontiki_api::kind::{Cell, Column, Kind};
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::value_of;
use crate::server::List;

/// The table of a list.
pub fn table(list: &List, now: Time) -> Value {
    let objects: Vec<(&Arc<Object>, Value)> = list.objects.iter().map(|object| (object, value_of(&list.kind, object))).collect();
    let mut table = rows(&list.kind, &objects, now);
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

/// A table of some objects.
pub fn rows(kind: &Kind, objects: &[(&Arc<Object>, Value)], now: Time) -> Value {
    let rows: Vec<Value> = objects.iter().map(|(_, value)| row(kind, value, now)).collect();
    let revision = objects.first().map(|(object, _)| object.revision.to_string()).unwrap_or_default();
    let columns: Vec<Value> = kind.columns.iter().map(column).collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": revision},
        "columnDefinitions": columns, "rows": rows,
    })
}

fn column(column: &Column) -> Value {
    json!({
        "name": &*column.name, "type": &*column.r#type, "format": &*column.format,
        "description": &*column.description, "priority": column.priority,
    })
}

fn row(kind: &Kind, object: &Value, now: Time) -> Value {
    let cells: Vec<Value> = kind.columns.iter().map(|column| cell(column, object, now)).collect();
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    json!({
        "cells": cells,
        "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata},
    })
}

fn cell(column: &Column, object: &Value, now: Time) -> Value {
    match &column.cell {
        Cell::Function(function) => function(object, now),
        Cell::Path(path) => {
            let found = path.split('.').skip(1).try_fold(object, |at, field| at.get(field));
            found.cloned().unwrap_or_default()
        }
    }
}
