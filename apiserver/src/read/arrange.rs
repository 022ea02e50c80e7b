//! The order of lists.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use kontiki_api::object::Object;

/// Puts objects, which come by namespace and name, into upstream's order: that of the texts `namespace/name`, in which `a-b/x` is
/// before `a/x`. Namespaces are few and seldom begin alike: where nothing is to be done, no object is touched.
pub(super) fn arrange(objects: &mut Vec<Arc<Object>>) {
    let namespaces = spans(objects);
    if namespaces.is_sorted_by(|one, other| before(&objects[one.start], &objects[other.start]).is_le()) {
        return;
    }
    let mut arranged = namespaces;
    arranged.sort_by(|one, other| before(&objects[one.start], &objects[other.start]));
    *objects = arranged.into_iter().flat_map(|span| &objects[span]).cloned().collect();
}

fn before(one: &Object, other: &Object) -> Ordering {
    path(&one.key.namespace).cmp(path(&other.key.namespace))
}

/// The bytes of `namespace/`.
pub(super) fn path(namespace: &str) -> impl Iterator<Item = u8> {
    namespace.bytes().chain([b'/'])
}

/// Where the objects of each namespace are.
fn spans(objects: &[Arc<Object>]) -> Vec<Range<usize>> {
    let (mut spans, mut start) = (Vec::new(), 0);
    while let Some(first) = objects.get(start) {
        let length = objects[start..].partition_point(|object| object.key.namespace <= first.key.namespace);
        spans.push(start..start + length);
        start += length;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::meta::{Key, Revision};
    use kontiki_api::object::Draft;
    use serde_json::json;

    #[test]
    fn namespaces_are_told_in_the_order_of_their_paths() {
        let object = |(namespace, name): (&str, &str)| {
            Draft::new(Key::new("pods", namespace, name), json!({"metadata": {"name": name}}), &[]).at(Revision(1))
        };
        let arranged = |places: &[(&'static str, &'static str)]| {
            let mut objects: Vec<_> = places.iter().copied().map(object).collect();
            arrange(&mut objects);
            objects.iter().map(|object| format!("{}/{}", object.key.namespace, object.key.name)).collect::<Vec<_>>()
        };
        assert_eq!(arranged(&[("a", "x"), ("a", "y"), ("a-b", "x"), ("b", "x")]), ["a-b/x", "a/x", "a/y", "b/x"]);
        assert_eq!(arranged(&[("a", "x"), ("a0", "x")]), ["a/x", "a0/x"]);
        assert_eq!(arranged(&[("", "a"), ("", "a-b")]), ["/a", "/a-b"]);
        assert!(arranged(&[]).is_empty());
    }
}
