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
    let mut operation = json!({
        "tags": [place.shape.tag()],
        "operationId": place.shape.id(action),
        "description": place.shape.description(action),
        "parameters": place.own(action).iter().map(parameter).collect::<Value>(),
        "responses": responses(place, action),
        "x-kubernetes-action": action.name(),
        "x-kubernetes-group-version-kind": group_version_kind(group, version, kind),
    });
    if let Some(body) = content::body(place.shape, action) {
        let media = place.shape.taken(action);
        let schema = |media: &str| (media.to_owned(), json!({"schema": reference(&body.definition)}));
        let content: Map<String, Value> = media.into_iter().map(schema).collect();
        operation["requestBody"] = json!({"content": content});
        if body.required {
            operation["requestBody"]["required"] = true.into();
        }
    }
    operation
}

fn responses(place: &Item<'_>, action: Action) -> Value {
    let schema = content::answer(place.shape, action).map_or_else(|| json!({"type": "string"}), |name| reference(&name));
    let media: &[&str] = match action {
        Action::Connect(_) => &["*/*"],
        _ if action.streams() && place.shape.row.custom.is_none() => {
            &["application/json", "application/json;stream=watch", "application/yaml"]
        }
        _ => &["application/json", "application/yaml"],
    };
    let content: Map<String, Value> = media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect();
    let answer =
        |(code, description): &(&str, &str)| ((*code).to_owned(), json!({"description": description, "content": content}));
    let mut responses: Map<String, Value> = content::codes(place.shape, action).iter().map(answer).collect();
    responses.insert("401".into(), json!({"description": "Unauthorized"}));
    Value::Object(responses)
}

fn parameter(parameter: &Parameter) -> Value {
    let Parameter { name, r#type, in_path, description } = parameter;
    let place = if *in_path { "path" } else { "query" };
    let mut value =
        json!({"name": name, "in": place, "description": description, "schema": {"type": r#type, "uniqueItems": true}});
    if *in_path {
        value["required"] = true.into();
    }
    value
}
