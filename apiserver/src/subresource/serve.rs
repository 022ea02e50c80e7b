//! Finds the file of a subresource.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::Status;

use super::{binding, eviction, finalize, plain, scale};
use crate::manage::reset_of;
use crate::prepare::Part;
use crate::read;
use crate::route::unknown;
use crate::server::{Answer, Server};
use crate::write::{Context, Edit, change, edit_of};

/// Runs a request to a subresource.
///
/// # Errors
/// As the verbs themselves; 404 for those that nobody serves here, connections among them: they need HTTP.
pub(crate) async fn serve(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let name = &*request.target.subresource;
    match (name, request.verb) {
        ("scale", _) => scale::serve(server, kind, request).await,
        ("binding", _) => binding::bind(server, kind, request).await,
        ("eviction", _) => eviction::evict(server, kind, request).await,
        (_, Verb::Get) if name == "status" || plain::may_change(name).is_some() => read::get(server, kind, request).await,
        ("status", _) => {
            let edit = edit_of(kind, request, reset_of(kind, Part::Status))?;
            write(server, kind, request, Part::Status, &*edit).await
        }
        ("finalize", _) => write(server, kind, request, Part::Own, &finalize::Finalize).await,
        _ => match plain::may_change(name) {
            Some(places) => write(server, kind, request, Part::Places, &plain::Plain::new(kind, request, places)?).await,
            None => Err(unknown()),
        },
    }
}

async fn write(server: &Server, kind: &Arc<Kind>, request: &Request, part: Part, edit: &dyn Edit) -> Result<Answer, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    let content = change(&mut ctx, part, edit).await.map_err(|status| ctx.warned(status))?;
    Ok(Answer { code: 200, content, warnings: ctx.warnings })
}
