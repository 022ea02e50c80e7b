//! PATCH with a configuration to apply: server-side apply.

use std::sync::Arc;

use kontiki_api::apply::Reset;
use kontiki_api::decode::{FieldValidation, settle_numbers};
use kontiki_api::kind::Kind;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::Value;

use super::create::{New, create_once};
use super::update::{change_once, check_name};
use super::{Context, Edit, Edited};
use crate::commit::Attempts;
use crate::decode;
use crate::manage::{apply_to, configuration, reset_of, warn_of_duplicates};
use crate::prepare::{Part, meta_text};
use crate::read::key_of;
use crate::server::{Answer, Server, permit};

/// The configuration in the body of a request, applied.
pub(crate) struct Apply {
    reset: Reset,
}

impl Apply {
    /// An apply through a path that leaves the fields in `reset` alone.
    pub const fn new(reset: Reset) -> Self {
        Self { reset }
    }

    /// What the configuration makes of `live`, or of nothing.
    fn apply(&self, ctx: &mut Context<'_>, live: Option<&Value>) -> Result<Value, Status> {
        let mut config = configuration(ctx.request, &ctx.kind.api_version(), &ctx.kind.kind)?;
        if ctx.kind.custom.is_some() {
            settle_numbers(&mut config);
        }
        let applied = apply_to(ctx, self.reset.clone(), live, &config)?;
        warn_of_duplicates(ctx)?;
        decode::patched(ctx.kind, applied, FieldValidation::Ignore, &mut ctx.warnings)
    }

    /// The object that the configuration makes where there is none.
    ///
    /// # Errors
    /// 400 where it does not fit, or does not name the object of the path; 409 where it insists on an object
    /// that would have to be there.
    pub fn create(&self, ctx: &mut Context<'_>) -> Result<Value, Status> {
        let object = self.apply(ctx, None)?;
        let target = &ctx.request.target;
        check_name(&object, target)?;
        for field in ["uid", "resourceVersion"] {
            let wanted = meta_text(&object, field);
            if !wanted.is_empty() {
                let why =
                    format!("{field} mismatch: the provided object specified {field} {wanted}, and no existing object was found");
                return Err(Status::conflict(&ctx.kind.group, &ctx.kind.plural, &target.name, &why));
            }
        }
        Ok(object)
    }
}

impl Edit for Apply {
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let object = self.apply(ctx, Some(current))?;
        Ok(Edited::patched(object, current).settled())
    }
}

/// Applies the configuration in the body of `request` to the object it names, or makes that object.
///
/// # Errors
/// 400, 403, 409, 422 in their places.
pub(super) async fn apply(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    let apply = Apply::new(reset_of(&ctx.stored, Part::Object));
    let key = key_of(kind, &request.target);
    let mut attempts = Attempts::at(&server.turns, &key).await;
    loop {
        let there = server.config.store.get(&key).is_some();
        let outcome = if there {
            change_once(&mut ctx, Part::Object, &apply, attempts.number).await.map(|content| (200, content))
        } else {
            permit(server, &request.user, "create", &request.target)?;
            create_once(&mut ctx, attempts.number, New::Applied(&apply)).await.map(|content| (201, content))
        };
        match outcome {
            Ok((code, content)) => return Ok(Answer { code, content, warnings: ctx.warnings }),
            Err(fault) => attempts.again(fault).await.map_err(|status| ctx.warned(status))?,
        }
    }
}
