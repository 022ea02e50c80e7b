//! `/openapi/v2`: one document of all kinds, made once for each set of kinds and of other servers.

use std::io::{Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, VARY};
use http::{Request, Response, StatusCode};
use kontiki_api::kind::Kinds;
use kontiki_api::openapi::{v2_document, v2_protobuf};
use kontiki_api::status::{Reason, Status};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::Body;
use super::refusal::json;
use crate::aggregate::{Part, merge_openapi_v2};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");

/// The document in both forms, compressed: it is asked for seldom, and mostly by clients that take gzip.
#[derive(Default)]
pub(crate) struct DocumentCache(Mutex<Option<Cached>>);

struct Cached {
    kinds: Arc<Kinds>,
    parts: Vec<Arc<Part>>,
    forms: Arc<Forms>,
}

struct Forms {
    json: Packed,
    protobuf: Packed,
}

/// Compressed bytes and the entity tag of what they stand for.
struct Packed {
    gzip: Bytes,
    tag: HeaderValue,
}

impl DocumentCache {
    /// The forms for `kinds` with `parts` of other servers; made where they are of others so far.
    fn forms(&self, kinds: &Arc<Kinds>, parts: Vec<Arc<Part>>) -> Arc<Forms> {
        let mut cached = self.0.lock();
        if let Some(found) = cached.as_ref().filter(|found| found.is_of(kinds, &parts)) {
            return Arc::clone(&found.forms);
        }
        let mut document = v2_document(kinds);
        merge_openapi_v2(&mut document, &parts);
        let forms = Forms { json: Packed::new(document.to_string().as_bytes()), protobuf: Packed::new(&v2_protobuf(&document)) };
        let forms = Arc::new(forms);
        *cached = Some(Cached { kinds: Arc::clone(kinds), parts, forms: Arc::clone(&forms) });
        forms
    }
}

impl Cached {
    fn is_of(&self, kinds: &Arc<Kinds>, parts: &[Arc<Part>]) -> bool {
        let same = |(one, other): (&Arc<Part>, &Arc<Part>)| Arc::ptr_eq(one, other);
        Arc::ptr_eq(&self.kinds, kinds) && self.parts.len() == parts.len() && self.parts.iter().zip(parts).all(same)
    }
}

impl Packed {
    fn new(bytes: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing into memory cannot fail.
        drop(encoder.write_all(bytes));
        let digest = Sha256::digest(bytes);
        let tag: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        let tag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { gzip: encoder.finish().unwrap_or_default().into(), tag }
    }

    fn plain(&self) -> Bytes {
        let mut bytes = Vec::new();
        let inflated = GzDecoder::new(&*self.gzip).read_to_end(&mut bytes).is_ok();
        debug_assert!(inflated, "what was compressed here does not inflate");
        bytes.into()
    }
}

/// Answers with the document of `kinds` and `parts` in the form that is accepted, 304 to who has it.
///
/// # Errors
/// 406 where neither form is accepted.
pub(super) fn openapi_v2<B>(
    cache: &DocumentCache,
    kinds: &Arc<Kinds>,
    parts: Vec<Arc<Part>>,
    request: &Request<B>,
) -> Result<Response<Body>, Status> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = accepted(header(ACCEPT))?;
    let forms = cache.forms(kinds, parts);
    let packed = if media == JSON { &forms.json } else { &forms.protobuf };
    let gzip = header(ACCEPT_ENCODING).split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"));
    let known = header(IF_NONE_MATCH).split(',').any(|known| known.trim().as_bytes() == packed.tag.as_bytes());
    let body = match (known, gzip) {
        (true, _) => Bytes::new(),
        (false, true) => packed.gzip.clone(),
        (false, false) => packed.plain(),
    };
    let mut response = json(200, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media);
    headers.insert(ETAG, packed.tag.clone());
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Accept"));
    if gzip && !known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
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

    fn ask(cache: &DocumentCache, kinds: &Arc<Kinds>, headers: &[(HeaderName, &str)]) -> Response<Body> {
        let mut request = Request::builder().uri("/openapi/v2");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        openapi_v2(cache, kinds, Vec::new(), &request.body(()).unwrap()).unwrap()
    }

    fn bytes(response: Response<Body>) -> Bytes {
        match response.into_body() {
            Body::Full(bytes) => bytes,
            _ => panic!("the document is at hand as a whole"),
        }
    }

    #[test]
    fn each_form_has_a_tag_that_lasts_as_long_as_the_kinds() {
        let (cache, kinds) = (DocumentCache::default(), Arc::new(Kinds::builtin()));
        let first = ask(&cache, &kinds, &[]);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(bytes(first).starts_with(b"{\"swagger\":\"2.0\""));
        let known = ask(&cache, &kinds, &[(IF_NONE_MATCH, &tag)]);
        assert_eq!((known.status(), bytes(known).len()), (StatusCode::NOT_MODIFIED, 0));
        let packed = ask(&cache, &kinds, &[(ACCEPT_ENCODING, "gzip")]);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(bytes(packed).len() < 700_000);
        for name in ["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", PROTOBUF.to_str().unwrap()] {
            let protobuf = ask(&cache, &kinds, &[(ACCEPT, name)]);
            assert_eq!(protobuf.headers()[CONTENT_TYPE], PROTOBUF);
            assert_ne!(protobuf.headers()[ETAG].to_str().unwrap(), tag);
            assert!(bytes(protobuf).starts_with(b"\x0a\x032.0"));
        }
        let mut fewer = Kinds::default();
        fewer.insert(kontiki_api::kind::Kind::clone(kinds.get("", "v1", "pods").unwrap()));
        assert_ne!(ask(&cache, &Arc::new(fewer), &[]).headers()[ETAG].to_str().unwrap(), tag);
        assert_eq!(accepted("text/html").unwrap_err().reason, Reason::NotAcceptable);
    }
}
