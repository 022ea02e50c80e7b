//! An answer of the pipeline as an HTTP answer, in the form asked for.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use http::header::{HeaderName, HeaderValue};
use kontiki_api::kind::Kind;
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use serde_json::Value;

use super::Body;
use super::refusal::{json, with_type};
use crate::encode::{self, Form, Negotiated};
use crate::read::WatchStream;
use crate::server::{Answer, Content, List, Server};

const WARNING: HeaderName = HeaderName::from_static("warning");

/// The HTTP answer.
///
/// # Errors
/// 406 where the content has no such form.
pub(super) fn respond(server: &Arc<Server>, answer: Answer, wanted: Negotiated, pretty: bool) -> Result<Response<Body>, Status> {
    if wanted.yaml && !matches!(answer.content, Content::Watch(..)) {
        let value: Value = serde_json::from_slice(&answer.to_json()).unwrap_or_default();
        return Ok(with_type(answer.code, "application/yaml", Body::from(kontiki_api::yaml::write(&value))));
    }
    let Answer { code, content, warnings } = answer;
    let now = server.now();
    let mut response = match content {
        Content::Watch(kind, stream) => watch(server, kind, stream, wanted),
        Content::Object(kind, object) => match wanted.form {
            Form::Partial => json(code, encode::partial(&object)),
            Form::Table => value(code, &encode::one_row(&kind, &object, now, wanted.include), pretty),
            _ if pretty => value(code, &encode::value_of(&kind, &object), pretty),
            _ => json(code, encode::object(&kind, &object)),
        },
        Content::List(list) => respond_list(code, list, wanted, now, pretty),
        Content::Value(content) => {
            let is_status = content.get("kind").and_then(Value::as_str) == Some("Status");
            if wanted.form != Form::Whole && !is_status {
                return Err(Status::new(Reason::NotAcceptable, "only the following media types are accepted: application/json"));
            }
            value(code, &content, pretty)
        }
    };
    for warning in &warnings {
        let text = format!("299 - {}", Value::from(warning.as_str()));
        if let Ok(header) = HeaderValue::from_str(&text) {
            response.headers_mut().append(WARNING, header);
        }
    }
    Ok(response)
}

fn respond_list(code: u16, list: List, wanted: Negotiated, now: Time, pretty: bool) -> Response<Body> {
    match wanted.form {
        Form::Table => value(code, &encode::table(&list, now, wanted.include), pretty),
        Form::Partial => json(code, partial_list(&list)),
        _ if pretty => value(code, &serde_json::from_slice(&encode::list(&list)).unwrap_or_default(), pretty),
        _ if list.kind.conversion.is_none() => with_type(code, "application/json", encode::list_stream(list)),
        _ => json(code, encode::list(&list)),
    }
}

fn partial_list(list: &List) -> Bytes {
    let mut out = encode::list_head(list, "PartialObjectMetadataList", "meta.k8s.io/v1").into_bytes();
    for (at, object) in list.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&encode::partial(object));
    }
    out.extend_from_slice(b"]}");
    Bytes::from(out)
}

fn value(code: u16, value: &Value, pretty: bool) -> Response<Body> {
    let text = if pretty { serde_json::to_string_pretty(value).map(|text| text + "\n") } else { serde_json::to_string(value) };
    // Values have text keys and finite numbers: writing them cannot fail.
    json(code, Bytes::from(text.unwrap_or_default()))
}

fn watch(server: &Arc<Server>, kind: Arc<Kind>, stream: WatchStream, wanted: Negotiated) -> Response<Body> {
    let (server, watched) = (Arc::clone(server), server.metrics.watched(&kind));
    let lines = stream.map(move |told| {
        let count = told.count();
        let lines = encode::frames(&server.events, &kind, wanted, told, server.now());
        watched.sent(count, lines.len());
        lines
    });
    with_type(200, "application/json", Body::chunks(lines))
}
