//! Services.

use serde_json::Value;

use super::{list, text};

pub(super) fn service(object: &Value, found: &mut Vec<String>) {
    let spec = &object["spec"];
    if object["metadata"]["annotations"].get("service.kubernetes.io/topology-aware-hints").is_some() {
        found.push(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead"
                .into(),
        );
    }
    let headless = text(spec, "type") == "ClusterIP" && text(spec, "clusterIP") == "None";
    let external = text(spec, "type") == "ExternalName";
    let addressed = !list(spec, "externalIPs").is_empty();
    if headless {
        let affine = !matches!(text(spec, "sessionAffinity"), "" | "None");
        for (odd, field) in [
            (!text(spec, "loadBalancerIP").is_empty(), "loadBalancerIP"),
            (addressed, "externalIPs"),
            (affine, "SessionAffinity"),
        ] {
            if odd {
                found.push(format!("spec.{field} is ignored for headless services"));
            }
        }
    }
    if addressed && !headless && !external {
        found.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".into());
    }
    if addressed && external {
        found.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".into());
    }
    if !external && !text(spec, "externalName").is_empty() {
        found.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".into());
    }
    if text(spec, "trafficDistribution") == "PreferClose" {
        found.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_service_says_in_vain_is_told() {
        for (spec, wanted) in [
            (
                json!({"type": "ClusterIP", "clusterIP": "None", "sessionAffinity": "ClientIP"}),
                "spec.SessionAffinity is ignored for headless services",
            ),
            (
                json!({"type": "ClusterIP", "externalName": "x"}),
                "spec.externalName is ignored when spec.type is not \"ExternalName\"",
            ),
            (
                json!({"type": "ClusterIP", "externalIPs": ["1.2.3.4"]}),
                "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
            ),
        ] {
            let mut found = Vec::new();
            service(&json!({"spec": spec}), &mut found);
            assert_eq!(found, [wanted]);
        }
    }
}
