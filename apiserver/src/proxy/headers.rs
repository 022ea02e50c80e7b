//! What of a message's head concerns only the two ends of one connection.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    AUTHORIZATION, CONNECTION, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    SEC_WEBSOCKET_PROTOCOL, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Clients may hide their token among the protocols of a WebSocket.
const HIDDEN_TOKEN: &str = "base64url.bearer.authorization.k8s.io.";
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
const CROSS_ORIGIN: [HeaderName; 4] =
    [ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN];

/// Whether the client wants the connection to become another protocol's.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let asked = values.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case("upgrade"));
    asked && headers.contains_key(UPGRADE)
}

/// Takes out what concerns one connection only; an upgrade stays where it is wanted.
pub fn strip_hop_by_hop(headers: &mut HeaderMap, upgrade: bool) {
    let protocol = headers.get(UPGRADE).cloned().filter(|_| upgrade);
    let values: Vec<String> =
        headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok().map(str::to_ascii_lowercase)).collect();
    for name in values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
        headers.remove(name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    if let Some(protocol) = protocol {
        headers.insert(UPGRADE, protocol);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    }
}

/// Takes out the client's credentials and whom it wants to be: they are for the API server alone.
pub fn strip_credentials(headers: &mut HeaderMap) {
    headers.remove(AUTHORIZATION);
    let secret = |name: &&HeaderName| name.as_str().starts_with("impersonate-") || name.as_str().starts_with("x-remote-");
    let secrets: Vec<HeaderName> = headers.keys().filter(secret).cloned().collect();
    for name in secrets {
        headers.remove(name);
    }
    let values: Vec<HeaderValue> = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().cloned().collect();
    headers.remove(SEC_WEBSOCKET_PROTOCOL);
    let names = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim);
    let shown: Vec<&str> = names.filter(|name| !name.is_empty() && !name.starts_with(HIDDEN_TOKEN)).collect();
    if let (false, Ok(value)) = (shown.is_empty(), HeaderValue::from_str(&shown.join(", "))) {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
}

/// Takes out what would open the API server's origin to other pages.
pub fn strip_cross_origin(headers: &mut HeaderMap) {
    for name in &CROSS_ORIGIN {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_connection_or_secret_is_not_handed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("keep-alive", "5"),
            ("authorization", "Bearer t"),
            ("impersonate-user", "root"),
            ("x-remote-user", "root"),
            ("sec-websocket-protocol", "a, base64url.bearer.authorization.k8s.io.dG9r"),
            ("x-kept", "yes"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        strip_hop_by_hop(&mut headers, false);
        strip_credentials(&mut headers);
        let left: Vec<_> = headers.iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert_eq!((&headers["x-kept"], &headers["sec-websocket-protocol"]), (&"yes".parse().unwrap(), &"a".parse().unwrap()));
    }
}
