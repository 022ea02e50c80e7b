//! `binding`: gives a pod its node.

use std::sync::Arc;

use kontiki_api::decode::FieldValidation;
use kontiki_api::kind::Kind;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use crate::decode;
use crate::mutate::admit_sent;
use crate::prepare::{Part, is_deleting, meta_text, metadata};
use crate::route::Route;
use crate::server::{Answer, Content, Server};
use crate::write::{Context, Edit, Edited, change};

/// POST of a Binding to the pod it is for.
///
/// # Errors
/// 409 where the pod has a node, is being deleted, or has scheduling gates.
pub(super) async fn bind(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    let mut binding = match kind.subresource(&request.target.subresource) {
        Some(sub) => decode::subresource(sub, request, ctx.options.validation, &mut ctx.warnings)?,
        None => decode::body(request)?,
    };
    admit_sent(&mut ctx, &mut binding).await.map_err(|status| ctx.warned(status))?;
    change(&mut ctx, Part::Own, &Bind(binding)).await.map_err(|status| ctx.warned(status))?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Answer { code: 201, content: Content::Value(success), warnings: ctx.warnings })
}

/// POST of a Binding to the collection of bindings, as old schedulers do; `None` where `kind` is
/// not that collection.
///
/// # Errors
/// As [`bind`].
pub(crate) async fn legacy_binding(server: &Server, kind: &Kind, request: &Request) -> Option<Result<Answer, Status>> {
    if !kind.group.is_empty() || &*kind.plural != "bindings" {
        return None;
    }
    let mut request = request.clone();
    request.target.plural = "pods".into();
    request.target.subresource = "binding".into();
    match decode::object(kind, &request, FieldValidation::Ignore, &mut Vec::new()) {
        Ok(binding) => request.target.name = meta_text(&binding, "name").into(),
        Err(status) => return Some(Err(status)),
    }
    let answer = match Route::of(server, &request.target, request.verb) {
        Ok(route) => bind(server, &route.kind, &request).await,
        Err(status) => Err(status),
    };
    Some(answer)
}

struct Bind(Value);

impl Edit for Bind {
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let node = self.0.pointer("/target/name").and_then(Value::as_str).unwrap_or_default();
        refuse(ctx, current, node)?;
        let mut object = current.clone();
        object["spec"]["nodeName"] = node.into();
        for field in ["annotations", "labels"] {
            let added = self.0.pointer(&format!("/metadata/{field}")).and_then(Value::as_object);
            if let Some(added) = added.filter(|added| !added.is_empty()) {
                let known = metadata(&mut object).entry(field).or_insert_with(|| json!({}));
                if let Some(known) = known.as_object_mut() {
                    known.extend(added.clone());
                }
            }
        }
        let uid = meta_text(&self.0, "uid");
        if !uid.is_empty() {
            metadata(&mut object).insert("uid".into(), uid.into());
        }
        // The node that the pod waited for is no news any more.
        if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
            status.shift_remove("nominatedNodeName");
        }
        set_scheduled(&mut object, &ctx.now.seconds());
        Ok(Edited::new(object, meta_text(&self.0, "resourceVersion")).settled())
    }
}

fn refuse(ctx: &Context<'_>, pod: &Value, node: &str) -> Result<(), Status> {
    let name = &*ctx.request.target.name;
    if node.is_empty() {
        return Err(Status::bad_request(format!("binding of pod {name:?}: target.name is required")));
    }
    let bound = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
    let gated = pod.pointer("/spec/schedulingGates").and_then(Value::as_array).is_some_and(|gates| !gates.is_empty());
    let why = if is_deleting(pod) {
        format!("pod {name} is being deleted, cannot be assigned to a host")
    } else if !bound.is_empty() {
        format!("pod {name} is already assigned to node {bound:?}")
    } else if gated {
        format!("pod {name} has non-empty .spec.schedulingGates")
    } else {
        return Ok(());
    };
    Err(Status::conflict("", "pods/binding", name, &why))
}

/// The condition `PodScheduled` becomes true.
fn set_scheduled(pod: &mut Value, now: &str) {
    let condition = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now});
    let conditions = &mut pod["status"]["conditions"];
    let Some(list) = conditions.as_array_mut() else {
        *conditions = Value::Array(vec![condition]);
        return;
    };
    list.retain(|condition| condition.get("type").and_then(Value::as_str) != Some("PodScheduled"));
    list.push(condition);
}
