//! The version in which a webhook or a policy sees a request.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use serde_json::Value;

use super::Subject;
use super::rule::Rule;

/// A list of rules, under one `matchPolicy`.
#[derive(Debug)]
pub(in crate::admit) struct Rules {
    rules: Vec<Rule>,
    /// Only the version that a rule names counts, not what is equivalent to it.
    exact: bool,
}

impl Rules {
    /// Reads the entries of `rules`; `policy` is the `matchPolicy`.
    pub fn read(rules: &[Value], policy: &str) -> Self {
        Self { rules: rules.iter().map(Rule::read).collect(), exact: policy == "Exact" }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The row in which `subject`, a request about an object called `name`, is meant: its own, or where no rule means that and
    /// equivalents count, the first served one that a rule means.
    pub fn row(&self, subject: &Subject<'_>, name: &str) -> Option<Arc<Kind>> {
        if self.rules.iter().any(|rule| rule.matches(subject, name, subject.kind)) {
            return Some(Arc::clone(subject.kind));
        }
        if self.exact || self.rules.is_empty() {
            return None;
        }
        let equivalents = subject.equivalents();
        let mut found = self.rules.iter().filter_map(|rule| equivalents.iter().find(|row| rule.matches(subject, name, row)));
        found.next().cloned()
    }
}
