//! Which requests a policy or a binding is about: `matchConstraints`, `matchResources`.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use serde_json::Value;

use crate::admit::fields::{items, text};
use crate::admit::hooks::{Rules, Selectors, Subject};

/// `MatchResources`.
#[derive(Debug)]
pub(super) struct MatchResources {
    /// Empty in a binding: everything.
    rules: Rules,
    excludes: Rules,
    selectors: Selectors,
}

impl MatchResources {
    /// Reads `matchConstraints` or `matchResources`.
    pub fn read(value: Option<&Value>) -> Self {
        let value = value.unwrap_or(&Value::Null);
        let rules = |pointer: &str| Rules::read(items(value, pointer), text(value, "/matchPolicy"));
        Self { rules: rules("/resourceRules"), excludes: rules("/excludeResourceRules"), selectors: Selectors::read(value) }
    }

    /// The row in which a policy with these constraints sees `subject`; `None` where it is not about it.
    ///
    /// # Errors
    /// Why that cannot be told: the namespace is not there, or a selector cannot be read.
    pub fn row(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<Option<Arc<Kind>>, String> {
        if self.rules.is_empty() { Ok(None) } else { self.matched(subject, object, old) }
    }

    /// Whether a binding with these constraints leaves the request in.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub fn narrows(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<bool, String> {
        self.matched(subject, object, old).map(|row| row.is_some())
    }

    fn matched(&self, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<Option<Arc<Kind>>, String> {
        let name = subject.name(subject.named(object, old));
        let meant = if self.rules.is_empty() { Some(Arc::clone(subject.kind)) } else { self.rules.row(subject, name) };
        let Some(row) = meant.filter(|_| self.excludes.row(subject, name).is_none()) else { return Ok(None) };
        let selected = self.selectors.select(subject, object, old).map_err(|status| status.message)?;
        Ok(selected.then_some(row))
    }
}
