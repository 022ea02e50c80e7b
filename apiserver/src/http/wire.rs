//! What a server in Go refuses of a request before anything looks at what it asks for.

use http::header::{CONNECTION, EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};

use super::Body;
use super::other::TEXT;
use super::refusal::with_type;

/// The refusal of what no request may look like; `None` for nearly all.
pub(super) fn refused<B>(request: &Request<B>) -> Option<Response<Body>> {
    let (headers, uri) = (request.headers(), request.uri());
    // The form of a proxy's CONNECT, and of whoever forgot the slash.
    if !uri.path().starts_with('/') && uri.path() != "*" || uri.scheme().is_none() && uri.authority().is_some() {
        return Some(bad(400, "400 Bad Request"));
    }
    if request.version() > Version::HTTP_11 {
        return None;
    }
    if let Some(why) = host_fault(headers, request.version()) {
        return Some(bad(400, why));
    }
    if headers.get(TRANSFER_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return Some(bad(501, "Unsupported transfer encoding"));
    }
    if headers.get(EXPECT).is_some_and(|expected| !expected.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Some(bad(417, ""));
    }
    (uri.path() == "*" && *request.method() == Method::OPTIONS).then(|| Response::new(Body::empty()))
}

/// What is wrong with who is called: servers and what stands before them must not take a request for different ones.
fn host_fault(headers: &HeaderMap, version: Version) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::HTTP_11 => Some("400 Bad Request: missing required Host header"),
        (Some(_), Some(_)) => Some("400 Bad Request"),
        (Some(host), None) if !host.as_bytes().iter().all(|byte| may_be_in_host(*byte)) => {
            Some("400 Bad Request: malformed Host header")
        }
        _ => None,
    }
}

/// As loose as Go: what may be anywhere in the authority of a URI.
const fn may_be_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'$' | b'%' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b'-' | b'.' | b':')
        || matches!(byte, b';' | b'=' | b'@' | b'[' | b'\'' | b']' | b'_' | b'~')
}

fn bad(code: u16, text: &'static str) -> Response<Body> {
    let mut response = with_type(code, TEXT, Body::from(text.to_owned()));
    if code == StatusCode::EXPECTATION_FAILED {
        response.headers_mut().remove(http::header::CONTENT_TYPE);
    }
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(of: http::request::Builder) -> u16 {
        refused(&of.body(()).unwrap()).map_or(0, |refused| refused.status().as_u16())
    }

    #[test]
    fn requests_that_go_takes_are_taken() {
        let get = |path: &str| Request::get(path);
        assert_eq!(code(get("/version").header(HOST, "a.b:6443")), 0);
        assert_eq!(code(get("/version").header(HOST, "[::1]:6443")), 0);
        assert_eq!(code(get("/version").header(HOST, "")), 0);
        assert_eq!(code(get("https://a.b/version").header(HOST, "c")), 0);
        assert_eq!(code(get("/version").version(Version::HTTP_10)), 0);
        assert_eq!(code(get("https://a.b/version").version(Version::HTTP_2)), 0);
        assert_eq!(code(get("/version").header(HOST, "a").header(EXPECT, "100-Continue")), 0);
        assert_eq!(code(get("/version").header(HOST, "a").header(TRANSFER_ENCODING, "Chunked")), 0);
    }

    #[test]
    fn requests_that_others_may_read_otherwise_are_refused() {
        let get = || Request::get("/version");
        assert_eq!(code(get()), 400);
        assert_eq!(code(get().header(HOST, "a").header(HOST, "b")), 400);
        assert_eq!(code(get().header(HOST, "a b")), 400);
        assert_eq!(code(get().header(HOST, "a/b")), 400);
        assert_eq!(code(Request::get("version").header(HOST, "a")), 400);
        assert_eq!(code(Request::connect("a:80").header(HOST, "a")), 400);
        assert_eq!(code(get().header(HOST, "a").header(TRANSFER_ENCODING, "gzip, chunked")), 501);
        assert_eq!(code(get().header(HOST, "a").header(EXPECT, "more")), 417);
        assert_eq!(code(Request::options("*").header(HOST, "a")), 200);
    }
}
