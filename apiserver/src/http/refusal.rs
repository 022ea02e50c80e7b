//! A refusal as an HTTP answer.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};
use kontiki_api::status::Status;

use super::other::TEXT;
use super::{Body, warnings};

/// `status` as JSON, with its code.
pub(super) fn refusal(status: &Status) -> Response<Body> {
    let response = match status.details.plain {
        "" => json(status.code(), Bytes::from(status.to_value().to_string() + "\n")),
        text => {
            let mut response = with_type(status.code(), TEXT, Body::Full(Bytes::from_static(text.as_bytes())));
            response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }
    };
    dress(response, status)
}

/// `response` with the headers that belong to `status`.
pub(super) fn dress(mut response: Response<Body>, status: &Status) -> Response<Body> {
    if status.details.retry_after_seconds > 0 {
        response.headers_mut().insert(RETRY_AFTER, status.details.retry_after_seconds.into());
    }
    warnings::tell(response.headers_mut(), &status.details.warnings);
    response
}

/// JSON with a code.
pub(crate) fn json(code: u16, body: Bytes) -> Response<Body> {
    with_type(code, "application/json", Body::Full(body))
}

/// A body of some media type with a code.
pub(super) fn with_type(code: u16, media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
