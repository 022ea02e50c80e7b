//! Where the numbers of the scale subresource are.

use super::raw::RawScale;
use crate::Text;

/// JSON pointers into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalePaths {
    /// The number wanted.
    pub spec: Text,
    /// The number there is.
    pub status: Text,
    /// The selector, as text.
    pub selector: Option<Text>,
}

impl ScalePaths {
    pub(super) fn read(raw: &RawScale) -> Self {
        let pointer = |path: &str| Text::from(path.replace('.', "/"));
        Self {
            spec: pointer(&raw.spec_replicas_path),
            status: pointer(&raw.status_replicas_path),
            selector: raw.label_selector_path.as_deref().filter(|path| !path.is_empty()).map(pointer),
        }
    }
}
