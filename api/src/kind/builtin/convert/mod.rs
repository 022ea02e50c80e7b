//! Conversions between the versions of the few kinds that are served in two.

mod autoscaling;
mod behavior;
mod events;
mod metrics;

pub(super) use autoscaling::{AUTOSCALING_V1, drop_carried};
pub(super) use events::EVENTS_V1;

use serde_json::{Map, Value};

/// Renames the fields of `object`, each in its place.
fn rename(object: &mut Value, names: &[(&str, &str)]) {
    let Some(map) = object.as_object_mut() else { return };
    let renamed = |name: String| names.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| (*to).to_owned());
    *map = std::mem::take(map).into_iter().map(|(name, value)| (renamed(name), value)).collect();
}

/// The object at `field` of `map`, made if absent.
fn child<'a>(map: &'a mut Map<String, Value>, field: &str) -> Option<&'a mut Map<String, Value>> {
    map.entry(field).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}
