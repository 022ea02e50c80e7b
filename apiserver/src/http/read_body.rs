//! The body of a request.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use kontiki_api::status::{Reason, Status};
use tokio::time::Instant;

use super::bodies::{Held, Share};
use super::deadline::Deadline;
use super::resource::header;
use super::room::Room;
use super::within::within;
use crate::decode::{self, Nesting};

/// How much of a body that is refused is read all the same, in bytes.
const DISCARDED: usize = 64 << 20;
/// For how long.
const DISCARDING: Duration = Duration::from_secs(5);
/// A client has this long for what room is held for, and again as long while there is more room than others need: whoever is slow
/// must keep it from nobody. The time of the request bounds it all.
const EACH_STEP: Duration = Duration::from_secs(10);

/// All of `body`, at most `limit` bytes, and the room that it takes.
///
/// # Errors
/// 400, 413, 429, 504.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    mut body: Incoming,
    limit: usize,
    deadline: Deadline,
    share: Share<'_>,
) -> Result<(Bytes, Option<Held>), Status> {
    let told: usize = header(headers, CONTENT_LENGTH).parse().unwrap_or_default();
    let refused = if told > limit {
        too_large(limit)
    } else {
        match deadline.within(collect(&mut body, told, limit, header(headers, CONTENT_TYPE), share)).await? {
            Ok(read) => return Ok(read),
            Err(status) => status,
        }
    };
    forget_body(headers, body);
    Err(refused)
}

/// Lets a client send the rest of a `body` that nobody reads while it is answered: it may see the answer only once that is over, and none
/// where the stream is cut off. Who asks first whether to send it (`Expect`) does not.
pub(super) fn forget_body(headers: &HeaderMap, mut body: Incoming) {
    if !body.is_end_stream() && !headers.contains_key(EXPECT) {
        tokio::spawn(async move { tokio::time::timeout(DISCARDING, discard(&mut body)).await });
    }
}

/// Reads the rest of `body`, as far as it is not all too long, and forgets it.
async fn discard(body: &mut Incoming) {
    let mut left = DISCARDED;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// What counts a body of `media_type` that begins with `first`, where it is JSON or YAML in JSON's notation.
fn shape(media_type: &str, first: &[u8]) -> Option<Nesting> {
    let name = media_type.split(';').next().unwrap_or_default().trim_end();
    let brackets = || first.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
    (name.ends_with("json") || name.ends_with("yaml") && brackets()).then(decode::shape)
}

/// What a body yields.
type Next = Option<Result<Frame<Bytes>, hyper::Error>>;

/// All of `body`. What comes in one piece is judged where it is read; of more, its shape is looked at as it comes, so that a body
/// that is refused for it is not held first. A large one waits until there is room for it, and must come without stalling then.
async fn collect(
    body: &mut Incoming,
    told: usize,
    limit: usize,
    media_type: &str,
    share: Share<'_>,
) -> Result<(Bytes, Option<Held>), Status> {
    let (mut whole, mut counting, mut held) = (Room::new(told), None, None);
    let mut due = None;
    loop {
        let next = match &mut due {
            None => body.frame().await,
            Some(due) => next_frame(body, due, share).await?,
        };
        let Some(frame) = next else { return Ok((whole.bytes(), held)) };
        let frame = frame.map_err(|error| Status::bad_request(format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        let come = whole.len() + data.len();
        if come > limit {
            return Err(too_large(limit));
        }
        if share.hold(&mut held, come, told).await? {
            due = Some(Instant::now() + EACH_STEP);
        }
        if body.is_end_stream() && whole.len() == 0 {
            return Ok((data, held));
        }
        let counter = counting.get_or_insert_with(|| shape(media_type, &data));
        if let Some(excess) = counter.as_mut().and_then(|counter| counter.excess(&data)) {
            return Err(decode::refused(excess));
        }
        whole.add(&data, limit).map_err(|error| Status::internal(format!("there is no room for the body: {error}")))?;
    }
}

/// What comes next until `due`, which is put off while nobody lacks the room that is held.
async fn next_frame(body: &mut Incoming, due: &mut Instant, share: Share<'_>) -> Result<Next, Status> {
    loop {
        match within(*due, body.frame()).await {
            Ok(next) => return Ok(next),
            Err(_) if share.is_ample() => *due = Instant::now() + EACH_STEP,
            Err(_) => return Err(stalled()),
        }
    }
}

fn too_large(limit: usize) -> Status {
    Status::new(Reason::RequestEntityTooLarge, format!("Request entity too large: limit is {limit}"))
}

fn stalled() -> Status {
    Status::new(Reason::Timeout, format!("the body did not go on within {} s", EACH_STEP.as_secs()))
}
