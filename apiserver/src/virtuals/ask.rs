//! Hands a question to who answers it.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::Value;

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
    place(&mut body, &target.namespace)?;
    let parent = sub.map(|_| read::find(server, kind, target)).transpose()?;
    admit_sent(&mut ctx, &mut body).await.map_err(|status| ctx.warned(status))?;
    let question = Question { kind, target, user: &request.user, body, parent, dry_run: ctx.options.dry_run };
    let answer = answerer.create(question).await.map_err(|status| ctx.warned(status))?;
    Ok(Answer { code: 201, content: Content::Value(answer), warnings: ctx.warnings })
}

/// A question that says its namespace means that of its path; one about the whole cluster has none.
fn place(body: &mut Value, namespace: &str) -> Result<(), Status> {
    let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) else { return Ok(()) };
    match metadata.get("namespace").and_then(Value::as_str) {
        None | Some("") => Ok(()),
        Some(said) if said == namespace => Ok(()),
        Some(_) if namespace.is_empty() => {
            metadata.remove("namespace");
            Ok(())
        }
        Some(_) => {
            let why = "the namespace of the provided object does not match the namespace sent on the request";
            Err(Status::bad_request(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_question_is_about_the_namespace_of_its_path() {
        let placed = |said: Value, namespace: &str| {
            let mut body = json!({"metadata": {"namespace": said}});
            place(&mut body, namespace).map(|()| body["metadata"].clone())
        };
        assert_eq!(placed(json!("shop"), "shop").unwrap(), json!({"namespace": "shop"}));
        assert_eq!(placed(json!(""), "shop").unwrap(), json!({"namespace": ""}));
        assert_eq!(placed(json!("shop"), "").unwrap(), json!({}));
        assert!(placed(json!("bank"), "shop").is_err_and(|refused| refused.code() == 400));
        assert!(place(&mut json!({}), "shop").is_ok());
    }
}
