//! How a write makes the new object from the current one.

use kontiki_api::request::{PatchType, Request, Verb};
use kontiki_api::status::{Reason, Status};
use serde_json::Value;

use super::Context;
use crate::decode;
use crate::mutate::patch;
use crate::prepare::meta_text;

/// The new object, and the revision that the client insists on.
pub(crate) struct Edited {
    /// The new object, in the path's version.
    pub object: Value,
    /// `metadata.resourceVersion` as the client sent it; empty for any.
    pub revision: String,
}

/// Makes the new object from the current one, as often as it is read again.
pub(crate) trait Edit: Send + Sync {
    /// The new object; `current` is published, in the path's version.
    ///
    /// # Errors
    /// The refusal of a body or patch that cannot be read or does not fit.
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status>;
}

/// PUT: the body is the new object.
struct Replace;

impl Edit for Replace {
    fn edit(&self, ctx: &mut Context<'_>, _current: &Value) -> Result<Edited, Status> {
        let object = decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?;
        let revision = meta_text(&object, "resourceVersion").to_owned();
        Ok(Edited { object, revision })
    }
}

/// PATCH: the body says what changes.
struct Patch(PatchType);

impl Edit for Patch {
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let object = patch(ctx, self.0, current)?;
        let revision = meta_text(&object, "resourceVersion");
        let asked = if revision == meta_text(current, "resourceVersion") { String::new() } else { revision.to_owned() };
        Ok(Edited { object, revision: asked })
    }
}

/// The edit that `request`, an update or a patch of the object itself, asks for.
///
/// # Errors
/// 415 where the media type is not that of a patch.
pub(crate) fn edit_of(request: &Request) -> Result<Box<dyn Edit>, Status> {
    if request.verb == Verb::Update { Ok(Box::new(Replace)) } else { Ok(Box::new(Patch(patch_type(request)?))) }
}

/// The form of the patch in `request`.
///
/// # Errors
/// 415 where the media type is not that of a patch.
pub(crate) fn patch_type(request: &Request) -> Result<PatchType, Status> {
    let media_type = request.content_type.split(';').next().unwrap_or_default().trim();
    let known = [PatchType::Json, PatchType::Merge, PatchType::Strategic];
    known.into_iter().find(|known| known.media_type() == media_type).ok_or_else(|| {
        let why = if media_type == PatchType::Apply.media_type() {
            "server-side apply is not served yet; use client-side apply (kubectl apply --server-side=false)".to_owned()
        } else {
            format!("the body of the request was in an unknown format: {media_type:?}")
        };
        let known: Vec<_> = known.iter().map(|known| known.media_type()).collect();
        Status::new(Reason::UnsupportedMediaType, format!("{why}; accepted media types include: {}", known.join(", ")))
    })
}
