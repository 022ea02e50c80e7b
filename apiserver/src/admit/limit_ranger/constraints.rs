//! What a limit range does not allow.

use kontiki_api::place;
use kontiki_api::quantity::Quantity;
use kontiki_api::quota::{Amounts, containers, stated_amounts};
use serde_json::Value;

use crate::admit::fields::items;

/// Requests and limits of a container, a pod or a claim.
struct Asked {
    requests: Amounts,
    limits: Amounts,
    /// Claims have no limits: their requests are held against the maximum.
    is_claim: bool,
}

/// Everything in `object`, a pod or a claim (`plural`), that `range` does not allow, in upstream's words.
pub(super) fn constraints(range: &Value, plural: &str, object: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for entry in items(range, "/spec/limits") {
        let about = entry["type"].as_str().unwrap_or_default();
        for asked in asked(about, plural, object) {
            check(entry, about, &asked, &mut faults);
        }
    }
    faults.dedup();
    faults
}

fn asked(about: &str, plural: &str, object: &Value) -> Vec<Asked> {
    let read = |pointer: &str, holder: &Value| Amounts::read(place(holder, pointer));
    match (about, plural) {
        ("Container", "pods") => containers(object)
            .map(|container| Asked {
                requests: read("/resources/requests", container),
                limits: read("/resources/limits", container),
                is_claim: false,
            })
            .collect(),
        ("Pod", "pods") => {
            // As upstream, without the overhead of a runtime class, which nobody asked for.
            let of = |which| stated_amounts(object, which);
            vec![Asked { requests: of("requests"), limits: of("limits"), is_claim: false }]
        }
        ("PersistentVolumeClaim", "persistentvolumeclaims") => {
            vec![Asked { requests: read("/spec/resources/requests", object), limits: Amounts::default(), is_claim: true }]
        }
        _ => Vec::new(),
    }
}

fn check(entry: &Value, about: &str, asked: &Asked, faults: &mut Vec<String>) {
    for (name, enforced) in Amounts::read(entry.get("min")).0 {
        faults.extend(below(about, &name, enforced, asked));
    }
    for (name, enforced) in Amounts::read(entry.get("max")).0 {
        faults.extend(above(about, &name, enforced, asked));
    }
    for (name, enforced) in Amounts::read(entry.get("maxLimitRequestRatio")).0 {
        faults.extend(ratio(about, &name, enforced, asked));
    }
}

fn below(about: &str, name: &str, enforced: Quantity, asked: &Asked) -> Option<String> {
    let begins = format!("minimum {name} usage per {about} is {enforced}");
    let Some(request) = asked.requests.get(name) else { return Some(format!("{begins}.  No request is specified")) };
    if request < enforced {
        return Some(format!("{begins}, but request is {request}"));
    }
    let limit = asked.limits.get(name).filter(|limit| *limit < enforced)?;
    Some(format!("{begins}, but limit is {limit}"))
}

fn above(about: &str, name: &str, enforced: Quantity, asked: &Asked) -> Option<String> {
    let begins = format!("maximum {name} usage per {about} is {enforced}");
    let request = asked.requests.get(name);
    if asked.is_claim {
        let Some(request) = request else { return Some(format!("{begins}.  No request is specified")) };
        return (request > enforced).then(|| format!("{begins}, but request is {request}"));
    }
    let Some(limit) = asked.limits.get(name) else { return Some(format!("{begins}.  No limit is specified")) };
    if limit > enforced {
        return Some(format!("{begins}, but limit is {limit}"));
    }
    let request = request.filter(|request| *request > enforced)?;
    Some(format!("{begins}, but request is {request}"))
}

#[allow(clippy::cast_precision_loss, reason = "the ratio is told with six places")]
fn ratio(about: &str, name: &str, enforced: Quantity, asked: &Asked) -> Option<String> {
    let begins = format!("{name} max limit to request ratio per {about} is {enforced}");
    let given = |amount: Option<Quantity>| amount.filter(|amount| !amount.is_zero());
    let Some(request) = given(asked.requests.get(name)) else {
        return Some(format!("{begins}, but no request is specified or request is 0"));
    };
    let Some(limit) = given(asked.limits.get(name)) else {
        return Some(format!("{begins}, but no limit is specified or limit is 0"));
    };
    let found = limit.millis() as f64 / request.millis() as f64;
    (found > enforced.millis() as f64 / 1000.0).then(|| format!("{begins}, but provided ratio is {found:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_allowed_is_told_in_upstreams_words() {
        let range = json!({"spec": {"limits": [
            {"type": "Container", "min": {"cpu": "100m"}, "max": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "2"}},
            {"type": "Pod", "max": {"memory": "1Gi"}},
            {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}}]}});
        let pod = |resources: Value| json!({"spec": {"containers": [{"name": "c", "resources": resources}]}});
        let told = |resources: Value| constraints(&range, "pods", &pod(resources));
        let fine = json!({"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}});
        assert_eq!(told(fine), [""; 0]);
        assert_eq!(
            told(json!({"requests": {"cpu": "50m", "memory": "2Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}})),
            [
                "minimum cpu usage per Container is 100m, but request is 50m",
                "maximum cpu usage per Container is 1, but limit is 2",
                "cpu max limit to request ratio per Container is 2, but provided ratio is 40.000000",
                "maximum memory usage per Pod is 1Gi, but limit is 2Gi",
            ]
        );
        assert_eq!(told(json!({"requests": {"cpu": "1"}}))[0], "maximum cpu usage per Container is 1.  No limit is specified");
        let claim = json!({"spec": {"resources": {"requests": {"storage": "3Gi"}}}});
        assert_eq!(
            constraints(&range, "persistentvolumeclaims", &claim),
            ["maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"]
        );
    }
    #[test]
    fn the_overhead_of_a_runtime_class_is_not_held_against_a_pod() {
        let range = json!({"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}});
        let resources = json!({"requests": {"cpu": "1"}, "limits": {"cpu": "1"}});
        let pod = json!({"spec": {"containers": [{"name": "c", "resources": resources}], "overhead": {"cpu": "250m"}}});
        assert_eq!(constraints(&range, "pods", &pod), [""; 0]);
    }
}
