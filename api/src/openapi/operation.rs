//! One operation on one path.

use serde_json::{Map, Value, json};

use super::parameters;
use super::schemas::{group_version_kind, list_definition, reference};
use crate::kind::{Kind, Subresource, definition_of};
use crate::request::PatchType;

/// What is done; upstream's `x-kubernetes-action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Get,
    List,
    Post,
    Put,
    Patch,
    Delete,
    DeleteCollection,
    Connect,
}

impl Action {
    /// The HTTP method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Get | Self::List | Self::Connect => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete | Self::DeleteCollection => "delete",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::DeleteCollection => "deletecollection",
            Self::Connect => "connect",
            other => other.method(),
        }
    }

    /// How operation ids begin.
    const fn word(self) -> &'static str {
        match self {
            Self::Get => "read",
            Self::List => "list",
            Self::Post => "create",
            Self::Put => "replace",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deleteCollection",
            Self::Connect => "connectGet",
        }
    }
}

/// What an operation is on.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub row: &'a Kind,
    pub sub: Option<&'a Subresource>,
    pub all_namespaces: bool,
}

impl Shape<'_> {
    /// Group, version, kind of the body.
    fn kind(&self) -> (&str, &str, &str) {
        match self.sub {
            Some(sub) => (&sub.group, &sub.version, &sub.kind),
            None => (&self.row.group, &self.row.version, &self.row.kind),
        }
    }

    /// The definition of the body.
    fn definition(&self) -> String {
        let (group, version, kind) = self.kind();
        let own = (group, version, kind) == (&*self.row.group, &*self.row.version, &*self.row.kind);
        if own { self.row.definition.to_string() } else { definition_of(group, version, kind) }
    }
}

/// An operation.
pub(super) struct Operation<'a> {
    pub shape: Shape<'a>,
    pub action: Action,
}

impl Operation<'_> {
    /// Its OpenAPI object.
    pub fn to_value(&self) -> Value {
        let (group, version, kind) = self.shape.kind();
        let mut operation = json!({
            "tags": [self.tag()],
            "operationId": self.id(),
            "description": format!("{} {kind}", self.action.name()),
            "parameters": parameters::of(self.action),
            "responses": self.responses(),
            "x-kubernetes-action": self.action.name(),
            "x-kubernetes-group-version-kind": group_version_kind(group, version, kind),
        });
        if let Some(body) = self.body() {
            operation["requestBody"] = body;
        }
        operation
    }

    fn body(&self) -> Option<Value> {
        let meta = |kind| reference(&definition_of("meta.k8s.io", "v1", kind));
        let content: Map<String, Value> = match self.action {
            Action::Get | Action::List | Action::Connect => return None,
            Action::Post | Action::Put => {
                [("*/*".into(), json!({"schema": reference(&self.shape.definition())}))].into_iter().collect()
            }
            Action::Delete | Action::DeleteCollection => {
                [("*/*".into(), json!({"schema": meta("DeleteOptions")}))].into_iter().collect()
            }
            Action::Patch => [PatchType::Apply, PatchType::Json, PatchType::Merge, PatchType::Strategic]
                .into_iter()
                .filter(|patch| *patch != PatchType::Strategic || self.shape.row.custom.is_none())
                .map(|patch| (patch.media_type().into(), json!({"schema": meta("Patch")})))
                .collect(),
        };
        let optional = matches!(self.action, Action::Delete | Action::DeleteCollection);
        Some(if optional { json!({"content": content}) } else { json!({"content": content, "required": true}) })
    }

    fn responses(&self) -> Value {
        let schema = match self.action {
            Action::List => reference(&list_definition(self.shape.row)),
            Action::Delete | Action::DeleteCollection => reference(&definition_of("meta.k8s.io", "v1", "Status")),
            Action::Connect => json!({"type": "string"}),
            _ => reference(&self.shape.definition()),
        };
        let answer = |description: &str| {
            let content: Map<String, Value> = ["application/json", "application/yaml"]
                .into_iter()
                .map(|media| (media.to_owned(), json!({"schema": schema})))
                .collect();
            json!({"description": description, "content": content})
        };
        let mut responses = json!({"200": answer("OK"), "401": {"description": "Unauthorized"}});
        if matches!(self.action, Action::Post | Action::Put | Action::Patch) {
            responses["201"] = answer("Created");
        }
        responses
    }

    /// `apps_v1`, `core_v1`.
    fn tag(&self) -> String {
        let group = self.shape.row.group.strip_suffix(".k8s.io").unwrap_or(&self.shape.row.group);
        let group = if group.is_empty() { "core" } else { group };
        format!("{}_{}", camel(group, false), self.shape.row.version)
    }

    /// `readAppsV1NamespacedDeploymentScale`.
    fn id(&self) -> String {
        let Shape { row, sub, all_namespaces } = self.shape;
        let group = row.group.strip_suffix(".k8s.io").unwrap_or(&row.group);
        let group = camel(if group.is_empty() { "core" } else { group }, true);
        let scope = if row.namespaced && !all_namespaces { "Namespaced" } else { "" };
        let subresource = sub.map(|sub| camel(&sub.name, true)).unwrap_or_default();
        let everywhere = if all_namespaces { "ForAllNamespaces" } else { "" };
        format!("{}{group}{}{scope}{}{subresource}{everywhere}", self.action.word(), camel(&row.version, true), row.kind)
    }
}

/// `rbac.authorization` as `rbacAuthorization`, or with a capital.
fn camel(text: &str, capital: bool) -> String {
    let mut up = capital;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '.' | '-' => up = true,
            c if up => {
                out.push(c.to_ascii_uppercase());
                up = false;
            }
            c => out.push(c),
        }
    }
    out
}
