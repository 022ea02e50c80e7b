//! How a write makes the new object from the current one.

use kontiki_api::apply::Reset;
use kontiki_api::kind::{FieldError, FieldErrorType, Kind};
use kontiki_api::request::{PatchType, Request, Verb};
use kontiki_api::status::{Reason, Status};
use serde_json::Value;

use super::Context;
use super::apply::Apply;
use super::update::check_place;
use crate::decode;
use crate::mutate::patch;
use crate::prepare::meta_text;

/// The new object, and the revision that the client insists on.
pub(crate) struct Edited {
    /// The new object, in the path's version.
    pub object: Value,
    /// `metadata.resourceVersion` as the client sent it; empty for any.
    pub revision: String,
    /// `metadata.managedFields` stands as it is in the new object; else whoever asks comes to own what differs.
    pub settled: bool,
    /// The client left it out, or took it away.
    pub unsaid: bool,
}

impl Edited {
    /// `object`, which is meant for `revision`.
    pub fn new(object: Value, revision: &str) -> Self {
        Self { object, revision: revision.to_owned(), settled: false, unsaid: revision.is_empty() }
    }

    /// What a patch made of `current`: it insists on a revision only where it says one.
    pub fn patched(object: Value, current: &Value) -> Self {
        let revision = meta_text(&object, "resourceVersion");
        let unchanged = revision == meta_text(current, "resourceVersion");
        let asked = if unchanged { String::new() } else { revision.to_owned() };
        Self { unsaid: revision.is_empty(), ..Self::new(object, &asked) }
    }

    /// The same, with `metadata.managedFields` settled.
    #[must_use]
    pub fn settled(self) -> Self {
        Self { settled: true, ..self }
    }
}

/// 422 of an update that must say which revision it is meant for.
pub(super) fn unsaid_revision(ctx: &Context<'_>) -> Status {
    let unsaid = FieldError {
        r#type: FieldErrorType::Invalid,
        field: "metadata.resourceVersion".into(),
        value: "0".into(),
        detail: "must be specified for an update".into(),
    };
    Status::invalid_value(&ctx.kind.group, &ctx.kind.plural, &ctx.request.target.name, &[unsaid])
}

/// Makes the new object from the current one, as often as it is read again.
pub(crate) trait Edit: Send + Sync {
    /// Asked only where there is no current one: what is wrong with the request all the same is told first, as upstream.
    ///
    /// # Errors
    /// The refusal of what would not fit any object.
    fn check(&self, _ctx: &mut Context<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// The new object; `current` is published, in the path's version.
    ///
    /// # Errors
    /// The refusal of a body or patch that cannot be read or does not fit.
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status>;
}

/// PUT: the body is the new object.
struct Replace;

impl Edit for Replace {
    fn check(&self, ctx: &mut Context<'_>) -> Result<(), Status> {
        let object = decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?;
        check_place(&object, &ctx.request.target)
    }

    fn edit(&self, ctx: &mut Context<'_>, _current: &Value) -> Result<Edited, Status> {
        let object = decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?;
        let revision = meta_text(&object, "resourceVersion").to_owned();
        Ok(Edited::new(object, &revision))
    }
}

/// PATCH: the body says what changes.
struct Patch(PatchType);

impl Edit for Patch {
    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        Ok(Edited::patched(patch(ctx, self.0, current)?, current))
    }
}

/// The edit that `request`, an update or a patch of an object of `kind`, asks for. An apply leaves the fields in `reset` alone.
///
/// # Errors
/// 415 where the media type is not that of a patch.
pub(crate) fn edit_of(kind: &Kind, request: &Request, reset: Reset) -> Result<Box<dyn Edit>, Status> {
    if request.verb == Verb::Update {
        return Ok(Box::new(Replace));
    }
    match patch_type(kind, request)? {
        PatchType::Apply => Ok(Box::new(Apply::new(reset))),
        form => Ok(Box::new(Patch(form))),
    }
}

/// The form of the patch in `request`, one of those that `kind` takes.
///
/// # Errors
/// 415 where the media type is that of none.
pub(crate) fn patch_type(kind: &Kind, request: &Request) -> Result<PatchType, Status> {
    let media_type = request.content_type.split(';').next().unwrap_or_default().trim();
    let mut known = vec![PatchType::Json, PatchType::Merge, PatchType::Strategic, PatchType::Apply];
    // Upstream takes no strategic merge of custom objects.
    known.retain(|form| kind.custom.is_none() || *form != PatchType::Strategic);
    known.iter().copied().find(|known| known.media_type() == media_type).ok_or_else(|| {
        let accepted: Vec<&str> = known.iter().map(|form| form.media_type()).collect();
        Status::new(
            Reason::UnsupportedMediaType,
            format!("the body of the request was in an unknown format - accepted media types include: {}", accepted.join(", ")),
        )
    })
}
