use std::collections::BTreeMap;
use std::fmt;

use crate::check::{Environment, Node, NodeId, NodeKind, check};
use crate::cost::{Range, Sizes, estimate};
use crate::evaluate::{Activation, Budget, CompiledRegex, EvaluationError, Evaluator};
use crate::syntax::{Issue, parse};
use crate::types::Type;
use crate::value::Value;

/// A compiled expression. Immutable; evaluate it from as many threads as you like.
pub struct Program {
    pub(crate) nodes: Box<[Node]>,
    root: NodeId,
    pub(crate) regexes: BTreeMap<Box<str>, CompiledRegex>,
}

impl Program {
    /// Compiles `source`. Variables, fields and functions that `environment` does not know are faults, as are constants that
    /// could only fail: patterns, durations, timestamps.
    pub fn compile(source: &str, environment: &Environment) -> Result<Self, Vec<Issue>> {
        let expr = parse(source, environment.binds()).map_err(|fault| vec![fault.locate(source)])?;
        let checked = check(&expr, environment).map_err(|faults| {
            let mut issues: Vec<Issue> = faults.into_iter().map(|fault| fault.locate(source)).collect();
            issues.sort_by_key(|issue| (issue.line, issue.column));
            issues
        })?;
        Ok(Self { nodes: checked.nodes.into(), root: checked.root, regexes: checked.regexes })
    }

    /// The type of what it gives.
    pub fn output_type(&self) -> Type {
        self.node(self.root).map_or(Type::Error, |node| node.r#type.clone())
    }

    /// Whether the variable called `name` is mentioned.
    pub fn speaks_of(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| matches!(&node.kind, NodeKind::Variable(variable) if **variable == *name))
    }

    /// Between what bounds its cost lies, if inputs have these sizes. Upstream's model.
    pub fn estimated_cost(&self, sizes: &dyn Sizes) -> Range {
        estimate(self, self.root, sizes)
    }

    /// Evaluates it. What it cost is taken from `budget`, also where it fails.
    pub fn evaluate<'a>(
        &'a self,
        activation: &dyn Activation<'a>,
        budget: &mut Budget<'_>,
    ) -> Result<Value<'a>, EvaluationError> {
        Evaluator::run(self, self.root, activation, budget)
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("nodes", &self.nodes.len()).field("type", &self.output_type()).finish()
    }
}
