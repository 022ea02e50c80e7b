//! An answer of the pipeline as an HTTP answer, in the form asked for.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use kontiki_api::kind::Kind;
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use serde_json::Value;

use super::Body;
use super::refusal::{json, with_type};
use super::warnings;
use crate::encode::{self, Form, Negotiated};
use crate::read::WatchStream;
use crate::server::{Answer, Content, List, Server, Unstored};

/// The HTTP answer.
///
/// # Errors
/// 406 where the content has no such form.
pub(super) fn respond(server: &Arc<Server>, answer: Answer, wanted: Negotiated, pretty: bool) -> Result<Response<Body>, Status> {
    let Answer { code, content, warnings } = answer;
    fits(&content, wanted)?;
    let now = server.now();
    let mut response = match content {
        Content::Watch(kind, stream) => watch(server, kind, stream, wanted),
        content if wanted.yaml => {
            let text = kontiki_api::yaml::write(&in_form(content, wanted, now)?);
            with_type(code, "application/yaml", Body::from(text))
        }
        content if pretty => indented(code, &in_form(content, wanted, now)?),
        Content::List(list) if wanted.form == Form::Whole && list.kind.conversion.is_none() => {
            with_type(code, "application/json", encode::list_stream(list))
        }
        Content::List(list) if wanted.form == Form::Whole => json(code, encode::list(&list)),
        Content::List(list) if wanted.form == Form::Partial => json(code, partial_list(&list, wanted)),
        Content::Object(kind, object) if wanted.form == Form::Whole => json(code, encode::line(&kind, &object)),
        content => json(code, Bytes::from(in_form(content, wanted, now)?.to_string() + "\n")),
    };
    warnings::tell(response.headers_mut(), &warnings);
    Ok(response)
}

/// Whether metadata alone was asked for by the name of what there is: of one object, or of a list.
///
/// # Errors
/// 406 where it was not.
fn fits(content: &Content, wanted: Negotiated) -> Result<(), Status> {
    if wanted.form != Form::Partial {
        return Ok(());
    }
    let message = match (content, wanted.listed) {
        (Content::List(list), false) => {
            let kind = list.kind.go_type("List");
            format!("you requested PartialObjectMetadata, but the requested object is a list ({kind})")
        }
        (Content::Object(kind, _) | Content::Unstored(Unstored { kind, .. }), true) => {
            let kind = kind.go_type("");
            format!("you requested PartialObjectMetadataList, but the requested object is not a list ({kind})")
        }
        _ => return Ok(()),
    };
    Err(Status::new(Reason::NotAcceptable, message))
}

/// The content in the form asked for, parsed; nothing for a watch.
fn in_form(content: Content, wanted: Negotiated, now: Time) -> Result<Value, Status> {
    let parsed = |bytes: &Bytes| serde_json::from_slice(bytes).unwrap_or_default();
    Ok(match (content, wanted.form) {
        (Content::Object(kind, object), Form::Table) => encode::one_row(&kind, &object, now, wanted),
        (Content::Object(_, object), Form::Partial) => parsed(&encode::partial(&object, wanted.meta)),
        (Content::Object(kind, object), _) => encode::value_of(&kind, &object),
        (Content::List(list), Form::Table) => encode::table(&list, now, wanted),
        (Content::List(list), Form::Partial) => parsed(&partial_list(&list, wanted)),
        (Content::List(list), _) => parsed(&encode::list(&list)),
        (Content::Unstored(Unstored { kind, subresource, object }), Form::Table) => {
            encode::row_of(&kind, &subresource, &object, now, wanted)
        }
        (Content::Unstored(Unstored { object, .. }) | Content::Value(object), Form::Partial) if !is_status(&object) => {
            encode::partial_of(&object, wanted.meta)
        }
        (Content::Value(value), Form::Table) if !is_status(&value) => {
            return Err(Status::new(
                Reason::NotAcceptable,
                "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
            ));
        }
        (Content::Unstored(Unstored { object, .. }) | Content::Value(object), _) => object,
        (Content::Watch(..), _) => Value::Null,
    })
}

/// Whether a value is a Status, which is answered as it is in every form.
fn is_status(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some("Status")
}

fn partial_list(list: &List, wanted: Negotiated) -> Bytes {
    let mut out = encode::list_head(list, encode::PARTIAL, wanted.meta).into_bytes();
    if list.objects.is_empty() {
        // Upstream's has no list then.
        out.pop();
        out.extend_from_slice(b"null}\n");
        return Bytes::from(out);
    }
    for (at, object) in list.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&encode::partial(object, wanted.meta));
    }
    out.extend_from_slice(b"]}\n");
    Bytes::from(out)
}

/// JSON that people can read.
pub(super) fn indented(code: u16, value: &Value) -> Response<Body> {
    // Values have text keys and finite numbers: writing them cannot fail.
    json(code, Bytes::from(serde_json::to_string_pretty(value).unwrap_or_default()))
}

fn watch(server: &Arc<Server>, kind: Arc<Kind>, stream: WatchStream, mut wanted: Negotiated) -> Response<Body> {
    let (server, watched) = (Arc::clone(server), server.metrics.watched(&kind));
    let lines = stream.map(move |told| {
        let count = told.count();
        let lines = encode::frames(&server.events, &kind, &mut wanted, told, server.now());
        watched.sent(count, lines.len());
        lines
    });
    with_type(200, "application/json", Body::chunks(lines))
}
