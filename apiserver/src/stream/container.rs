//! Which container of a pod is meant.

use kontiki_api::status::Status;
use serde_json::Value;

/// The container called `asked`, or the only one.
///
/// # Errors
/// 400 in upstream's words where none or several could be meant, or the pod has none of that name.
pub(super) fn container(pod: &Value, asked: &str) -> Result<String, Status> {
    let name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let (own, init, ephemeral) = (names(pod, "containers"), names(pod, "initContainers"), names(pod, "ephemeralContainers"));
    if !asked.is_empty() {
        let known = own.iter().chain(&init).chain(&ephemeral).any(|container| *container == asked);
        let unknown = || Status::bad_request(format!("container {asked} is not valid for pod {name}"));
        return known.then(|| asked.to_owned()).ok_or_else(unknown);
    }
    let mut message = format!("a container name must be specified for pod {name}");
    match own.as_slice() {
        [only] => return Ok((*only).to_owned()),
        [] => {}
        several => {
            message = format!("{message}, choose one of: [{}]", several.join(" "));
            if !init.is_empty() {
                message = format!("{message} or one of the init containers: [{}]", init.join(" "));
            }
        }
    }
    Err(Status::bad_request(message))
}

fn names<'a>(pod: &'a Value, list: &str) -> Vec<&'a str> {
    let containers = pod.pointer("/spec").and_then(|spec| spec.get(list)).and_then(Value::as_array);
    containers.into_iter().flatten().filter_map(|container| container.get("name")?.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_only_container_needs_no_name_and_others_do() {
        let pod = |containers: Value| {
            json!({"metadata": {"name": "web"}, "spec": {
            "containers": containers, "initContainers": [{"name": "setup"}]}})
        };
        let one = pod(json!([{"name": "a"}]));
        assert_eq!(container(&one, "").unwrap(), "a");
        assert_eq!(container(&one, "setup").unwrap(), "setup");
        assert_eq!(container(&one, "x").unwrap_err().message, "container x is not valid for pod web");
        let two = container(&pod(json!([{"name": "a"}, {"name": "b"}])), "").unwrap_err();
        let wanted =
            "a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [setup]";
        assert_eq!(two.message, wanted);
    }
}
