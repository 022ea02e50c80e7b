//! Paths below a root that has none.

use crate::kind::validate::Path;

/// Where there is no name yet.
pub(super) static ROOT: Path<'static> = Path::new("");

/// The field `name` below `parent`.
pub(super) const fn at<'a>(parent: Option<&'a Path<'a>>, name: &'a str) -> Path<'a> {
    match parent {
        Some(parent) => parent.child(name),
        None => Path::new(name),
    }
}

/// The item at `index` of the list at `parent`.
pub(super) fn item<'a>(parent: Option<&'a Path<'a>>, index: usize) -> Path<'a> {
    match parent {
        Some(parent) => parent.index(index),
        None => ROOT.index(index),
    }
}

/// `path` as sentences name it.
pub(super) fn told(path: Option<&Path<'_>>) -> String {
    path.map(ToString::to_string).unwrap_or_default()
}
