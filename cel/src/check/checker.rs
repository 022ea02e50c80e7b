use std::collections::BTreeMap;

use super::{Environment, Node, NodeId, NodeKind, late};
use crate::evaluate::CompiledRegex;
use crate::syntax::{Expr, ExprKind, Fault, Literal, qualified_name};
use crate::types::{Opaque, Type, Unifier};

/// What checking gives: the table, the root's number, compiled patterns.
pub(crate) struct Checked {
    pub nodes: Vec<Node>,
    pub root: NodeId,
    pub regexes: BTreeMap<Box<str>, CompiledRegex>,
}

/// Resolves and types `expr`, or reports all that is wrong.
pub(crate) fn check(expr: &Expr, environment: &Environment) -> Result<Checked, Vec<Fault>> {
    let mut checker = Checker::new(environment);
    let root = checker.expr(expr);
    if !checker.faults.is_empty() {
        return Err(checker.faults);
    }
    let Checker { mut nodes, unifier, regexes, .. } = checker;
    for node in &mut nodes {
        node.r#type = unifier.resolve(&node.r#type).known();
    }
    late::check(&nodes)?;
    late::fold(&mut nodes);
    Ok(Checked { nodes, root, regexes })
}

pub(super) struct Checker<'e> {
    pub(super) environment: &'e Environment,
    pub(super) nodes: Vec<Node>,
    pub(super) unifier: Unifier,
    pub(super) faults: Vec<Fault>,
    pub(super) regexes: BTreeMap<Box<str>, CompiledRegex>,
    /// Variables of comprehensions, the innermost last.
    pub(super) locals: Vec<(Box<str>, Type)>,
    /// Whether a list may hold values of different types: below a call of `format`.
    pub(super) mixes: bool,
}

impl<'e> Checker<'e> {
    const fn new(environment: &'e Environment) -> Self {
        Self {
            environment,
            nodes: Vec::new(),
            unifier: Unifier::EMPTY,
            faults: Vec::new(),
            regexes: BTreeMap::new(),
            locals: Vec::new(),
            mixes: false,
        }
    }

    pub(super) fn node(&mut self, kind: NodeKind, r#type: Type) -> NodeId {
        self.nodes.push(Node { kind, r#type, at: 0, folded: false, formatted: self.mixes });
        NodeId::try_from(self.nodes.len() - 1).unwrap_or(NodeId::MAX)
    }

    pub(super) fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.faults.push(Fault::new(at, message));
    }

    /// A node for what is wrong: further checks let it pass.
    pub(super) fn failed(&mut self, at: usize, message: impl Into<String>) -> NodeId {
        self.fault(at, message);
        self.node(NodeKind::Constant(Literal::Null), Type::Error)
    }

    pub(super) fn type_of(&self, node: NodeId) -> Type {
        self.nodes.get(node as usize).map_or(Type::Error, |node| self.unifier.resolve(&node.r#type))
    }

    pub(super) fn expect(&mut self, node: NodeId, expected: &Type, at: usize) {
        let actual = self.type_of(node);
        if !self.unifier.assignable(&[(expected, &actual)]) {
            self.fault(at, format!("expected type '{}' but found '{actual}'", self.unifier.resolve(expected)));
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> NodeId {
        let id = self.any(expr);
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.at = expr.at;
        }
        id
    }

    fn any(&mut self, expr: &Expr) -> NodeId {
        match &expr.kind {
            ExprKind::Literal(literal) => self.node(NodeKind::Constant(literal.clone()), type_of_literal(literal)),
            ExprKind::Ident(name) => self.ident(expr.at, name),
            ExprKind::Select { operand, field, quoted, form } => self.select(expr, operand, field, *quoted, *form),
            ExprKind::Index { operand, key, optional } => self.index(expr.at, operand, key, *optional),
            ExprKind::Call { target, function, arguments } => self.call(expr.at, target.as_deref(), function, arguments),
            ExprKind::Logic { and, terms } => self.logic(expr.at, *and, terms),
            ExprKind::Conditional(parts) => self.conditional(expr.at, parts),
            ExprKind::List(elements) => self.list(elements),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Message { name, fields } => self.message(expr.at, name, fields),
            ExprKind::Fold(fold) => self.fold(fold),
            ExprKind::Bind { name, value, body } => self.bind(name, value, body),
            ExprKind::OptionalMap { target, name, body, flat } => self.optional_map(target, name, body, *flat),
        }
    }

    fn ident(&mut self, at: usize, name: &str) -> NodeId {
        if let Some(absolute) = name.strip_prefix('.') {
            let found = self.global(absolute);
            return found.unwrap_or_else(|| self.failed(at, format!("undeclared reference to '{name}' (in container '')")));
        }
        if let Some(slot) = self.locals.iter().rposition(|(local, _)| **local == *name) {
            let r#type = self.locals.get(slot).map_or(Type::Error, |(_, local)| local.clone());
            return self.node(NodeKind::Local(slot), r#type);
        }
        self.global(name).unwrap_or_else(|| self.failed(at, format!("undeclared reference to '{name}' (in container '')")))
    }

    /// A variable or a type by its whole name.
    fn global(&mut self, name: &str) -> Option<NodeId> {
        if let Some(found) = self.environment.variable(name) {
            return Some(self.node(NodeKind::Variable(name.into()), found));
        }
        let named = type_by_name(name)?;
        Some(self.node(NodeKind::TypeName(named.runtime_name().into()), Type::Type(named.into())))
    }

    /// Whether `name` begins with a variable of a comprehension, so that it is no qualified name.
    pub(super) fn is_local(&self, name: &str) -> bool {
        let root = name.split('.').next().unwrap_or_default();
        self.locals.iter().any(|(local, _)| **local == *root)
    }

    /// What `expr` means as one qualified name, where it means something.
    pub(super) fn qualified(&mut self, expr: &Expr) -> Option<NodeId> {
        let name = qualified_name(expr).filter(|name| !self.is_local(name))?;
        let name: Box<str> = name.trim_start_matches('.').into();
        if let Some(found) = self.global(&name) {
            return Some(found);
        }
        let (root, field) = name.split_once('.')?;
        if !self.environment.is_namespace(root) || self.environment.variable(root).is_some() || field.contains('.') {
            return None;
        }
        Some(self.failed(expr.at, format!("undefined field '{field}'")))
    }

    fn logic(&mut self, at: usize, and: bool, terms: &[Expr]) -> NodeId {
        let mut nodes = Vec::with_capacity(terms.len());
        let mut wrong = false;
        for term in terms {
            let node = self.expr(term);
            let actual = self.type_of(node);
            wrong |= !self.unifier.assignable(&[(&Type::Bool, &actual)]);
            nodes.push(node);
        }
        if wrong {
            let types: Vec<String> = nodes.iter().take(2).map(|node| self.type_of(*node).to_string()).collect();
            let name = if and { "_&&_" } else { "_||_" };
            return self.failed(at, format!("found no matching overload for '{name}' applied to '({})'", types.join(", ")));
        }
        self.node(NodeKind::Logic { and, terms: nodes.into() }, Type::Bool)
    }

    fn conditional(&mut self, at: usize, parts: &[Expr; 3]) -> NodeId {
        let [condition, yes, no] = parts.each_ref().map(|part| self.expr(part));
        let [a, b, c] = [condition, yes, no].map(|node| self.type_of(node));
        if !self.unifier.assignable(&[(&Type::Bool, &a), (&b, &c)]) {
            return self.failed(at, format!("found no matching overload for '_?_:_' applied to '({a}, {b}, {c})'"));
        }
        let result = self.wider(&b, &c);
        self.node(NodeKind::Conditional { condition, yes, no }, result)
    }

    /// The type that two assignable ones have in common.
    pub(super) fn wider(&self, a: &Type, b: &Type) -> Type {
        let (a, b) = (self.unifier.resolve(a), self.unifier.resolve(b));
        match (&a, &b) {
            (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
            (Type::Null | Type::Error, _) => b,
            (Type::List(x), Type::List(y)) => Type::list(self.wider(x, y)),
            (Type::Map(x), Type::Map(y)) => Type::map(self.wider(&x.0, &y.0), self.wider(&x.1, &y.1)),
            _ => a,
        }
    }
}

const fn type_of_literal(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

fn type_by_name(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "null_type" => Type::Null,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "type" => Type::Type(Type::Dyn.into()),
        "optional_type" => Type::optional(Type::Dyn),
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        "net.IP" => Type::Opaque(Opaque::Ip),
        "net.CIDR" => Type::Opaque(Opaque::Cidr),
        _ => return None,
    })
}
