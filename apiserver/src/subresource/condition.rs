//! `status.conditions`.

use kontiki_api::time::Time;
use serde_json::Value;

/// Puts `condition` among those of `object`, in the place of the one of its type. It has changed `now`, unless its `status`
/// is as it was.
pub(super) fn set_condition(object: &mut Value, condition: Value, now: Time) {
    let mut condition = condition;
    condition["lastTransitionTime"] = now.seconds().into();
    let conditions = &mut object["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = Value::Array(Vec::new());
    }
    let Some(conditions) = conditions.as_array_mut() else { return };
    match conditions.iter_mut().find(|known| known["type"] == condition["type"]) {
        Some(known) => {
            if known["status"] == condition["status"] && known["lastTransitionTime"].is_string() {
                condition["lastTransitionTime"] = known["lastTransitionTime"].take();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}
