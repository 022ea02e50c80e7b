//! The configuration in the body of an apply.

use kontiki_api::decode::{FieldValidation, Format, keys_are_unique, unread};
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use kontiki_api::yaml::{Duplicates, YamlError, read_body};
use serde_json::Value;

use crate::decode;
use crate::write::Context;

/// The configuration in the body of `request`, which must be of `api_version` and `kind`.
///
/// # Errors
/// 400 where it cannot be read or is of another kind or version.
pub(crate) fn configuration(request: &Request, api_version: &str, kind: &str) -> Result<Value, Status> {
    decode::check_shape(&request.body, Format::Yaml)?;
    let config = match request.body.trim_ascii() {
        b"" => Value::Null,
        _ => read_body(&request.body, Duplicates::LastWins)
            .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?,
    };
    if let Some(why) = Some(&config).filter(|config| !config.is_object()).and_then(|config| unread(config.to_string().as_bytes()))
    {
        return Err(Status::bad_request(format!("error decoding YAML: error unmarshaling JSON: while decoding JSON: {why}")));
    }
    let text = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = (text("apiVersion"), text("kind"));
    if found != (api_version, kind) {
        let slash = if found.0.contains('/') { "" } else { "/" };
        return Err(Status::bad_request(format!("invalid object type: {slash}{}, Kind={}", found.0, found.1)));
    }
    Ok(config)
}

/// Tells of keys that the configuration has twice, as the request's `fieldValidation` wants it.
///
/// # Errors
/// 400 under `Strict`.
pub(crate) fn warn_of_duplicates(ctx: &mut Context<'_>) -> Result<(), Status> {
    if ctx.options.validation == FieldValidation::Ignore || keys_are_unique(&ctx.request.body) {
        return Ok(());
    }
    let Err(error) = read_body(&ctx.request.body, Duplicates::Refuse) else { return Ok(()) };
    let told = told(&error);
    if ctx.options.validation == FieldValidation::Strict {
        return Err(Status::bad_request(format!("error strict decoding YAML: {told}")));
    }
    ctx.warnings.push(told);
    Ok(())
}

/// The duplicate in upstream's words.
fn told(error: &YamlError) -> String {
    let YamlError::Yaml { line, message, .. } = error else { return error.to_string() };
    let Some(key) = message.strip_prefix("duplicate mapping key: ") else { return error.to_string() };
    // The library's advice to its user is none to ours.
    let key = [", set DuplicateKeyPolicy", " not allowed here"]
        .iter()
        .find_map(|advice| key.split_once(advice))
        .map_or(key, |(key, _)| key);
    format!("error converting YAML to JSON: yaml: unmarshal errors:\n  line {line}: key {key:?} already set in map")
}
