//! Paths below a root that has none.

use crate::kind::validate::Path;

/// The field `name` below `parent`.
pub(super) const fn at<'a>(parent: Option<&'a Path<'a>>, name: &'a str) -> Path<'a> {
    match parent {
        Some(parent) => parent.child(name),
        None => Path::new(name),
    }
}
