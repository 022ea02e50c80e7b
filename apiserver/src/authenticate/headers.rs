//! Credentials and impersonation among the headers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use kontiki_api::status::Status;

/// Browsers cannot set headers of a WebSocket; upstream lets them hide the token here.
const WEBSOCKET_BEARER: &str = "base64url.bearer.authorization.k8s.io.";

/// The bearer token, from `Authorization` or among the WebSocket protocols; an empty one, which is nobody's, where it is hidden there
/// in a way that upstream refuses.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut words = authorization.trim().split(' ');
    if words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        && let Some(token) = words.next().filter(|token| !token.is_empty())
    {
        return Some(token.to_owned());
    }
    let protocols = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let protocols = protocols.flat_map(|value| value.split(',')).map(str::trim);
    let (hidden, others): (Vec<&str>, Vec<&str>) = protocols.partition(|name| name.starts_with(WEBSOCKET_BEARER));
    match (&*hidden, &*others) {
        ([], _) => None,
        // One other protocol is needed: the server answers with it, and never with a token.
        ([hidden], [_, ..]) => Some(revealed(hidden).unwrap_or_default()),
        _ => Some(String::new()),
    }
}

fn revealed(protocol: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(protocol.strip_prefix(WEBSOCKET_BEARER)?).ok()?).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_where_upstream_looks_for_them() {
        let found = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            bearer(&headers)
        };
        let said = |value: &str| found("authorization", value);
        assert_eq!(said("Bearer a"), Some("a".into()));
        assert_eq!(said(" bEARER a b "), Some("a".into()));
        for none in ["", "Bearer", "Bearer ", "Bearer  a", "Basic a", "a"] {
            assert_eq!(said(none), None, "{none}");
        }
        let hidden = |value: &str| found("sec-websocket-protocol", &value.replace("TOKEN", WEBSOCKET_BEARER));
        assert_eq!(hidden("v4.channel.k8s.io, TOKENYQ"), Some("a".into()));
        assert_eq!(hidden("v4.channel.k8s.io"), None);
        for refused in ["TOKENYQ", "x,TOKENYQ,TOKENYQ", "x,TOKEN!", "x,TOKEN_w"] {
            assert_eq!(hidden(refused), Some(String::new()), "{refused}");
        }
    }
}
