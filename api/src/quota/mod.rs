//! What objects use of the resources that quotas and limits are about.
//!
//! Pure: the admission step and the reconciler that tells the use of each quota count alike.

mod amounts;
mod collections;
mod pod;
mod scopes;
mod usage;

pub use amounts::Amounts;
pub use collections::collections;
pub use pod::{container_amounts, containers, pod_amounts, stated_amounts};
pub use scopes::{matches, scope_of};
pub use usage::{freed_at, is_counted, usage};
