use super::checker::Checker;
use super::{NodeId, NodeKind};
use crate::evaluate::compile_regex;
use crate::library::{Function, function};
use crate::syntax::{Expr, ExprKind, Literal, qualified_name};
use crate::types::{Type, Unifier};

impl Checker<'_> {
    pub(super) fn call(&mut self, at: usize, target: Option<&Expr>, name: &str, arguments: &[Expr]) -> NodeId {
        let namespaced = target.and_then(qualified_name).filter(|qualifier| !self.is_local(qualifier));
        let namespaced = namespaced.and_then(|qualifier| function(&format!("{qualifier}.{name}")));
        let target = if namespaced.is_some() { None } else { target };
        let mixes = self.mixes;
        self.mixes |= name == "format";
        let nodes: Vec<NodeId> = target.into_iter().chain(arguments).map(|argument| self.expr(argument)).collect();
        self.mixes = mixes;
        let plain = || function(name.trim_start_matches('.'));
        let Some(function) = namespaced.or_else(plain).filter(|function| self.environment.knows(function.name)) else {
            return self.failed(at, format!("undeclared reference to '{name}' (in container '')"));
        };
        let types: Vec<Type> = nodes.iter().map(|node| self.type_of(*node)).collect();
        let member = target.is_some();
        let Some((overloads, result)) = self.resolve(function, &types, member) else {
            return self.failed(at, no_overload(function.name, &types, member));
        };
        self.patterns(function.name, arguments, member);
        self.node(NodeKind::Apply { function, overloads, arguments: nodes.into() }, result)
    }

    /// The overloads that take `types`, as bits, and what they give.
    fn resolve(&mut self, function: &Function, types: &[Type], member: bool) -> Option<(u64, Type)> {
        let mut matching = 0;
        let mut result: Option<Type> = None;
        for (at, overload) in function.overloads.iter().enumerate() {
            if overload.member != member || overload.arguments.len() != types.len() {
                continue;
            }
            let fresh = self.unifier.fresh_many(overload.parameters);
            let expected: Vec<Type> = overload.arguments.iter().map(|of| Unifier::instantiate(of, &fresh)).collect();
            let pairs: Vec<(&Type, &Type)> = expected.iter().zip(types).collect();
            if !self.unifier.assignable(&pairs) {
                continue;
            }
            matching |= 1 << at;
            let found = self.unifier.resolve(&Unifier::instantiate(&overload.result, &fresh));
            result = Some(match result {
                None => found,
                Some(before) if before == found => before,
                Some(_) => Type::Dyn,
            });
        }
        result.map(|result| (matching, result))
    }

    /// Compiles patterns that are constants. What is wrong with them is told later.
    fn patterns(&mut self, function: &str, arguments: &[Expr], member: bool) {
        let pattern = match (function, member) {
            ("matches" | "find" | "findAll", true) => arguments.first(),
            ("matches", false) => arguments.get(1),
            _ => None,
        };
        if let Some(ExprKind::Literal(Literal::String(pattern))) = pattern.map(|pattern| &pattern.kind)
            && let Ok(regex) = compile_regex(pattern)
        {
            self.regexes.insert(pattern.clone(), regex);
        }
    }
}

fn no_overload(name: &str, types: &[Type], member: bool) -> String {
    let list = |types: &[Type]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let signature = match types.split_first() {
        Some((target, arguments)) if member => format!("{target}.({})", list(arguments)),
        _ => format!("({})", list(types)),
    };
    format!("found no matching overload for '{name}' applied to '{signature}'")
}
