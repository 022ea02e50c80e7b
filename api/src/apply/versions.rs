//! The versions of one kind.

use std::borrow::Cow;

use serde_json::Value;

use crate::schema::Schema;

/// The versions that a kind is served in: managers may have written in any of them.
pub trait Versions {
    /// The schema of `api_version` (`apps/v1`); `None` where it is not served.
    fn schema(&self, api_version: &str) -> Option<&Schema>;

    /// Whether the schemas may be others than when an object was written: those of built-in kinds are not.
    fn may_change(&self) -> bool {
        true
    }

    /// `object`, of any served version, in `api_version`; `None` where it cannot be converted.
    fn convert<'v>(&self, object: &'v Value, api_version: &str) -> Option<Cow<'v, Value>>;
}

/// A kind that is served in one version.
#[derive(Clone, Copy, Debug)]
pub struct OneVersion<'a> {
    /// The version, such as `apps/v1`.
    pub api_version: &'a str,
    /// Its schema.
    pub schema: &'a Schema,
}

impl Versions for OneVersion<'_> {
    fn schema(&self, api_version: &str) -> Option<&Schema> {
        (api_version == self.api_version).then_some(self.schema)
    }

    fn convert<'v>(&self, object: &'v Value, api_version: &str) -> Option<Cow<'v, Value>> {
        (api_version == self.api_version).then_some(Cow::Borrowed(object))
    }
}
