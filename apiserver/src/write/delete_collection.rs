//! DELETE of a collection.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, RequestId, param};
use kontiki_api::status::{Reason, Status};

use super::Context;
use super::delete::{Unguarded, delete_one, orphans};
use crate::decode::DeleteOptions;
use crate::read::{ContinueToken, listed};
use crate::server::{Answer, Content, Server};

/// Objects deleted at a time: enough that their commits travel together.
const AT_A_TIME: usize = 32;

/// Deletes every object of the page that `request` asks for, or begins to; answers the page as it was.
///
/// # Errors
/// Those of a list, 400 where a time is asked for; the first refusal other than 404: what was deleted before stays deleted.
pub(crate) async fn delete_collection(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    if param(&request.query, "time").is_some() {
        return Err(Status::bad_request("time: what there was cannot be deleted, only what there is"));
    }
    let token = param(&request.query, "continue").filter(|token| !token.is_empty()).map(ContinueToken::decode).transpose()?;
    if token.is_some_and(|token| token.is_past_read()) {
        return Err(Status::bad_request("continue: what there was cannot be deleted, only what there is"));
    }
    let options = DeleteOptions::read(request)?;
    let list = listed(server, kind, request).await?;
    let deletions = list.objects.clone().into_iter().map(|object| delete_listed(server, kind, request, &options, object));
    let mut deletions = stream::iter(deletions).buffered(AT_A_TIME);
    while let Some(deleted) = deletions.next().await {
        deleted?;
    }
    drop(deletions);
    Ok(Answer { code: 200, content: Content::List(list), warnings: orphans(kind, &options).into_iter().collect() })
}

async fn delete_listed(
    server: &Server,
    kind: &Arc<Kind>,
    request: &Request,
    options: &DeleteOptions,
    object: Arc<Object>,
) -> Result<(), Status> {
    let mut ctx = Context::new(server, kind, request)?;
    ctx.options.dry_run |= options.dry_run;
    ctx.id = RequestId(server.random());
    match delete_one(&mut ctx, &object.key, options, &Unguarded).await {
        Err(status) if status.reason != Reason::NotFound => Err(status),
        _ => Ok(()),
    }
}
