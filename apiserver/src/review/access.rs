//! Whether somebody may do something.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::access_faults::faults;
use super::fields::{answered, text, user_of};
use crate::authorize::{Attributes, Authorize, Decision, requirements};
use crate::virtuals::{Question, Virtual};

/// Whom a review may ask about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// `SubjectAccessReview`
    Anybody,
    /// `LocalSubjectAccessReview`
    InNamespace,
    /// `SelfSubjectAccessReview`
    Oneself,
}

/// Answers the three access reviews.
pub(super) struct AccessReview {
    pub authorizer: Arc<dyn Authorize>,
    pub scope: Scope,
}

#[async_trait]
impl Virtual for AccessReview {
    async fn create(&self, question: Question<'_>) -> Result<Value, Status> {
        let spec = question.body.get("spec").unwrap_or(&Value::Null);
        let faults = faults(self.scope, &question.target.namespace, &question.body);
        if !faults.is_empty() {
            return Err(Status::invalid(question.kind, "", &faults));
        }
        let user = if self.scope == Scope::Oneself { question.user.clone() } else { user_of(spec) };
        let asked = match (given(spec, "resourceAttributes"), given(spec, "nonResourceAttributes")) {
            (Some(resource), _) => of_resource(user, resource),
            (None, path) => of_path(user, path.unwrap_or(&Value::Null)),
        };
        let (allowed, why) = match self.authorizer.explain(&asked) {
            (Decision::Allow, why) => (true, why),
            (Decision::NoOpinion(why), _) => (false, why),
        };
        let mut status = json!({ "allowed": allowed });
        if !why.is_empty() {
            status["reason"] = why.into();
        }
        Ok(answered(question.body, status))
    }
}

/// The attributes called `name`, where there are any.
pub(super) fn given<'a>(spec: &'a Value, name: &str) -> Option<&'a Value> {
    spec.get(name).filter(|attributes| attributes.is_object())
}

fn of_resource(user: User, asked: &Value) -> Attributes {
    let field = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default().into();
    Attributes {
        user,
        verb: field("verb"),
        group: field("group"),
        resource: field("resource"),
        subresource: field("subresource"),
        namespace: field("namespace"),
        name: field("name"),
        path: "".into(),
        fields: asked.get("fieldSelector").map(selected).unwrap_or_default(),
    }
}

/// What a `FieldSelectorAttributes` demands to be equal: its text, or its requirements where it has none.
fn selected(selector: &Value) -> Vec<(Text, Text)> {
    let raw = text(selector, "/rawSelector");
    if !raw.is_empty() {
        return requirements(raw);
    }
    let listed = selector.get("requirements").and_then(Value::as_array).into_iter().flatten();
    let single = listed.filter(|requirement| text(requirement, "/operator") == "In").filter_map(|requirement| {
        let [value] = requirement.get("values")?.as_array()?.as_slice() else { return None };
        Some((text(requirement, "/key").into(), value.as_str()?.into()))
    });
    single.collect()
}

fn of_path(user: User, asked: &Value) -> Attributes {
    Attributes { user, verb: text(asked, "/verb").into(), path: text(asked, "/path").into(), ..Attributes::default() }
}
