//! `namespaceSelector` and `objectSelector` of webhooks and policies.

use kontiki_api::meta::Key;
use kontiki_api::selector::LabelSelector;
use kontiki_api::status::Status;
use serde_json::Value;

use super::Subject;
use crate::admit::Operation;

/// Of which namespaces and objects a request must be.
#[derive(Debug)]
pub(in crate::admit) struct Selectors {
    namespaces: Result<LabelSelector, String>,
    objects: Result<LabelSelector, String>,
}

impl Selectors {
    /// Those of `holder`; without them everything is selected.
    pub fn read(holder: &Value) -> Self {
        let selector = |name: &str| match holder.get(name).filter(|selector| !selector.is_null()) {
            Some(selector) => LabelSelector::from_value(selector).map_err(|error| error.to_string()),
            None => Ok(LabelSelector::everything()),
        };
        Self { namespaces: selector("namespaceSelector"), objects: selector("objectSelector") }
    }

    /// Whether they select `subject` with `object` and `old`.
    ///
    /// # Errors
    /// 404 where the namespace is not there, 500 for a selector that cannot be read.
    pub fn select(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<bool, Status> {
        Ok(self.in_namespace(subject, object, old)? && self.select_object(subject, object, old)?)
    }

    /// Objects of the cluster are in every selection.
    fn in_namespace(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<bool, Status> {
        let selector = readable(&self.namespaces)?;
        let namespace = subject.namespace(subject.named(object, old));
        if selector.is_everything() || namespace.is_empty() {
            return Ok(true);
        }
        let written = matches!(subject.operation, Operation::Create | Operation::Update);
        if subject.is_namespace() && subject.target.subresource.is_empty() && written {
            return Ok(matches(selector, object));
        }
        let found = subject.server.config.store.get(&Key::new("namespaces", "", namespace));
        let found = found.ok_or_else(|| Status::not_found("", "namespaces", namespace))?;
        Ok(selector.matches_head(&found.head))
    }

    /// The object as it was or as it will be.
    fn select_object(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<bool, Status> {
        let selector = readable(&self.objects)?;
        let (now, before) = subject.sides(object, old);
        let shown = |object: &Value| matches(selector, &subject.form.show(subject.kind, object));
        Ok(selector.is_everything() || now.is_some_and(shown) || before.is_some_and(shown))
    }
}

fn readable(selector: &Result<LabelSelector, String>) -> Result<&LabelSelector, Status> {
    selector.as_ref().map_err(|error| Status::internal(format!("Internal error occurred: {error}")))
}

fn matches(selector: &LabelSelector, object: &Value) -> bool {
    let labels = object.pointer("/metadata/labels");
    selector.matches_with(|key| labels?.get(key)?.as_str())
}
