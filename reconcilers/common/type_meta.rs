//! What an object of any kind says it is.

use kontiki_api::Text;
use kontiki_api::object::Object;
use serde::Deserialize;

/// `apiVersion` and `kind` of an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TypeMeta {
    /// Group and version.
    pub api_version: Text,
    /// Kind.
    pub kind: Text,
}

impl TypeMeta {
    /// Reads them from the object's JSON; empty where it is none.
    pub fn of(object: &Object) -> Self {
        serde_json::from_slice(&object.value.whole()).unwrap_or_default()
    }
}
