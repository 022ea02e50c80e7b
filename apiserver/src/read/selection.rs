//! Which objects of a collection a request is about.

use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::Target;
use kontiki_api::selector::{FieldSelector, LabelSelector};
use kontiki_api::status::Status;
use kontiki_store::Range;

use crate::decode::ListOptions;

/// The namespace of a target, and the selectors of a query.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// What the store is asked for.
    pub range: Range,
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// The selection of `options` among the objects of `kind` below `target`; a name in the
    /// target selects that object alone.
    ///
    /// # Errors
    /// 400 where a selector does not parse or names an unknown field.
    pub fn new(kind: &Kind, target: &Target, options: &ListOptions) -> Result<Self, Status> {
        let unreadable = |error| Status::bad_request(format!("unable to parse the selector: {error}"));
        let labels = LabelSelector::parse(&options.labels).map_err(unreadable)?;
        let fields = FieldSelector::parse(kind, &options.fields).map_err(|error| {
            let (group, version, plural) = (&kind.group, &kind.version, &kind.plural);
            Status::bad_request(format!(
                "Unable to find \"{group}/{version}, Resource={plural}\" that match label selector {:?}, field selector {:?}: {error}",
                options.labels, options.fields
            ))
        })?;
        Ok(Self { range: range(kind, target), labels, fields })
    }

    /// Whether `object`, which lies in the range, is selected.
    pub fn matches(&self, object: &Object) -> bool {
        self.labels.matches_head(&object.head) && self.fields.matches(&object.key, &object.head)
    }

    /// Whether everything of the range is selected.
    pub fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_everything()
    }
}

fn range(kind: &Kind, target: &Target) -> Range {
    if !target.name.is_empty() {
        return Range::Key(super::key_of(kind, target));
    }
    if target.namespace.is_empty() {
        Range::Resource(kind.resource.clone())
    } else {
        Range::Namespace(kind.resource.clone(), target.namespace.clone())
    }
}
