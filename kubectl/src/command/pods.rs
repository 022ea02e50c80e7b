//! The pod that a command means.

use kontiki_api::selector::LabelSelector;
use serde_json::Value;

use super::select::items_of;
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{Resource, by_name, with_query};

/// `POD`, or a pod of `TYPE/NAME`.
pub(super) async fn pod_of(cx: &mut Context<'_>, word: &str) -> Result<Value, Failure> {
    let pods = by_name(&cx.client, "pods").await?;
    let (resource, name) = match word.split_once('/') {
        None => return cx.object(&pods, word).await,
        Some((kind, name)) => (by_name(&cx.client, kind).await?, name),
    };
    let object = cx.object(&resource, name).await?;
    if resource.kind == "Pod" {
        return Ok(object);
    }
    let found = of_workload(cx, &pods, &object).await?;
    let is_running = |pod: &&Value| pod.pointer("/status/phase").and_then(Value::as_str) == Some("Running");
    let first = found.iter().find(is_running).or_else(|| found.first()).cloned();
    first.ok_or_else(|| Failure::Usage(format!("no pods found for {}", resource.named(name))))
}

/// The pods of an object with a selector.
pub(super) async fn of_workload(cx: &mut Context<'_>, pods: &Resource, object: &Value) -> Result<Vec<Value>, Failure> {
    let selector = match object.pointer("/spec/selector") {
        Some(Value::Object(map)) if map.contains_key("matchLabels") || map.contains_key("matchExpressions") => {
            LabelSelector::from_value(&Value::Object(map.clone())).map_err(|error| Failure::Usage(error.to_string()))?
        }
        Some(Value::Object(map)) if !map.is_empty() => LabelSelector::from_map(map),
        _ => return Err(Failure::usage("the object selects no pods")),
    };
    let path = with_query(&pods.path(&cx.scope(pods), ""), &[("labelSelector", &selector.to_string())]);
    Ok(items_of(&cx.get(&path).await?))
}

/// The names of a pod's containers, the init containers behind.
pub(super) fn containers(pod: &Value) -> Vec<String> {
    let names = |pointer: &str| {
        let list = pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|container| container.get("name")?.as_str()).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut all = names("/spec/containers");
    all.extend(names("/spec/initContainers"));
    all.extend(names("/spec/ephemeralContainers"));
    all
}

/// The container asked for, or else the pod's default one; says which where there are several.
pub(super) fn container_of(cx: &mut Context<'_>, pod: &Value, asked: Option<&str>) -> Result<String, Failure> {
    let all = containers(pod);
    let name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if let Some(asked) = asked {
        return match all.iter().any(|container| container == asked) {
            true => Ok(asked.to_owned()),
            false => Err(Failure::Usage(format!("container {asked} is not valid for pod {name}"))),
        };
    }
    let chosen = pod.pointer("/metadata/annotations/kubectl.kubernetes.io~1default-container").and_then(Value::as_str);
    if let Some(chosen) = chosen.filter(|chosen| all.iter().any(|container| container == chosen)) {
        return Ok(chosen.to_owned());
    }
    let first = all.first().cloned().ok_or_else(|| Failure::Usage(format!("pod {name} has no containers")))?;
    if all.len() > 1 {
        cx.note(format!("Defaulted container {first:?} out of: {}", all.join(", ")))?;
    }
    Ok(first)
}
