//! The group that may do everything.

use super::{Attributes, Authorize, Decision};

pub(crate) const MASTERS: &str = "system:masters";

/// Allows everything to `system:masters`, whatever RBAC says, so that nobody can lock themselves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masters;

impl Authorize for Masters {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        match attributes.user.groups.iter().any(|group| &**group == MASTERS) {
            true => Decision::Allow,
            false => Decision::NoOpinion(String::new()),
        }
    }
}
