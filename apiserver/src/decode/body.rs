//! From bytes of any media type to JSON.

use kontiki_api::decode::{Format, parse};
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status};
use serde_json::Value;

use super::nesting::too_deep;

/// Deepest nesting of arrays and objects that is read.
const NESTING: usize = 100;

/// Parses the request's body without a schema.
///
/// # Errors
/// 415 for a media type not understood, 400 with the position for text that does not parse.
pub(crate) fn body(request: &Request) -> Result<Value, Status> {
    let format = format_of(request)?;
    // Braces mean nothing in protobuf, whose decoder bounds its own depth.
    if format != Format::Protobuf {
        check_nesting(&request.body)?;
    }
    parse(&request.body, format)
}

/// The notation of the request's body.
///
/// # Errors
/// 415 for a media type not understood.
pub(super) fn format_of(request: &Request) -> Result<Format, Status> {
    Format::of(&request.content_type).ok_or_else(|| {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, \
             application/vnd.kubernetes.protobuf; not {:?}",
            &*request.content_type
        );
        Status::new(Reason::UnsupportedMediaType, message)
    })
}

/// Refuses bodies that nest too deep, before anything recurses into them.
///
/// # Errors
/// 400.
pub(crate) fn check_nesting(bytes: &[u8]) -> Result<(), Status> {
    if too_deep(bytes, NESTING) {
        return Err(Status::bad_request(format!("the body nests deeper than {NESTING} levels")));
    }
    Ok(())
}
