//! One change of one object, as the views of the World see it.

use std::any::{Any, TypeId};
use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::view::View;

use super::Seen;

/// The state of one object before and after a change.
#[derive(Debug)]
pub struct Delta {
    /// The object's key.
    pub key: Key,
    /// The state before; `None` for a new object.
    pub before: Option<Arc<Object>>,
    /// The state after; `None` for a deleted object.
    pub after: Option<Arc<Object>>,
    pub(super) seen: Vec<(TypeId, Box<dyn Any + Send>)>,
}

/// Before and after, as one view sees them.
pub(super) type Pair<V> = (Option<Seen<V>>, Option<Seen<V>>);

impl Delta {
    /// Before and after as `V` sees them; `None` also where the object does not read as `V`.
    pub fn seen<V: View>(&self) -> (Option<&Seen<V>>, Option<&Seen<V>>) {
        let of_view = self.seen.iter().find(|(id, _)| *id == TypeId::of::<V>());
        match of_view.and_then(|(_, pair)| pair.downcast_ref::<Pair<V>>()) {
            Some((before, after)) => (before.as_ref(), after.as_ref()),
            None => (None, None),
        }
    }
}
