//! One object.

use std::sync::Arc;

use kontiki_api::go::{parse_uint, quoted};
use kontiki_api::kind::Kind;
use kontiki_api::kind::validate::path_segment_fault;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::{Request, Target};
use kontiki_api::status::Status;

use super::list::too_large;
use super::past::{forgotten, moment, refuse_destroyed};
use crate::commit::unavailable;
use crate::custom::served_one;
use crate::server::{Answer, Content, Server};

/// The object that `request` names.
///
/// # Errors
/// 404; 504 for a revision that is not there yet; those of [`moment`].
pub(crate) async fn get(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    if let Some(moment) = moment(server, request).await? {
        return Box::pin(past(server, kind, request, moment)).await;
    }
    let asked = request.param("resourceVersion").filter(|asked| !asked.is_empty()).map(asked_revision).transpose()?;
    if asked != Some(Revision::ZERO) {
        let newest = server.config.store.barrier().await.map_err(unavailable)?;
        if let Some(asked) = asked.filter(|asked| *asked > newest) {
            return Err(too_large(asked, newest));
        }
    }
    let object = served_one(&server.webhooks, kind, find(server, kind, &request.target)?).await?.object;
    Ok(Answer::ok(Content::Object(Arc::clone(kind), object)))
}

/// A revision that cannot be read; upstream blames itself for it, with a 500.
fn asked_revision(text: &str) -> Result<Revision, Status> {
    let why = |why| Status::bad_request(format!("resourceVersion: Invalid value: {}: {why}", quoted(text)));
    parse_uint(text).map(Revision).map_err(why)
}

/// The object as it was.
async fn past(server: &Server, kind: &Arc<Kind>, request: &Request, moment: Revision) -> Result<Answer, Status> {
    let target = &request.target;
    let object = match server.config.store.get_at(&key_of(kind, target), moment).await {
        Ok(found) => found.ok_or_else(|| Status::not_found(&kind.group, &kind.plural, &target.name))?,
        Err(expired) => return Err(forgotten(server, expired).await),
    };
    refuse_destroyed(std::slice::from_ref(&object))?;
    let object = served_one(&server.webhooks, kind, object).await?.object;
    Ok(Answer::ok(Content::Object(Arc::clone(kind), object)))
}

/// The object of `target` as it is now.
///
/// # Errors
/// 404.
pub(crate) fn find(server: &Server, kind: &Kind, target: &Target) -> Result<Arc<Object>, Status> {
    let found = server.config.store.get(&key_of(kind, target));
    found.ok_or_else(|| absent(kind, &target.name))
}

/// The refusal of who means an object called `name`, which there is not: 400 where there can be none.
pub(crate) fn absent(kind: &Kind, name: &str) -> Status {
    match path_segment_fault(name) {
        Some(why) => Status::bad_request(format!("Name parameter invalid: {name:?}: {why}")),
        None => Status::not_found(&kind.group, &kind.plural, name),
    }
}

/// Where the object of `target` is stored.
pub(crate) fn key_of(kind: &Kind, target: &Target) -> Key {
    Key { resource: kind.resource.clone(), namespace: target.namespace.clone(), name: target.name.clone() }
}
