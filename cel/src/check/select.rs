use super::checker::Checker;
use super::{NodeId, NodeKind};
use crate::syntax::{Expr, Literal, SelectForm};
use crate::types::{Type, unescape};

impl Checker<'_> {
    pub(super) fn select(&mut self, expr: &Expr, operand: &Expr, field: &str, quoted: bool, form: SelectForm) -> NodeId {
        if form == SelectForm::Plain
            && let Some(node) = self.qualified(expr)
        {
            return node;
        }
        if form == SelectForm::Test && self.is_member(operand, field) {
            return self.node(NodeKind::Constant(Literal::Bool(true)), Type::Bool);
        }
        let node = self.expr(operand);
        let operand_type = self.type_of(node);
        let (inner, through_optional) = match &operand_type {
            Type::Optional(inner) => ((**inner).clone(), true),
            other => (other.clone(), false),
        };
        let Some((name, found)) = self.field(expr.at, &inner, field, quoted) else {
            return self.node(NodeKind::Constant(Literal::Null), Type::Error);
        };
        let result = match form {
            SelectForm::Test => Type::Bool,
            SelectForm::Optional => optional(found),
            SelectForm::Plain if through_optional => optional(found),
            SelectForm::Plain => found,
        };
        self.node(NodeKind::Select { operand: node, field: name, form }, result)
    }

    /// Whether `operand.field` is a declared member of a namespace: it always has a value.
    fn is_member(&self, operand: &Expr, field: &str) -> bool {
        let name = crate::syntax::qualified_name(operand).filter(|name| !self.is_local(name));
        name.is_some_and(|name| self.environment.variable(&format!("{name}.{field}")).is_some())
    }

    /// The field's name in JSON and its type.
    fn field(&mut self, at: usize, of: &Type, field: &str, quoted: bool) -> Option<(Box<str>, Type)> {
        match of {
            Type::Dyn | Type::Error | Type::Parameter(_) => Some((field.into(), Type::Dyn)),
            Type::Map(parts) => Some((field.into(), parts.1.clone())),
            Type::Object(object) => {
                // As upstream, a name in quotes is looked up as it stands, where only names are that an identifier may be.
                let plain = !quoted || field.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
                let name = if plain { unescape(field) } else { None };
                let found = name.and_then(|name| Some((object.field(&name)?.as_type(), name)));
                if found.is_none() {
                    self.fault(at, format!("undefined field '{field}'"));
                }
                found.map(|(found, name)| (name.into(), found))
            }
            other => {
                self.fault(at, format!("type '{other}' does not support field selection"));
                None
            }
        }
    }

    pub(super) fn index(&mut self, at: usize, operand: &Expr, key: &Expr, optional_index: bool) -> NodeId {
        let (operand, key) = (self.expr(operand), self.expr(key));
        let (operand_type, key_type) = (self.type_of(operand), self.type_of(key));
        let (inner, through_optional) = match &operand_type {
            Type::Optional(inner) => ((**inner).clone(), true),
            other => (other.clone(), false),
        };
        let element = match &inner {
            Type::List(element) => self.unifier.assignable(&[(&Type::Int, &key_type)]).then(|| (**element).clone()),
            Type::Map(parts) => self.unifier.assignable(&[(&parts.0, &key_type)]).then(|| parts.1.clone()),
            Type::Dyn | Type::Error | Type::Parameter(_) => Some(Type::Dyn),
            _ => None,
        };
        let Some(element) = element else {
            let name = if optional_index { "_[?_]" } else { "_[_]" };
            return self.failed(at, format!("found no matching overload for '{name}' applied to '({operand_type}, {key_type})'"));
        };
        let result = if optional_index || through_optional { optional(element) } else { element };
        self.node(NodeKind::Index { operand, key, optional: optional_index }, result)
    }
}

/// `optional(of)`, where `of` is not optional already.
fn optional(of: Type) -> Type {
    if matches!(of, Type::Optional(_)) { of } else { Type::optional(of) }
}
