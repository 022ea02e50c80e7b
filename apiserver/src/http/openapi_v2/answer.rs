//! The answer of `/openapi/v2`.

use std::sync::Arc;

use http::header::{ACCEPT, ETAG, HeaderValue};
use http::{HeaderMap, Response};
use kontiki_api::kind::Kinds;
use kontiki_api::status::{Reason, Status};

use super::DocumentCache;
use crate::aggregate::Part;
use crate::http::Body;
use crate::http::packed::{is_known, packed};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");

/// Answers with the document of `kinds` and `parts` in the form that is accepted, 304 to who has it.
///
/// # Errors
/// 406 where neither form is accepted.
pub(in crate::http) async fn openapi_v2(
    cache: &DocumentCache,
    kinds: &Arc<Kinds>,
    parts: Vec<Arc<Part>>,
    headers: &HeaderMap,
) -> Result<Response<Body>, Status> {
    let media = accepted(headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default())?;
    let forms = cache.forms(kinds, &parts).await?;
    let form = if media == JSON { &forms.json } else { &forms.protobuf };
    let parts = (!is_known(headers, &form.tag)).then_some(form.parts.as_slice());
    let mut response = packed(parts, media, headers);
    response.headers_mut().insert(ETAG, form.tag.clone());
    Ok(response)
}

/// The media type to answer with; the protobuf form has an older name with an `@`, which nobody is answered with.
fn accepted(accept: &str) -> Result<HeaderValue, Status> {
    let ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let known = ranges.filter_map(|range| match range {
        "" | "*/*" | "application/*" | "application/json" => Some(JSON),
        "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
        | "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" => Some(PROTOBUF),
        _ => None,
    });
    { known }.next().ok_or_else(|| {
        let why = "only the following media types are accepted: application/json, application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
        Status::new(Reason::NotAcceptable, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::StatusCode;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, IF_NONE_MATCH};
    use http_body_util::BodyExt;

    async fn ask(cache: &DocumentCache, kinds: &Arc<Kinds>, headers: &[(HeaderName, &str)]) -> Response<Body> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        openapi_v2(cache, kinds, Vec::new(), &headers).await.unwrap()
    }

    async fn bytes(response: Response<Body>) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn each_form_has_a_tag_that_lasts_as_long_as_the_kinds() {
        let (cache, kinds) = (DocumentCache::default(), Arc::new(Kinds::builtin()));
        let first = ask(&cache, &kinds, &[]).await;
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(bytes(first).await.starts_with(b"{\"swagger\":\"2.0\""));
        let known = ask(&cache, &kinds, &[(IF_NONE_MATCH, &tag)]).await;
        assert_eq!((known.status(), bytes(known).await.len()), (StatusCode::NOT_MODIFIED, 0));
        let packed = ask(&cache, &kinds, &[(ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(bytes(packed).await.len() < 700_000);
        for name in ["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", PROTOBUF.to_str().unwrap()] {
            let protobuf = ask(&cache, &kinds, &[(ACCEPT, name)]).await;
            assert_eq!(protobuf.headers()[CONTENT_TYPE], PROTOBUF);
            assert_ne!(protobuf.headers()[ETAG].to_str().unwrap(), tag);
            assert!(bytes(protobuf).await.starts_with(b"\x0a\x032.0"));
        }
        let mut fewer = Kinds::default();
        fewer.insert(kontiki_api::kind::Kind::clone(kinds.get("", "v1", "pods").unwrap()));
        assert_ne!(ask(&cache, &Arc::new(fewer), &[]).await.headers()[ETAG].to_str().unwrap(), tag);
        assert_eq!(accepted("text/html").unwrap_err().reason, Reason::NotAcceptable);
    }
}
