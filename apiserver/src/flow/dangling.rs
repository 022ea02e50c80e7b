//! Whether a flow schema refers to a priority level that is there.

use std::sync::Arc;

use bytes::Bytes;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, PatchType, Request, Target, User, Verb};
use kontiki_api::status::{Reason, Status};
use serde_json::{Value, json};
use tracing::warn;

use super::follow::{GROUP, LEVELS, SCHEMAS};
use crate::server::Server;

/// Writes the condition `Dangling` of each schema among `objects` about which it says anything new. Every master does it:
/// what another has written first is a conflict and changes nothing.
pub(super) async fn tell(server: &Server, objects: &[Arc<Object>]) {
    let is = |object: &Object, plural: &str| *object.key.resource.plural() == *plural;
    for schema in objects.iter().filter(|object| is(object, SCHEMAS)) {
        let value = schema.to_value();
        let level = value["spec"]["priorityLevelConfiguration"]["name"].as_str().unwrap_or_default();
        let found = objects.iter().any(|object| is(object, LEVELS) && *object.key.name == *level);
        let Some(conditions) = changed(&value, condition(level, found, &server.now().seconds())) else { continue };
        match write(server, schema, conditions).await {
            Err(status) if !matches!(status.reason, Reason::Conflict | Reason::NotFound) => {
                warn!(schema = %schema.key.name, %status, "cannot write whether its priority level is there");
            }
            _ => {}
        }
    }
}

/// In upstream's words.
fn condition(level: &str, found: bool, now: &str) -> Value {
    let (status, reason, but) = match found {
        true => ("False", "Found", "and it exists"),
        false => ("True", "NotFound", "but there is no such object"),
    };
    let message = format!("This FlowSchema references the PriorityLevelConfiguration object named {level:?} {but}");
    json!({"type": "Dangling", "status": status, "reason": reason, "message": message, "lastTransitionTime": now})
}

/// The conditions of `schema` with `wanted` among them; `None` where it is there already.
fn changed(schema: &Value, wanted: Value) -> Option<Vec<Value>> {
    let mut conditions = schema.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    match conditions.iter_mut().find(|condition| condition["type"] == "Dangling") {
        Some(known) if known["status"] == wanted["status"] && known["message"] == wanted["message"] => return None,
        Some(known) => *known = wanted,
        None => conditions.push(wanted),
    }
    Some(conditions)
}

async fn write(server: &Server, schema: &Object, conditions: Vec<Value>) -> Result<(), Status> {
    let body = json!({"metadata": {"resourceVersion": schema.revision.to_string()}, "status": {"conditions": conditions}});
    let target = Target {
        group: GROUP.into(),
        version: "v1".into(),
        plural: SCHEMAS.into(),
        name: schema.key.name.clone(),
        subresource: "status".into(),
        ..Target::default()
    };
    let request = Request {
        verb: Verb::Patch,
        target,
        query: Vec::new(),
        content_type: PatchType::Merge.media_type().into(),
        body: Bytes::from(body.to_string()),
        user: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()], ..User::default() },
        cause: Cause::System,
        id: None,
        leader: None,
        agent: "kube-apiserver".into(),
    };
    server.call(request).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_where_it_says_anything_new() {
        let schema = |conditions: Value| json!({"status": {"conditions": conditions}});
        let (found, missing) = (condition("l", true, "t"), condition("l", false, "u"));
        assert_eq!(changed(&json!({}), found.clone()), Some(vec![found.clone()]));
        assert_eq!(changed(&schema(json!([found.clone()])), condition("l", true, "later")), None);
        let other = json!({"type": "Other"});
        assert_eq!(changed(&schema(json!([other, found])), missing.clone()), Some(vec![other, missing]));
    }
}
