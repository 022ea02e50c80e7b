//! When devices were tainted.

use serde_json::Value;

use crate::kind::validate::ByText;
use crate::time::Time;

/// A taint that does not say since when it is there has come now, unless the device had it before.
pub(in crate::kind::builtin) fn stamp(slice: &mut Value, old: Option<&Value>, now: Time) {
    let devices = |slice: &Value| slice["spec"]["devices"].as_array().cloned().unwrap_or_default();
    let before = old.map(devices).unwrap_or_default();
    let former = ByText::of(&before, "name");
    let devices = slice.get_mut("spec").and_then(|spec| spec.get_mut("devices")).and_then(Value::as_array_mut);
    for device in devices.into_iter().flatten() {
        let known = former.get(device["name"].as_str().unwrap_or_default()).map(|known| known["taints"].clone());
        for taint in device.get_mut("taints").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(taint) = taint.as_object_mut().filter(|taint| !taint.contains_key("timeAdded")) else { continue };
            let same = |known: &&Value| ["key", "value", "effect"].iter().all(|field| known.get(*field) == taint.get(*field));
            let had = known.as_ref().and_then(Value::as_array).into_iter().flatten().find(same);
            let time = had.and_then(|had| had.get("timeAdded")).cloned().unwrap_or_else(|| now.seconds().into());
            taint.insert("timeAdded".into(), time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_taint_has_come_when_it_was_first_told() {
        let slice = |taints: Value| json!({"spec": {"devices": [{"name": "d", "taints": taints}, {"name": "e"}]}});
        let time = |slice: &Value, at: usize| slice["spec"]["devices"][0]["taints"][at]["timeAdded"].clone();
        let (then, now) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        let [first, further] = [then, now].map(|text| Time::parse(text).unwrap());
        let mut old = slice(json!([{"key": "k", "effect": "NoSchedule"}, {"key": "s", "effect": "None", "timeAdded": now}]));
        stamp(&mut old, None, first);
        assert_eq!((time(&old, 0), time(&old, 1)), (json!(then), json!(now)));
        let mut new = slice(json!([{"key": "k", "effect": "NoSchedule"}, {"key": "k", "effect": "NoExecute"}]));
        stamp(&mut new, Some(&old), further);
        assert_eq!((time(&new, 0), time(&new, 1)), (json!(then), json!(now)));
    }
}
