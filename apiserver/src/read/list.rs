//! One page of a collection.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status, StatusCause};
use kontiki_store::{Expired, Listing, Range, Store, StoreStatus};

use super::Selection;
use super::arrange::arrange;
use super::continue_token::ContinueToken;
use super::past::{forgotten, moment, permit_past, refuse_destroyed};
use crate::commit::unavailable;
use crate::custom::served;
use crate::decode::{ListOptions, Match};
use crate::server::{Answer, Content, List, Server};

/// The page that `request` asks for, as an answer.
///
/// # Errors
/// As [`listed`].
pub(crate) async fn list(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    Ok(Answer::ok(Content::List(listed(server, kind, request).await?)))
}

/// The page that `request` asks for.
///
/// # Errors
/// 400 for selectors and tokens that do not parse, 410 for a revision no longer kept.
pub(crate) async fn listed(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<List, Status> {
    let options = ListOptions::read(request)?;
    let selection = Selection::new(server, kind, &request.target, &options)?;
    let token = options.next.as_deref().map(ContinueToken::decode).transpose()?;
    if token.is_some() && !matches!(request.param("resourceVersion"), None | Some("" | "0")) {
        return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
    }
    let past = past(server, request, token.as_ref()).await?;
    let mut listing = match &token {
        _ if past.is_some() => long_ago(server, &selection.range, past.unwrap_or_default()).await?,
        Some(token) if token.is_inconsistent() => newest(&*server.config.store, &selection.range).await?,
        Some(token) => {
            at(&*server.config.store, &selection.range, token.revision()).await.map_err(|status| go_on(status, token))?
        }
        None => as_asked(&*server.config.store, &selection.range, &options).await?,
    };
    arrange(&mut listing.objects);
    if selection.reads_fields() {
        listing.objects = served(&server.webhooks, kind, listing.objects).await?;
    }
    // As upstream, what is told from memory is told whole.
    let whole = token.is_none() && options.revision == Some(Revision::ZERO);
    let mut list = page(kind, listing, &selection, token.as_ref(), options.limit.filter(|_| !whole), past.is_some());
    if !selection.reads_fields() {
        list.objects = served(&server.webhooks, kind, list.objects).await?;
    }
    Ok(list)
}

/// The revision of the past that the request, or the list it goes on with, is about.
async fn past(server: &Server, request: &Request, token: Option<&ContinueToken>) -> Result<Option<Revision>, Status> {
    match token.filter(|token| token.is_past_read()) {
        Some(token) => permit_past(server, request).map(|()| Some(token.revision())),
        None => moment(server, request).await,
    }
}

/// The list as it was, from the disk where need be.
async fn long_ago(server: &Server, range: &Range, moment: Revision) -> Result<Listing, Status> {
    match server.config.store.list_at(range, moment).await {
        Ok(listing) => refuse_destroyed(&listing.objects).map(|()| listing),
        Err(expired) => Err(forgotten(server, expired).await),
    }
}

/// The list at the revision that the options ask for.
async fn as_asked(store: &dyn Store, range: &Range, options: &ListOptions) -> Result<Listing, Status> {
    match (options.revision, options.matching) {
        (Some(revision), Some(Match::Exact)) => at(store, range, revision).await,
        (Some(Revision::ZERO), _) => Ok(store.list(range)),
        (Some(least), _) => {
            let newest = store.barrier().await.map_err(unavailable)?;
            if newest < least { Err(too_large(least, newest)) } else { Ok(store.list(range)) }
        }
        (None, _) => newest(store, range).await,
    }
}

async fn newest(store: &dyn Store, range: &Range) -> Result<Listing, Status> {
    store.barrier().await.map_err(unavailable)?;
    Ok(store.list(range))
}

/// A list whose revision is forgotten may go on at the same place of a newer one.
fn go_on(mut status: Status, token: &ContinueToken) -> Status {
    if status.reason == Reason::Expired {
        status.message =
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without \
             the continue parameter, or use the continue token in this response to retrieve the remainder of the results. \
             Continuing with the provided token results in an inconsistent list - objects that were created, modified, or \
             deleted between the time the first chunk was returned and now may show up in the list."
                .into();
        status.details.next = token.inconsistent().encode();
    }
    status
}

/// The list at a revision of the watch window: Kubernetes' own lists reach no further.
async fn at(store: &dyn Store, range: &Range, revision: Revision) -> Result<Listing, Status> {
    let StoreStatus { watchable_from: oldest, revision: newest, .. } = store.status();
    let expired = Err(Expired { asked: revision, oldest, newest });
    let listing = if revision < oldest { expired } else { store.list_at(range, revision).await };
    let listing = listing.map_err(|expired| {
        if expired.asked > expired.newest {
            return too_large(expired.asked, expired.newest);
        }
        Status::expired("The resourceVersion for the provided list is too old.")
    })?;
    refuse_destroyed(&listing.objects).map(|()| listing)
}

/// 504 in upstream's class: the revision asked for is not there yet.
pub(super) fn too_large(asked: Revision, newest: Revision) -> Status {
    Status::new(Reason::Timeout, format!("Timeout: Too large resource version: {asked}, current: {newest}"))
        .because(StatusCause {
            reason: "ResourceVersionTooLarge".into(),
            message: "Too large resource version".into(),
            field: String::new(),
        })
        .retry_after(1)
}

fn page(
    kind: &Arc<Kind>,
    listing: Listing,
    selection: &Selection,
    token: Option<&ContinueToken>,
    limit: Option<usize>,
    past: bool,
) -> List {
    let Listing { revision, mut objects } = listing;
    if let Some(token) = token {
        let first = objects.partition_point(|object| token.is_past(&selection.range, &object.key));
        objects.drain(..first);
    }
    let everything = selection.is_everything();
    if !everything {
        objects.retain(|object| selection.matches(object));
    }
    let mut list = List { kind: Arc::clone(kind), revision, objects, next: None, remaining: None };
    if let Some(limit) = limit.filter(|limit| *limit < list.objects.len()) {
        list.remaining = everything.then(|| (list.objects.len() - limit) as u64);
        list.objects.truncate(limit);
        let behind = |last: &Arc<Object>| ContinueToken::behind(&selection.range, &last.key, revision);
        list.next = list.objects.last().map(|last| behind(last).in_past(past).encode());
    }
    list
}
