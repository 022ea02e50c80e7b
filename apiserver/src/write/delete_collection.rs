//! DELETE of a collection.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, RequestId};
use kontiki_api::status::{Reason, Status};

use super::Context;
use super::delete::{Unguarded, delete_one, orphans};
use crate::custom::served;
use crate::decode::{DeleteOptions, ListOptions};
use crate::read::Selection;
use crate::server::{Answer, Content, List, Server};

/// Objects deleted at a time: enough that their commits travel together.
const AT_A_TIME: usize = 32;

/// Deletes every selected object, or begins to.
///
/// # Errors
/// The first refusal other than 404; what was deleted before stays deleted.
pub(crate) async fn delete_collection(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let options = DeleteOptions::read(request)?;
    let selection = Selection::new(server, kind, &request.target, &ListOptions::read(request)?)?;
    let mut listed = server.config.store.list(&selection.range).objects;
    if selection.reads_fields() {
        listed = served(&server.webhooks, kind, listed).await?;
    }
    let selected = listed.into_iter().filter(|object| selection.matches(object));
    let mut deletions =
        stream::iter(selected.map(|object| delete_listed(server, kind, request, &options, object))).buffered(AT_A_TIME);
    let mut objects = Vec::new();
    while let Some(deleted) = deletions.next().await {
        objects.extend(deleted?);
    }
    drop(deletions);
    let revision = server.config.store.revision();
    let content = Content::List(List { kind: Arc::clone(kind), revision, objects, next: None, remaining: None });
    Ok(Answer { code: 200, content, warnings: orphans(kind, &options).into_iter().collect() })
}

async fn delete_listed(
    server: &Server,
    kind: &Arc<Kind>,
    request: &Request,
    options: &DeleteOptions,
    object: Arc<Object>,
) -> Result<Option<Arc<Object>>, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    ctx.options.dry_run |= options.dry_run;
    ctx.id = RequestId(server.random());
    match delete_one(&mut ctx, &object.key, options, &Unguarded).await {
        Ok(object) => Ok(Some(object)),
        Err(status) if status.reason == Reason::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}
