//! Reading questions and writing answers.

use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::status::{Reason, Status, StatusCause};
use serde_json::{Map, Value, json};

/// The text at `pointer`; empty where there is none.
pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The texts at `pointer`.
pub(super) fn texts(body: &Value, pointer: &str) -> Vec<String> {
    let list = body.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(String::from).collect()
}

/// The question with `status` filled in.
pub(super) fn answered(mut body: Value, status: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.insert("status".into(), status);
    }
    body
}

/// `authentication.k8s.io` `UserInfo`.
pub(super) fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    info.insert("username".into(), json!(&*user.name));
    if !user.uid.is_empty() {
        info.insert("uid".into(), json!(&*user.uid));
    }
    info.insert("groups".into(), json!(user.groups));
    if !user.extra.is_empty() {
        let extra: Map<String, Value> = user.extra.iter().map(|(key, values)| (key.to_string(), json!(values))).collect();
        info.insert("extra".into(), extra.into());
    }
    Value::Object(info)
}

/// The user that a `SubjectAccessReview` asks about.
pub(super) fn user_of(spec: &Value) -> User {
    let groups = texts(spec, "/groups").into_iter().map(Text::from).collect();
    let extra = spec.get("extra").and_then(Value::as_object).into_iter().flatten();
    let extra = extra.map(|(key, values)| (key.as_str().into(), texts(values, "").into_iter().map(Text::from).collect()));
    User { name: text(spec, "/user").into(), uid: text(spec, "/uid").into(), groups, extra: extra.collect() }
}

/// 422 about one field of a question.
pub(super) fn invalid(kind: &str, group: &str, field: &str, value: &str, detail: &str) -> Status {
    let fault = format!("Invalid value: {value}: {detail}");
    let message = format!("{kind}.{group} \"\" is invalid: {field}: {fault}");
    let cause = StatusCause { reason: "FieldValueInvalid".into(), message: fault, field: field.into() };
    Status::new(Reason::Invalid, message).about(group, kind, "").because(cause)
}
