//! What a schema says of the type and the metadata of a whole object, which are the same for all kinds.

use serde_json::Value;

use super::paths::{flag, is_set, members, text};
use super::structural::Level;
use crate::kind::validate::{Faults, Path};

/// Checks the schema of a whole object: at the root, metadata may be bounded in its names alone.
pub(super) fn check(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    if level != Level::Root && !flag(schema, "x-kubernetes-embedded-resource") {
        return;
    }
    let properties = path.child("properties");
    for (name, wanted, why) in [
        ("kind", "string", "must be string"),
        ("apiVersion", "string", "must be string"),
        ("metadata", "object", "must be object"),
    ] {
        let at = properties.key(name);
        match schema["properties"].get(name).map(|inner| text(inner, "type")) {
            Some(found) if found != wanted => faults.invalid_text(&at.child("type"), found, why),
            _ => {}
        }
    }
    let Some(metadata) = schema["properties"].get("metadata").filter(|_| level == Level::Root) else { return };
    let named = members(metadata, "properties").all(|(name, _)| name == "name" || name == "generateName");
    let mut names = metadata.as_object().into_iter().flat_map(|metadata| metadata.keys());
    // Defaults are told of by themselves.
    let plain = names.all(|name| matches!(name.as_str(), "type" | "properties" | "default") || !is_set(metadata, name));
    if !named || !plain {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        faults.forbidden(&properties.key("metadata"), why);
    }
}
