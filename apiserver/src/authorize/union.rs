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

    /// What the first member that allows gives, by `ask`; what all of them have to say where none does.
    fn first<T>(&self, ask: impl Fn(&dyn Authorize) -> (Decision, T)) -> Result<T, Decision> {
        let mut said: Vec<String> = Vec::new();
        for member in &self.0 {
            match ask(&**member) {
                (Decision::Allow, with) => return Ok(with),
                (Decision::NoOpinion(why), _) if why.is_empty() => {}
                (Decision::NoOpinion(why), _) => said.push(why),
            }
        }
        Err(Decision::NoOpinion(said.join("\n")))
    }
}

impl Authorize for Union {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        self.first(|member| (member.authorize(attributes), ())).map_or_else(|refused| refused, |()| Decision::Allow)
    }

    fn explain(&self, attributes: &Attributes) -> (Decision, String) {
        match self.first(|member| member.explain(attributes)) {
            Ok(why) => (Decision::Allow, why),
            Err(refused) => (refused, String::new()),
        }
    }
}
