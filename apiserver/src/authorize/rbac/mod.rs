//! Role-based access control, decided from an index that a watch keeps up to date.

mod covers;
mod grants;
mod index;
mod rbac;
mod rule;

pub use covers::uncovered;
pub use index::Index;
pub use rbac::Rbac;
pub use rule::{Rule, allows};
