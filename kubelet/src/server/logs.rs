//! `/containerLogs`.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use kontiki_api::time::Time;
use serde::Deserialize;

use super::routes::Served;
use crate::runtime::{LogChunk, LogOptions, RuntimeError};

/// `core/v1 PodLogOptions`, as query parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    follow: Option<String>,
    previous: Option<String>,
    timestamps: Option<String>,
    tail_lines: Option<u64>,
    since_seconds: Option<u64>,
    since_time: Option<String>,
    limit_bytes: Option<u64>,
}

/// A boolean of a query: present without a value is true, as in upstream.
fn is_set(flag: Option<&String>) -> bool {
    flag.is_some_and(|text| !matches!(text.as_str(), "0" | "f" | "F" | "false" | "False" | "FALSE"))
}

/// The log of a container.
pub async fn logs(
    State(served): State<Served>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let back = usize::from(is_set(asked.previous.as_ref()));
    let Some(id) = served.registry.run_of(&namespace, &pod, &container, back) else {
        let message = if back == 1 {
            format!("previous terminated container {container:?} in pod {pod:?} not found")
        } else {
            format!("container {container:?} in pod {pod:?} is waiting to start: ContainerCreating")
        };
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let since = match (&asked.since_time, asked.since_seconds) {
        (Some(text), _) => Time::parse(text),
        (None, Some(seconds)) => Some(earlier(served.clock.now(), seconds)),
        (None, None) => None,
    };
    let options = LogOptions { follow: is_set(asked.follow.as_ref()), tail: asked.tail_lines, since };
    let chunks = served.runtime.logs(&id, options).await;
    let lines = lines(chunks, since, is_set(asked.timestamps.as_ref()), asked.limit_bytes);
    ([("content-type", "text/plain; charset=utf-8")], Body::from_stream(lines)).into_response()
}

fn earlier(now: Time, seconds: u64) -> Time {
    let micros = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    Time::from_micros(now.as_micros().saturating_sub(micros))
}

/// The bytes as asked for: from `since` on, stamped, cut at `limit`.
fn lines(
    chunks: impl Stream<Item = Result<LogChunk, RuntimeError>>,
    since: Option<Time>,
    stamped: bool,
    limit: Option<u64>,
) -> impl Stream<Item = Result<Bytes, RuntimeError>> {
    let recent = move |chunk: &LogChunk| since.is_none_or(|since| Time::parse(&chunk.stamp).is_none_or(|at| at >= since));
    let kept = chunks.filter(move |chunk| futures::future::ready(chunk.as_ref().is_ok_and(recent) || chunk.is_err()));
    kept.scan(limit.unwrap_or(u64::MAX), move |room, chunk| {
        let next = match chunk {
            _ if *room == 0 => None,
            Err(error) => Some(Err(error)),
            Ok(chunk) => {
                let bytes = if stamped { [chunk.stamp.as_bytes(), b" ", &chunk.bytes].concat().into() } else { chunk.bytes };
                let fits = bytes.len().min(usize::try_from(*room).unwrap_or(usize::MAX));
                *room -= fits as u64;
                Some(Ok(bytes.slice(..fits)))
            }
        };
        futures::future::ready(next)
    })
}
