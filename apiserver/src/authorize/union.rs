//! Several authorizers as one.

use std::sync::Arc;

use super::{Attributes, Authorize, Decision};

/// Allows what one of its members allows.
#[derive(Clone)]
pub struct Union(Vec<Arc<dyn Authorize>>);

impl Union {
    /// Asks `members` in this order.
    pub fn new(members: Vec<Arc<dyn Authorize>>) -> Self {
        Self(members)
    }
}

impl Authorize for Union {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        let mut said: Vec<String> = Vec::new();
        for member in &self.0 {
            match member.authorize(attributes) {
                Decision::Allow => return Decision::Allow,
                Decision::NoOpinion(why) if why.is_empty() => {}
                Decision::NoOpinion(why) => said.push(why),
            }
        }
        Decision::NoOpinion(said.join("; "))
    }

    fn reason(&self, attributes: &Attributes) -> String {
        let allows = |member: &&Arc<dyn Authorize>| member.authorize(attributes) == Decision::Allow;
        self.0.iter().find(allows).map(|member| member.reason(attributes)).unwrap_or_default()
    }
}
