//! Credentials and impersonation among the headers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use kontiki_api::status::Status;

/// Browsers cannot set headers of a WebSocket; upstream lets them hide the token here.
const WEBSOCKET_BEARER: &str = "base64url.bearer.authorization.k8s.io.";

/// The bearer token, from `Authorization` or among the WebSocket protocols.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((scheme, token)) = authorization.and_then(|value| value.trim().split_once(' '))
        && scheme.eq_ignore_ascii_case("bearer")
        && !token.trim().is_empty()
    {
        return Some(token.trim().to_owned());
    }
    let protocols = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let hidden = protocols.flat_map(|value| value.split(',')).find_map(|name| name.trim().strip_prefix(WEBSOCKET_BEARER))?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(hidden).ok()?).ok()
}

/// The values of `name`, in order.
///
/// # Errors
/// 400 where one is not UTF-8. To leave it out would make somebody else of whom it names.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &str) -> Result<Vec<&'a str>, Status> {
    let text = |value: &'a HeaderValue| std::str::from_utf8(value.as_bytes());
    let values: Result<_, _> = headers.get_all(name).iter().map(text).collect();
    values.map_err(|_| Status::bad_request(format!("header {name:?} is not UTF-8")))
}
