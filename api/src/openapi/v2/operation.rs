//! One path and its operations.

use serde_json::{Map, Value, json};

use super::schema::reference;
use crate::openapi::action::Action;
use crate::openapi::content;
use crate::openapi::definitions::group_version_kind;
use crate::openapi::parameters::Parameter;
use crate::openapi::paths::Item;

/// The OpenAPI object of a path.
pub(super) fn item(place: &Item<'_>) -> Value {
    let mut item: Map<String, Value> =
        place.actions.iter().map(|action| (action.method().to_owned(), operation(place, *action))).collect();
    item.insert("parameters".into(), place.shared().iter().map(parameter).collect());
    Value::Object(item)
}

fn operation(place: &Item<'_>, action: Action) -> Value {
    let (group, version, kind) = place.shape.told_kind();
    let body = content::body(place.shape, action).map(|body| {
        let mut value = json!({"in": "body", "name": "body", "schema": reference(&body.definition)});
        if body.required {
            value["required"] = true.into();
        }
        value
    });
    let own = place.own(action);
    json!({
        "consumes": place.shape.taken(action),
        "description": place.shape.description(action),
        "operationId": place.shape.id(action),
        "parameters": body.into_iter().chain(own.iter().map(parameter)).collect::<Value>(),
        "produces": produces(place, action),
        "responses": responses(place, action),
        "schemes": ["https"],
        "tags": [place.shape.tag()],
        "x-kubernetes-action": action.name(),
        "x-kubernetes-group-version-kind": group_version_kind(group, version, kind),
    })
}

fn produces(place: &Item<'_>, action: Action) -> &'static [&'static str] {
    let text = place.shape.sub.is_some_and(|sub| &*sub.name == "log");
    match action {
        Action::Connect(_) => &["*/*"],
        _ if text => &["text/plain", "application/json", "application/yaml"],
        _ if action.streams() && place.shape.row.custom.is_none() => {
            &["application/json", "application/yaml", "application/json;stream=watch"]
        }
        _ => &["application/json", "application/yaml"],
    }
}

fn responses(place: &Item<'_>, action: Action) -> Value {
    let schema = content::answer(place.shape, action).map_or_else(|| json!({"type": "string"}), |name| reference(&name));
    let answer = |(code, description): &(&str, &str)| ((*code).to_owned(), json!({"description": description, "schema": schema}));
    let mut responses: Map<String, Value> = content::codes(place.shape, action).iter().map(answer).collect();
    responses.insert("401".into(), json!({"description": "Unauthorized"}));
    Value::Object(responses)
}

fn parameter(parameter: &Parameter) -> Value {
    let Parameter { name, r#type, in_path, description } = parameter;
    let place = if *in_path { "path" } else { "query" };
    let mut value = json!({"description": description, "in": place, "name": name, "type": r#type, "uniqueItems": true});
    if *in_path {
        value["required"] = true.into();
    }
    value
}
