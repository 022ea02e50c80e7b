//! Which of several classes is the default one.

use kontiki_api::Text;
use kontiki_store::{Range, Store};

use super::fields::text;

/// The class of the collection `resource` that one of the annotations at `pointers` marks as the default; of several the
/// newest, of those equally old the first by name, as upstream.
pub(super) fn default_class(store: &dyn Store, resource: &str, pointers: &[&str]) -> Option<Text> {
    let classes = store.list(&Range::Resource(resource.into())).objects;
    let default = classes.into_iter().filter(|class| {
        let class = class.to_value();
        pointers.iter().any(|pointer| text(&class, pointer) == "true")
    });
    let newest = default.min_by_key(|class| (std::cmp::Reverse(class.head.created), class.key.name.clone()));
    newest.map(|class| class.key.name.clone())
}
