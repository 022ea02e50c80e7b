//! `scale`: the number of replicas as `autoscaling/v1 Scale`.

use std::sync::Arc;

use kontiki_api::apply::{OneVersion, Path, Reset, Set, Tracker, scale_to_parent, to_scale};
use kontiki_api::custom::ScalePaths;
use kontiki_api::decode::{Body, Decoded};
use kontiki_api::kind::Kind;
use kontiki_api::patch::apply_with;
use kontiki_api::request::{PatchType, Request, Verb};
use kontiki_api::status::{Reason, Status, StatusCause};
use serde_json::{Map, Value, json};

use crate::custom::served_one;
use crate::manage::{RowVersions, configuration};
use crate::mutate::patched;
use crate::prepare::{Part, meta_text};
use crate::route::unknown;
use crate::server::{Answer, Content, Server, Unstored};
use crate::write::{Context, Edit, Edited, change, check_name, patch_type};
use crate::{decode, read};

const API_VERSION: &str = "autoscaling/v1";
/// Stands for no number of replicas while the Scale is changed.
const UNSET: i64 = i32::MIN as i64;

/// GET, PUT and PATCH of a Scale.
///
/// # Errors
/// As the same verbs on the object itself.
pub(super) async fn serve(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    if request.verb == Verb::Get {
        let object = served_one(&server.webhooks, kind, read::find(server, kind, &request.target)?).await?.object;
        let object = object.to_value();
        if is_unset(kind, &object) {
            let why = format!("the spec replicas field {:?} does not exist", dotted(&paths(kind).spec));
            let cause = StatusCause { reason: String::new(), message: why.clone(), field: String::new() };
            return Err(Status::internal(format!("Internal error occurred: {why}")).because(cause));
        }
        return Ok(Answer::ok(content_of(kind, request, &object)));
    }
    let mut ctx = Context::new(server, kind, request)?;
    let content = change(&mut ctx, Part::Object, &SetScale).await.map_err(|status| ctx.warned(status))?;
    let content = match content {
        Content::Object(_, object) => content_of(kind, request, &object.to_value()),
        Content::Unstored(Unstored { object, .. }) => content_of(kind, request, &object),
        other => other,
    };
    Ok(Answer { code: 200, content, warnings: ctx.warnings })
}

/// The Scale of `object` as an answer.
fn content_of(kind: &Arc<Kind>, request: &Request, object: &Value) -> Content {
    let (kind, subresource) = (Arc::clone(kind), request.target.subresource.clone());
    Content::Unstored(Unstored { object: scale_of(&kind, object), kind, subresource })
}

struct SetScale;

impl Edit for SetScale {
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let versions = RowVersions::new(ctx, &[current]);
        let places = |api_version: &str| versions.row(api_version).map(|row| path_of(&paths(row).spec));
        let mut before = scale_of(ctx.kind, current);
        if let Some(entries) = to_scale(current, &places) {
            before["metadata"]["managedFields"] = entries;
        }
        if is_unset(ctx.kind, current) {
            before["spec"]["replicas"] = UNSET.into();
        }
        let Decoded { object: scale, warnings } = new_scale(ctx, &before)?;
        check_name(&scale, &ctx.request.target)?;
        let replicas = scale.pointer("/spec/replicas").cloned().unwrap_or_else(|| 0.into());
        if ctx.kind.custom.is_some() && replicas == UNSET {
            let field = dotted(&paths(ctx.kind).spec);
            return Err(Status::bad_request(format!("the spec replicas field {field:?} cannot be empty")));
        }
        if ctx.kind.custom.is_none() && replicas.as_i64().is_none_or(|replicas| replicas < 0) {
            return Err(negative(&ctx.request.target.name, &replicas));
        }
        let revision = meta_text(&scale, "resourceVersion");
        let patched = ctx.request.verb == Verb::Patch && revision == meta_text(&before, "resourceVersion");
        let revision = if patched { "" } else { revision };
        let mut object = current.clone();
        set(&mut object, &paths(ctx.kind).spec, replicas);
        scale_to_parent(&mut object, &scale, &ctx.kind.api_version(), &places);
        let edited = Edited { unsaid: false, ..Edited::new(object, revision).settled() };
        ctx.warnings.extend(warnings);
        Ok(edited)
    }
}

/// What the request makes of the Scale `before`.
fn new_scale(ctx: &Context<'_>, before: &Value) -> Result<Decoded, Status> {
    let sub = ctx.kind.subresource(&ctx.request.target.subresource).ok_or_else(unknown)?;
    let body = Body::of_subresource(sub);
    let schema = body.schema;
    let form = if ctx.request.verb == Verb::Update { None } else { Some(patch_type(ctx.kind, ctx.request)?) };
    let scale = match form {
        None => Some(Decoded { object: decode::subresource(sub, ctx.request)?, warnings: Vec::new() }),
        Some(PatchType::Apply) => None,
        Some(form) => Some(patched(ctx, form, body, |patch| apply_with(Some(schema), form, patch, before))?),
    };
    let versions = OneVersion { api_version: API_VERSION, schema };
    let tracker = Tracker {
        versions: &versions,
        api_version: API_VERSION,
        subresource: &ctx.request.target.subresource,
        manager: &ctx.options.manager,
        now: ctx.now,
        reset: Reset::These(Set::of(&[Path::of_fields(&["status"])])),
    };
    let Some(mut scale) = scale else {
        let config = configuration(ctx.request, API_VERSION, "Scale")?;
        return Ok(Decoded { object: tracker.applied(Some(before), &config, ctx.options.force)?, warnings: Vec::new() });
    };
    tracker.updated(before, &mut scale.object);
    Ok(scale)
}

fn negative(name: &str, replicas: &Value) -> Status {
    let detail = format!("Invalid value: {replicas}: must be greater than or equal to 0");
    let message = format!("Scale.autoscaling {name:?} is invalid: spec.replicas: {detail}");
    Status::new(Reason::Invalid, message).about("autoscaling", "Scale", name).because(StatusCause {
        reason: "FieldValueInvalid".into(),
        message: detail,
        field: "spec.replicas".into(),
    })
}

/// Where the numbers of `kind` are.
fn paths(kind: &Kind) -> ScalePaths {
    let own = kind.custom.as_ref().and_then(|custom| custom.version().scale.clone());
    own.unwrap_or_else(|| ScalePaths { spec: "/spec/replicas".into(), status: "/status/replicas".into(), selector: None })
}

/// Whether `object`, which is of a custom kind, has no number of replicas.
fn is_unset(kind: &Kind, object: &Value) -> bool {
    kind.custom.is_some() && object.pointer(&paths(kind).spec).is_none()
}

/// `pointer` as definitions write it.
fn dotted(pointer: &str) -> String {
    pointer.replace('/', ".")
}

/// The field that `pointer` points to.
fn path_of(pointer: &str) -> Path {
    Path::of_fields(&pointer.split('/').skip(1).collect::<Vec<_>>())
}

/// Sets what is at `pointer`, making the structs on the way.
fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for name in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name];
    }
    *place = value;
}

/// Sets the number of replicas wanted of `object`.
pub(crate) fn set_replicas(kind: &Kind, object: &mut Value, replicas: Value) {
    set(object, &paths(kind).spec, replicas);
}

/// The Scale of an object: the numbers wanted and there, and the selector as text.
pub(crate) fn scale_of(kind: &Kind, object: &Value) -> Value {
    let paths = paths(kind);
    let meta = |field: &str| object.pointer(&format!("/metadata/{field}")).cloned();
    let mut metadata = Map::new();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = meta(field) {
            metadata.insert(field.into(), value);
        }
    }
    let count = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_else(|| 0.into());
    let mut status = json!({"replicas": count(&paths.status)});
    let selector = match &paths.selector {
        Some(pointer) => object.pointer(pointer).and_then(Value::as_str).map(str::to_owned),
        None if kind.custom.is_some() => None,
        None => object.pointer("/spec/selector").map(selector_text),
    };
    if let Some(selector) = selector.filter(|text| !text.is_empty()) {
        status["selector"] = selector.into();
    }
    // None wanted is not said.
    let wanted = count(&paths.spec);
    let spec = if wanted == 0 { json!({}) } else { json!({"replicas": wanted}) };
    json!({"kind": "Scale", "apiVersion": API_VERSION, "metadata": metadata, "spec": spec, "status": status})
}

/// A selector as the text that queries carry: of the plain form or with `matchLabels` and `matchExpressions`.
fn selector_text(selector: &Value) -> String {
    let structured = selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some();
    let labels = if structured { selector.get("matchLabels") } else { Some(selector) };
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let mut terms: Vec<String> = labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).filter(|_| structured);
    terms.extend(expressions.into_iter().flatten().filter_map(expression_text));
    terms.sort();
    terms.join(",")
}

fn expression_text(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values: Vec<&str> =
        expression.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match expression.get("operator")?.as_str()? {
        "In" => Some(format!("{key} in ({})", values.join(","))),
        "NotIn" => Some(format!("{key} notin ({})", values.join(","))),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_selectors_become_text() {
        assert_eq!(selector_text(&json!({"app": "web", "tier": "a"})), "app=web,tier=a");
        let structured =
            json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "In", "values": ["1", "2"]}]});
        assert_eq!(selector_text(&structured), "app=web,x in (1,2)");
    }
}
