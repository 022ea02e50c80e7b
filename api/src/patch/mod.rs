//! Patches: JSON patch, merge patch, strategic merge patch, and the three-way patch of `apply`.

mod apply;
mod complaints;
mod directive;
mod error;
mod json;
mod list;
mod merge;
mod strategic;
mod three_way;

pub use apply::{apply, apply_with};
pub use complaints::complaints;
pub use error::PatchError;
pub use strategic::strategic_merge;
pub use three_way::three_way;
