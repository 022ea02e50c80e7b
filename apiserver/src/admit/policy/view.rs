//! A request as a policy sees it, in the version that its rules name.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use kontiki_cel::{Authorizer, Bindings};
use serde_json::Value;

use super::condition::Facts;
use crate::admit::hooks::Subject;

/// A request with its objects in the version of one row.
pub(super) struct View {
    row: Arc<Kind>,
    /// Null for a deletion.
    pub object: Value,
    old: Option<Value>,
    facts: Facts,
}

impl View {
    /// `subject` with `object` and `old`, in the version of `row`.
    ///
    /// # Errors
    /// Why they cannot be converted.
    pub async fn of(subject: &Subject<'_>, row: &Arc<Kind>, object: &Value, old: Option<&Value>) -> Result<Self, String> {
        let (now, before) = subject.sides(object, old);
        let object = match now {
            Some(object) => subject.show(row, object).await.map_err(inconvertible)?,
            None => Value::Null,
        };
        let old = match before {
            Some(old) => Some(subject.show(row, old).await.map_err(inconvertible)?),
            None => None,
        };
        let facts = Facts::gather(subject, row, subject.named(&object, old.as_ref()));
        Ok(Self { row: Arc::clone(row), object, old, facts })
    }

    /// The variables of a policy for one parameter.
    pub fn bindings<'a>(&'a self, authorizer: &'a dyn Authorizer, param: Option<&'a Value>) -> Bindings<'a> {
        self.facts.bindings(&self.object, self.old.as_ref(), authorizer, param)
    }

    fn is_of(&self, row: &Kind) -> bool {
        (&self.row.group, &self.row.version) == (&row.group, &row.version)
    }
}

/// What is told of a failed conversion.
pub(super) fn inconvertible(status: Status) -> String {
    format!("failed to convert object version: {}", status.message)
}

/// One request as all policies see it: converted to each version once.
pub(super) struct Views<'a> {
    /// The request.
    pub subject: &'a Subject<'a>,
    /// The object at hand.
    pub object: &'a Value,
    /// The object before.
    pub old: Option<&'a Value>,
    known: Vec<View>,
}

impl<'a> Views<'a> {
    /// Nothing is converted yet.
    pub const fn new(subject: &'a Subject<'a>, object: &'a Value, old: Option<&'a Value>) -> Self {
        Self { subject, object, old, known: Vec::new() }
    }

    /// The request in the version of `row`.
    ///
    /// # Errors
    /// As [`View::of`].
    pub async fn of(&mut self, row: &Arc<Kind>) -> Result<&View, String> {
        let at = match self.known.iter().position(|known| known.is_of(row)) {
            Some(at) => at,
            None => {
                self.known.push(View::of(self.subject, row, self.object, self.old).await?);
                self.known.len() - 1
            }
        };
        Ok(&self.known[at])
    }
}
