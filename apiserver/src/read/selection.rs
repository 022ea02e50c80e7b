//! Which objects of a collection a request is about.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::request::Target;
use kontiki_api::selector::{FieldSelector, LabelSelector};
use kontiki_api::status::Status;
use kontiki_store::Range;

use crate::decode::ListOptions;
use crate::server::Server;

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
    pub fn new(server: &Server, kind: &Arc<Kind>, target: &Target, options: &ListOptions) -> Result<Self, Status> {
        let labels = LabelSelector::parse(&options.labels)?;
        let fields = FieldSelector::parse(&readable(server, kind), &options.fields)?;
        let name = if target.name.is_empty() { fields.name().map(Text::from) } else { Some(target.name.clone()) };
        Ok(Self { range: range(kind, target, name), labels, fields })
    }

    /// Whether `object`, which lies in the range, is selected.
    pub fn matches(&self, object: &Object) -> bool {
        self.labels.matches_head(&object.head) && self.fields.matches(&object.key, &object.head)
    }

    /// Whether it looks at fields of the kind's own, which heads stored under another definition may lack.
    pub fn reads_fields(&self) -> bool {
        self.fields.reads_fields()
    }

    /// Whether everything of the range is selected.
    pub fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_everything()
    }
}

/// The row whose selectable fields stand in the order of stored heads.
fn readable(server: &Server, kind: &Arc<Kind>) -> Arc<Kind> {
    let stored = server.stored_row(kind);
    if Arc::ptr_eq(&stored, kind) {
        return stored;
    }
    let served = |place: &Text| kind.selectable.iter().find(|field| field.pointer == *place);
    let mut row = Kind::clone(&stored);
    for field in &mut row.selectable {
        if let Some(served) = served(&field.pointer) {
            field.name = served.name.clone();
        }
    }
    Arc::new(row)
}

/// One object where the name is known and says which, else the namespace or the collection.
fn range(kind: &Kind, target: &Target, name: Option<Text>) -> Range {
    match name {
        Some(name) if !kind.namespaced || !target.namespace.is_empty() => {
            Range::Key(Key { resource: kind.resource.clone(), namespace: target.namespace.clone(), name })
        }
        _ if target.namespace.is_empty() => Range::Resource(kind.resource.clone()),
        _ => Range::Namespace(kind.resource.clone(), target.namespace.clone()),
    }
}
