//! From bytes of any media type to JSON.

use kontiki_api::decode::{Excess, Format, Nesting, parse};
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status};
use kontiki_api::yaml;
use serde_json::Value;

/// Deepest nesting of arrays and objects that is read.
const NESTING: usize = 100;
/// Most values in a body: parsed, each takes about a hundred bytes, of which it needs no more than two to be sent.
const VALUES: usize = 100_000;

/// Parses the request's body without a schema.
///
/// # Errors
/// 415 for a media type not understood, 400 with the position for text that does not parse.
pub(crate) fn body(request: &Request) -> Result<Value, Status> {
    let format = format_of(request)?;
    check_shape(&request.body, format)?;
    parse(&request.body, format)
}

/// As [`check_nesting`], where the body is JSON. In YAML braces may stand in a text, so that its scanner counts. Protobuf is
/// counted by its reader.
///
/// # Errors
/// As [`check_nesting`].
pub(crate) fn check_shape(bytes: &[u8], format: Format) -> Result<(), Status> {
    let json = bytes.trim_ascii_start().first().is_some_and(|first| matches!(first, b'{' | b'['));
    match format {
        Format::Json => check_nesting(bytes),
        Format::Yaml if json => check_nesting(bytes),
        Format::Yaml => yaml::excess(bytes).map_or(Ok(()), |excess| {
            Err(Status::new(Reason::RequestEntityTooLarge, format!("the body holds more than {excess}")))
        }),
        Format::Protobuf => Ok(()),
    }
}

/// The notation of the request's body.
///
/// # Errors
/// 415 for a media type not understood.
pub(super) fn format_of(request: &Request) -> Result<Format, Status> {
    Format::of(&request.content_type).ok_or_else(|| {
        let message = "the body of the request was in an unknown format - accepted media types include: application/json, \
                       application/yaml, application/vnd.kubernetes.protobuf";
        Status::new(Reason::UnsupportedMediaType, message)
    })
}

/// Refuses JSON that nests too deep or holds too many values, before anything is made of it. YAML in its own notation
/// is bounded by its reader.
///
/// # Errors
/// 400, and 413 for too many values.
pub(crate) fn check_nesting(bytes: &[u8]) -> Result<(), Status> {
    shape().excess(bytes).map_or(Ok(()), |excess| Err(refused(excess)))
}

/// The shape of a body of JSON of which nothing has come yet.
pub(crate) const fn shape() -> Nesting {
    Nesting::new(NESTING, VALUES)
}

/// The refusal of a body with too much of something.
pub(crate) fn refused(excess: Excess) -> Status {
    match excess {
        Excess::Levels => Status::bad_request(format!("the body nests deeper than {NESTING} levels")),
        Excess::Values => Status::new(Reason::RequestEntityTooLarge, format!("the body holds more than {VALUES} values")),
    }
}
