//! Reads of the past: as of when, and who may.

use std::sync::Arc;

use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use kontiki_store::{Expired, is_destroyed};

use super::list::too_large;
use crate::commit::unavailable;
use crate::decode::{EXACT, revision};
use crate::server::{Server, permit};

/// The verb that reading the past needs beside that of reading the present.
const VERB: &str = "history";

/// The revision of the past that `request` asks for, by `time` or by `resourceVersion` with
/// `resourceVersionMatch=Exact`. `None` where it is about the present, or about the very recent past that
/// Kubernetes' own lists know.
///
/// # Errors
/// 400 for a time that does not parse or is yet to come, 403 where the user may not read the past, 410 for what is
/// no longer kept, 504 for a revision that is not there yet.
pub(crate) async fn moment(server: &Server, request: &Request) -> Result<Option<Revision>, Status> {
    let text = |name: &str| request.param(name).filter(|text| !text.is_empty());
    let exact = text("resourceVersionMatch") == Some(EXACT);
    match (text("time"), text("resourceVersion")) {
        (Some(_), Some(_)) => Err(Status::bad_request("time and resourceVersion cannot be asked for together")),
        (Some(time), None) => {
            permit_past(server, request)?;
            at(server, time).await.map(Some)
        }
        (None, Some(asked)) if exact => {
            let asked = revision(asked)?;
            let lists = matches!(request.verb, Verb::List | Verb::DeleteCollection);
            let recent = lists && asked >= server.config.store.status().watchable_from;
            if recent {
                return Ok(None);
            }
            permit_past(server, request)?;
            let newest = server.config.store.barrier().await.map_err(unavailable)?;
            if asked > newest { Err(too_large(asked, newest)) } else { Ok(Some(asked)) }
        }
        _ => Ok(None),
    }
}

/// Whether the user may read the past of what the request addresses.
///
/// # Errors
/// 403.
pub(crate) fn permit_past(server: &Server, request: &Request) -> Result<(), Status> {
    permit(server, &request.user, VERB, &request.target)
}

async fn at(server: &Server, text: &str) -> Result<Revision, Status> {
    let time = Time::parse(text)
        .ok_or_else(|| Status::bad_request(format!("time: Invalid value: {text:?}: must be as in 2026-01-02T03:04:05Z")))?;
    if time > server.now() {
        return Err(Status::bad_request(format!("time: Invalid value: {text:?}: is yet to come")));
    }
    let store = &server.config.store;
    store.barrier().await.map_err(unavailable)?;
    match store.revision_at(time).await {
        Ok(revision) => Ok(revision),
        Err(_) => Err(gone(server, format!("what was at {text}")).await),
    }
}

/// What `expired` means for an explicit read of the past.
pub(crate) async fn forgotten(server: &Server, expired: Expired) -> Status {
    if expired.asked > expired.newest {
        return too_large(expired.asked, expired.newest);
    }
    let mut status = gone(server, format!("revision {}", expired.asked)).await;
    let kept = server.config.store.kept().await;
    if expired.oldest > kept.oldest {
        // This collection keeps no history: it reaches back less far than others.
        status = Status::expired(format!(
            "revision {} is no longer kept: of this collection revisions from {} on are",
            expired.asked, expired.oldest
        ));
    }
    status
}

/// Refuses objects whose keys were destroyed.
///
/// # Errors
/// 410, which names the first of them.
pub(crate) fn refuse_destroyed(objects: &[Arc<Object>]) -> Result<(), Status> {
    let Some(found) = objects.iter().find(|object| is_destroyed(object)) else { return Ok(()) };
    let (plural, name) = (found.key.resource.plural(), &found.key.name);
    Err(Status::expired(format!(
        "the key of {plural} {name:?} as of revision {} was destroyed: nobody can read it any more",
        found.revision
    )))
}

async fn gone(server: &Server, what: String) -> Status {
    let kept = server.config.store.kept().await;
    let since = kept.since.map_or_else(|| "the beginning".into(), Time::micros);
    Status::expired(format!("{what} is no longer kept: the past reaches back to revision {}, {since}", kept.oldest))
}
