//! Entry points of decoding.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Value;

use super::body::metadata;
use super::conform::conforms;
use super::context::Context;
use super::from_map::{misfit, settle};
use super::numbers::settle_numbers;
use super::recognize::{kind_is_missing, type_meta};
use super::untyped::Untyped;
use super::walk::Walk;
use super::{Body, Format};
use crate::go::huge_number;
use crate::protobuf;
use crate::status::{Reason, Status};
use crate::yaml::{MAX_ALIASES, MAX_DEPTH, MAX_NODES};

/// Most values that stand for aliases, about twice as many as events.
const MAX_REPLAYED: usize = 10_000;

/// The refusal of custom objects in protobuf, by which clients know to send JSON.
const CUSTOM_FORMS: &str =
    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml";

/// How a complaint about a field that is not known begins.
const UNKNOWN: &str = "unknown field ";

/// What becomes of unknown and duplicate fields: the `fieldValidation` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// The request is refused.
    Strict,
    /// They are dropped, with a warning each.
    #[default]
    Warn,
    /// They are dropped.
    Ignore,
}

impl FieldValidation {
    /// What the parameter may say.
    pub const WORDS: [&str; 4] = ["", "Ignore", "Strict", "Warn"];

    /// Reads the parameter; empty is `Warn`, any other word nothing.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Strict" => Some(Self::Strict),
            "" | "Warn" => Some(Self::Warn),
            "Ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}

/// A decoded body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The object, typed as its schema says, `apiVersion` and `kind` filled in.
    pub object: Value,
    /// One warning for each unknown or duplicate field, without the code and agent of the header.
    pub warnings: Vec<String>,
}

/// Decodes `bytes` as `body`.
///
/// # Errors
/// 400, in upstream's words: bytes that are no JSON or YAML (with the position), another kind or
/// version, a value of the wrong type, and in `Strict` unknown and duplicate fields.
pub fn decode(bytes: &[u8], format: Format, body: Body<'_>, validation: FieldValidation) -> Result<Decoded, Status> {
    match format {
        Format::Json => decode_json(bytes, body, validation),
        Format::Yaml if is_json(bytes) => decode_json(bytes, body, validation),
        Format::Yaml => decode_yaml(bytes, body, validation),
        Format::Protobuf if body.custom.is_some() => Err(Status::new(Reason::UnsupportedMediaType, CUSTOM_FORMS)),
        Format::Protobuf => decode_value(protobuf::decode(bytes, Some((&body.api_version(), body.kind)))?, body, validation),
    }
}

/// Decodes an object that was parsed before, as `body`: what was applied, or made of what was decoded.
///
/// # Errors
/// As [`decode`].
pub fn decode_value(value: Value, body: Body<'_>, validation: FieldValidation) -> Result<Decoded, Status> {
    body.check(text_of(&value, "apiVersion"), text_of(&value, "kind"))?;
    body.check_kind(&value)?;
    walk_value(value, body, validation, Context::applied()).map_err(|fault| fault.into_status(body, &[]))
}

/// Why what a patch made of an object does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// In words, which are told of the patch.
    Told(String),
    /// A refusal of its own.
    Refused(Status),
}

/// Decodes what a patch made of an object, as `body`; `complaints` are what was wrong with the text of the patch.
///
/// # Errors
/// The fault in upstream's words: another kind or version, a value of the wrong type, and in `Strict` unknown and duplicate
/// fields and the `complaints`.
pub fn decode_patched(
    value: Value,
    body: Body<'_>,
    validation: FieldValidation,
    complaints: Vec<String>,
) -> Result<Decoded, Unfit> {
    if body.custom.is_some() {
        if text_of(&value, "kind").is_empty() {
            return Err(Unfit::Told(kind_is_missing(value.to_string().as_bytes())));
        }
        body.check_kind(&value).map_err(Unfit::Refused)?;
    } else {
        body.check(text_of(&value, "apiVersion"), text_of(&value, "kind")).map_err(|status| Unfit::Told(status.message))?;
    }
    walk_value(value, body, validation, Context::after(complaints)).map_err(|fault| Unfit::Told(fault.into_text()))
}

/// As [`decode_patched`], of what a strategic merge patch made of a built-in object, which stays of its kind whatever the patch
/// says.
///
/// # Errors
/// As [`decode_patched`], in the words of upstream's converter where a value is of the wrong type.
pub fn decode_merged(
    mut value: Value,
    body: Body<'_>,
    validation: FieldValidation,
    complaints: Vec<String>,
) -> Result<Decoded, Unfit> {
    for (name, own) in [("apiVersion", body.api_version()), ("kind", body.kind.to_owned())] {
        if let Some(Value::String(said)) = value.get_mut(name) {
            *said = own;
        }
    }
    let (context, told) = (Context::after(complaints), |fault: Fault| Unfit::Told(fault.into_text()));
    if conforms(&value, body.schema) {
        return finish(Ok(Some(value)), context.of(false), body, validation).map_err(told);
    }
    settle(&mut value, body.schema);
    match misfit(&value, body.schema) {
        Some(why) => Err(Unfit::Told(why)),
        None => walk_value(value, body, validation, context).map_err(told),
    }
}

fn text_of<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn walk_value(value: Value, body: Body<'_>, validation: FieldValidation, context: Context<'_>) -> Result<Decoded, Fault> {
    let mut context = context.of(body.custom.is_some());
    if conforms(&value, body.schema) {
        return finish(Ok(Some(value)), context, body, validation);
    }
    let walked = Walk { schema: body.schema, context: &mut context }.deserialize(value);
    finish(walked.map_err(|error| error.to_string()), context, body, validation)
}

/// Reads `value` as the metadata of an object of any kind; answers it and the paths of what is not known of it.
///
/// # Errors
/// The fault in the words of Go.
pub(crate) fn read_metadata(value: Value) -> Result<(Value, Vec<String>), String> {
    let mut context = Context::default();
    let walked = Walk { schema: metadata(), context: &mut context }.deserialize(value);
    let read = walked.map_err(|error| context.fault.take().unwrap_or_else(|| error.to_string()))?;
    let unknown = context.complaints.iter().filter_map(|complaint| complaint.strip_prefix(UNKNOWN));
    let paths = unknown.map(|path| path.trim_matches('"').to_owned()).collect();
    Ok((read.unwrap_or_else(|| Value::Object(serde_json::Map::new())), paths))
}

/// Parses `bytes` without a schema: patches, and bodies of kinds without one.
///
/// # Errors
/// 400 with the position of the fault.
pub fn parse(bytes: &[u8], format: Format) -> Result<Value, Status> {
    let parsed = match format {
        Format::Protobuf => return protobuf::decode(bytes, None),
        Format::Yaml if !is_json(bytes) => {
            serde_saphyr::from_slice_with_options(bytes, yaml_options()).map_err(|error| error.to_string())
        }
        Format::Json | Format::Yaml => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
    };
    parsed.map_err(|why| Status::bad_request(format!("error decoding the body: {why}")))
}

/// Whether `bytes` are one value of JSON in which no object has a key twice.
pub fn keys_are_unique(bytes: &[u8]) -> bool {
    with_duplicates(bytes).is_some_and(|(_, duplicates)| duplicates.is_empty())
}

/// The one value of JSON that `bytes` are, and the paths of the keys that an object in it has twice.
pub(crate) fn with_duplicates(bytes: &[u8]) -> Option<(Value, Vec<String>)> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Untyped(&mut duplicates).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some((value, duplicates))
}

fn decode_json(bytes: &[u8], body: Body<'_>, validation: FieldValidation) -> Result<Decoded, Status> {
    let mut context = Context::default().of(body.custom.is_some());
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let walked = Walk { schema: body.schema, context: &mut context }.deserialize(&mut deserializer);
    let walked = walked.and_then(|value| deserializer.end().map(|()| value));
    match &walked {
        Ok(Some(object)) if object.is_object() => check_type(object, body, bytes)?,
        // Another type is told of before what does not fit this one.
        _ => {
            let meta = type_meta(bytes).map_err(|why| body.unrecognized(&why, bytes))?;
            check_named(&meta.kind, body, bytes)?;
            body.check(&meta.api_version, &meta.kind)?;
        }
    }
    if walked.is_err()
        && body.custom.is_some()
        && let Some(number) = huge_number(bytes)
    {
        return Err(body.refuse(&format!("json: cannot unmarshal number {number} into Go value of type float64")));
    }
    let finished = finish(walked.map_err(|error| error.to_string()), context, body, validation);
    finished.map_err(|fault| fault.into_status(body, bytes))
}

fn check_type(object: &Value, body: Body<'_>, sent: &[u8]) -> Result<(), Status> {
    check_named(text_of(object, "kind"), body, sent)?;
    body.check(text_of(object, "apiVersion"), text_of(object, "kind"))?;
    body.check_kind(object)
}

/// Custom objects must say their kind.
fn check_named(kind: &str, body: Body<'_>, sent: &[u8]) -> Result<(), Status> {
    match body.custom {
        Some(_) if kind.is_empty() => Err(body.unrecognized(&kind_is_missing(sent), sent)),
        _ => Ok(()),
    }
}

fn decode_yaml(bytes: &[u8], body: Body<'_>, validation: FieldValidation) -> Result<Decoded, Status> {
    let mut context = Context::default().of(body.custom.is_some());
    let walked = serde_saphyr::with_deserializer_from_slice_with_options(bytes, yaml_options(), |deserializer| {
        Walk { schema: body.schema, context: &mut context }.deserialize(deserializer)
    });
    // Upstream makes JSON of it, in which 1.0 is 1, before it reads it.
    let walked = walked.map(|object| {
        let mut object = object;
        object.iter_mut().filter(|_| body.custom.is_some()).for_each(settle_numbers);
        object
    });
    match &walked {
        Ok(Some(object)) => check_type(object, body, bytes)?,
        Ok(None) => check_named("", body, bytes)?,
        Err(_) => {}
    }
    let finished = finish(walked.map_err(|error| format!("yaml: {error}")), context, body, validation);
    finished.map_err(|fault| fault.into_status(body, bytes))
}

/// Whether `bytes`, which are YAML, are an object of JSON as well, for which there is a faster reader.
fn is_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// YAML as Go's reader takes it, within bounds; duplicates are left for the pass to tell of.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        legacy_octal_numbers: true,
        with_snippet: false,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES, max_aliases: MAX_ALIASES },
    }
}

/// Why a body cannot be decoded.
enum Fault {
    /// It was not even recognized.
    Unrecognized(String),
    /// It was recognized and is faulty.
    Faulty(String),
}

impl Fault {
    /// The refusal of a body that was sent as it is.
    fn into_status(self, body: Body<'_>, sent: &[u8]) -> Status {
        match self {
            Self::Unrecognized(why) => body.unrecognized(&why, sent),
            Self::Faulty(why) => body.refuse(&why),
        }
    }

    fn into_text(self) -> String {
        let (Self::Unrecognized(why) | Self::Faulty(why)) = self;
        why
    }
}

fn finish(
    walked: Result<Option<Value>, String>,
    context: Context<'_>,
    body: Body<'_>,
    validation: FieldValidation,
) -> Result<Decoded, Fault> {
    let walked = walked.map_err(|why| match &context.fault {
        Some(fault) if context.path.is_empty() => {
            Fault::Unrecognized(format!("couldn't get version/kind; json parse error: {fault}"))
        }
        Some(fault) => Fault::Faulty(fault.clone()),
        None => Fault::Unrecognized(why),
    })?;
    let Some(mut object) = walked.filter(Value::is_object) else {
        return Err(Fault::Unrecognized("couldn't get version/kind; json parse error: the body holds no object".into()));
    };
    body.complete(&mut object);
    let mut complaints = context.complaints;
    if let Some(custom) = body.custom {
        let unknown = custom.prune_strictly(&mut object, context.applied).map_err(Fault::Faulty)?;
        complaints.extend(unknown.into_iter().map(|path| format!("{UNKNOWN}{path:?}")));
    }
    match validation {
        FieldValidation::Strict if !complaints.is_empty() => {
            Err(Fault::Faulty(format!("strict decoding error: {}", complaints.join(", "))))
        }
        FieldValidation::Warn => Ok(Decoded { object, warnings: complaints }),
        _ => Ok(Decoded { object, warnings: Vec::new() }),
    }
}
