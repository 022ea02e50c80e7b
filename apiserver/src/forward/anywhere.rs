//! Runs a request where it belongs: reads here, writes at the leader.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use kontiki_api::request::{Request, RequestId};
use kontiki_api::status::{Reason, Status};
use kontiki_store::Leadership;
use tokio::sync::watch;
use tokio::time::Instant;

use super::first_outcome;
use super::forwarder::NOTHING_SENT;
use crate::audit;
use crate::route::Route;
use crate::server::{Answer, Server};

/// How long a write may wait for somebody to lead.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the leader is left alone that could not be reached, unless another is known before.
const PAUSE: Duration = Duration::from_millis(25);

/// An answer, from here or from the leader.
pub(crate) enum Outcome {
    /// Made here.
    Here(Answer),
    /// Made by the leader, encoded as asked.
    There(Response<Bytes>),
}

/// Runs `request` where it belongs. A write that loses its leader on the way is repeated under the same id at the next,
/// for some seconds. `from_master` says that it has been passed on already, and `accept` what form is asked for.
///
/// # Errors
/// The refusal.
pub(crate) async fn anywhere(
    server: &Server,
    route: Route,
    request: Request,
    accept: &str,
    from_master: bool,
) -> Result<Outcome, Status> {
    let kind = Arc::clone(&route.kind);
    audit::sent(&kind, &request);
    let outcome = somewhere(server, route, request, accept, from_master).await?;
    match &outcome {
        Outcome::Here(answer) => audit::answered(&kind, answer),
        Outcome::There(response) => audit::answered_elsewhere(&kind, response),
    }
    Ok(outcome)
}

async fn somewhere(
    server: &Server,
    route: Route,
    mut request: Request,
    accept: &str,
    from_master: bool,
) -> Result<Outcome, Status> {
    if !request.verb.is_mutating() || server.is_virtual(&route.kind, &request.target.subresource) {
        return server.execute(route, &request).await.map(Outcome::Here);
    }
    let repeatable = request.id.is_some();
    let id = *request.id.get_or_insert_with(|| RequestId(server.random()));
    let Some(forwarder) = server.config.forwarder.as_ref().filter(|_| !from_master && request.leader.is_none()) else {
        if from_master && request.leader.is_none() {
            let own = server.config.store.leadership().borrow().leading();
            request.leader = Some(own.ok_or_else(|| nobody().retry_after(1))?);
        }
        return lead(server, route, &request, repeatable).await.map(Outcome::Here);
    };
    let end = Instant::now() + PATIENCE;
    let mut leadership = server.config.store.leadership();
    let (mut again, mut in_doubt) = (repeatable, false);
    loop {
        let now = *leadership.borrow_and_update();
        // What is refused by the next leader must not happen after all because this one leads again.
        request.leader = now.leading();
        let status = match (now.own, now.leader) {
            (Some(_), _) => match lead(server, route.clone(), &request, again).await {
                Err(status) if may_pass(&status) && *leadership.borrow() != now => status,
                Err(status) if in_doubt && is_refusal(status.code()) => return Err(unknown(&status.message)),
                other => return other.map(Outcome::Here),
            },
            (None, Some(leader)) => {
                // A leader that is replaced meanwhile may never answer.
                let sent = tokio::select! {
                    sent = Box::pin(forwarder.send(leader.node, &request, id, accept)) => sent,
                    () = replaced(leadership.clone(), now) => Err(io::Error::other("it leads no more")),
                };
                match sent {
                    Ok(response) if in_doubt && is_refusal(response.status().as_u16()) => {
                        return Err(unknown(response.status().as_str()));
                    }
                    Ok(response) if response.status().as_u16() != Reason::ServiceUnavailable.code() => {
                        return Ok(Outcome::There(response));
                    }
                    Ok(_) => nobody(),
                    Err(error) => {
                        in_doubt |= error.kind() != NOTHING_SENT;
                        Status::new(Reason::ServiceUnavailable, format!("the leader does not answer: {error}"))
                    }
                }
            }
            (None, None) => nobody(),
        };
        again = true;
        if !wait(&mut leadership, now, end).await {
            return Err(status.retry_after(1));
        }
    }
}

/// Whether the answer says that nothing was done, and why.
fn is_refusal(code: u16) -> bool {
    (400..500).contains(&code)
}

/// What is told of a write that was sent to a leader who never answered, and refused when it was repeated: the first copy may
/// still be carried out.
fn unknown(refusal: &str) -> Status {
    let why =
        format!("the outcome of the request is not known: its leader did not answer, and repeated it was refused ({refusal})");
    Status::new(Reason::Timeout, why)
}

/// Runs a write here, where the log is led; what has been done under its id is not done again.
async fn lead(server: &Server, route: Route, request: &Request, again: bool) -> Result<Answer, Status> {
    // What is refused without a write is refused by what is newest.
    server.config.store.barrier().await.map_err(crate::commit::unavailable)?;
    if again && let Some(first) = first_outcome(server, &route.kind, request) {
        return Ok(first);
    }
    server.execute(route, request).await
}

/// Returns once somebody else leads than in `known`.
async fn replaced(mut leadership: watch::Receiver<Leadership>, known: Leadership) {
    let closed = leadership.wait_for(|now| now.leader.is_some() && now.leader != known.leader).await.is_err();
    if closed {
        std::future::pending::<()>().await;
    }
}

fn nobody() -> Status {
    Status::new(Reason::ServiceUnavailable, "nobody leads the log")
}

/// Whether a refusal may come from a leadership that was lost.
fn may_pass(status: &Status) -> bool {
    matches!(status.reason, Reason::ServiceUnavailable | Reason::Timeout)
}

/// Waits for another leadership than `known`, or a moment where one is known; `false` once it is too late.
async fn wait(leadership: &mut watch::Receiver<Leadership>, known: Leadership, end: Instant) -> bool {
    if *leadership.borrow() != known {
        return Instant::now() < end;
    }
    let until = if known.leader.is_some() { end.min(Instant::now() + PAUSE) } else { end };
    let closed = matches!(tokio::time::timeout_at(until, leadership.changed()).await, Ok(Err(_)));
    !closed && Instant::now() < end
}
