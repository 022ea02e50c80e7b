//! Lists whose items are told apart.

use serde_json::{Map, Value};

use crate::custom::structural::model::Structural;
use crate::kind::validate::{Faults, Path};
use crate::schema::ListType;

/// No two items may stand for the same.
pub(super) fn check_unique(schema: &Structural, items: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut seen: std::collections::HashSet<String> = std::collections::HashSet::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let identity = match schema.list_type {
            ListType::Map => Value::Object(
                schema.keys.iter().filter_map(|key| Some((key.to_string(), item.get(&**key)?.clone()))).collect::<Map<_, _>>(),
            ),
            _ => item.clone(),
        };
        if !seen.insert(identity.to_string()) {
            faults.duplicate(&path.index(at), &identity);
        }
    }
}
