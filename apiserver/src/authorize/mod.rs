//! Whether they may: `system:masters`, nodes, RBAC.

#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod authorize;
mod forbidden;
mod masters;
mod node;
pub mod rbac;
mod requirements;
mod union;

pub use authorize::{Attributes, Authorize, Decision};
pub use forbidden::forbidden;
pub(crate) use masters::MASTERS;
pub use masters::Masters;
pub use node::NodeAuthorizer;
pub(crate) use node::{NODES, Referred, node_of};
pub(crate) use requirements::{requirements, requirements_of};
pub use union::Union;
