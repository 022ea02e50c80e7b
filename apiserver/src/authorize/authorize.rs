//! The step as the pipeline sees it.

use kontiki_api::Text;
use kontiki_api::request::User;

/// What is asked for: `authorization.k8s.io` attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Who asks.
    pub user: User,
    /// The verb; lower-case HTTP method for non-resource paths. May be a special verb (`bind`, `escalate`, `impersonate`).
    pub verb: Text,
    /// API group; empty for core.
    pub group: Text,
    /// Plural of the resource; empty for non-resource paths.
    pub resource: Text,
    /// Subresource; empty for none.
    pub subresource: Text,
    /// Namespace; empty for cluster scope.
    pub namespace: Text,
    /// Name; empty for the collection.
    pub name: Text,
    /// The path, for non-resource requests; empty otherwise.
    pub path: Text,
    /// Fields that every object meant has, each with its value: the equalities of the `fieldSelector` of a list, a watch or
    /// a deletion of a collection. None for other requests.
    pub fields: Vec<(Text, Text)>,
}

/// An authorizer's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow,
    /// Not by this authorizer; with what it has to say about it.
    NoOpinion(String),
}

/// Decides whether a user may do something.
pub trait Authorize: Send + Sync + 'static {
    /// The decision, from memory: never waits.
    fn authorize(&self, attributes: &Attributes) -> Decision;

    /// The decision, and what the audit has to say about it where it allows; empty where there is nothing to say.
    fn explain(&self, attributes: &Attributes) -> (Decision, String) {
        (self.authorize(attributes), String::new())
    }
}
