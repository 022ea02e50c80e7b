//! Role-based access control, decided from an index that a watch keeps up to date.

mod compact;
mod covers;
mod grants;
mod index;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod rbac;
mod rule;

pub use compact::compact;
pub use covers::uncovered;
pub use index::Index;
pub use rbac::Rbac;
pub use rule::{Rule, allows};
