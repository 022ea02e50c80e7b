//! Hands a question to who answers it.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::Request;
use kontiki_api::status::Status;

use super::Question;
use crate::decode;
use crate::mutate::admit_sent;
use crate::route::unknown;
use crate::server::{Answer, Content, Server};
use crate::write::Context;
use crate::{read, subresource};

/// Answers a create of a virtual kind or of a create-only subresource.
///
/// # Errors
/// 404 where nobody answers such questions, and the refusals of who does.
pub(crate) async fn ask(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let target = &request.target;
    let Some(answerer) = server.config.virtuals.get(&(kind.resource.clone(), target.subresource.clone())) else {
        return subresource::legacy_binding(server, kind, request).await.unwrap_or_else(|| Err(unknown()));
    };
    let mut ctx = Context::new(server, kind, request)?;
    let sub = kind.subresource(&target.subresource);
    let (validation, warnings) = (ctx.options.validation, &mut ctx.warnings);
    let mut body = match sub {
        Some(sub) => decode::subresource(sub, request, validation, warnings)?,
        None => decode::object(kind, request, validation, warnings)?,
    };
    let parent = sub.map(|_| read::find(server, kind, target)).transpose()?;
    admit_sent(&mut ctx, &mut body).await.map_err(|status| ctx.warned(status))?;
    let question = Question { kind, target, user: &request.user, body, parent, dry_run: ctx.options.dry_run };
    let answer = answerer.create(question).await.map_err(|status| ctx.warned(status))?;
    Ok(Answer { code: 201, content: Content::Value(answer), warnings: ctx.warnings })
}
