use super::checker::Checker;
use super::{FoldNode, NodeId, NodeKind};
use crate::syntax::{Expr, Fold, FoldKind};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn fold(&mut self, fold: &Fold) -> NodeId {
        let range = self.expr(&fold.range);
        let (first, second) = self.iteration(range, &fold.range, fold.second.is_some());
        let outer = self.locals.len();
        self.locals.push((fold.first.clone(), first));
        if let Some(name) = &fold.second {
            self.locals.push((name.clone(), second));
        }
        let filter = fold.filter.as_ref().map(|filter| {
            let node = self.expr(filter);
            self.expect(node, &Type::Bool, filter.at);
            node
        });
        let step = self.expr(&fold.step);
        self.locals.truncate(outer);
        let result = self.fold_type(fold, range, step);
        let node = FoldNode { kind: fold.kind, range, two: fold.second.is_some(), filter, step };
        self.node(NodeKind::Fold(Box::new(node)), result)
    }

    /// The types of the one or two variables.
    fn iteration(&mut self, range: NodeId, expr: &Expr, two: bool) -> (Type, Type) {
        match self.type_of(range) {
            Type::List(element) if two => (Type::Int, (*element).clone()),
            Type::List(element) => ((*element).clone(), Type::Dyn),
            Type::Map(parts) => (parts.0.clone(), parts.1.clone()),
            Type::Dyn | Type::Error | Type::Parameter(_) => (Type::Dyn, Type::Dyn),
            other => {
                let text =
                    format!("expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)");
                self.fault(expr.at, text);
                (Type::Error, Type::Error)
            }
        }
    }

    fn fold_type(&mut self, fold: &Fold, range: NodeId, step: NodeId) -> Type {
        match fold.kind {
            FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne => {
                self.expect(step, &Type::Bool, fold.step.at);
                Type::Bool
            }
            FoldKind::List => Type::list(self.type_of(step)),
            FoldKind::Filter => {
                self.expect(step, &Type::Bool, fold.step.at);
                match self.type_of(range) {
                    Type::Map(parts) => Type::list(parts.0.clone()),
                    Type::List(element) => Type::List(element),
                    _ => Type::list(Type::Dyn),
                }
            }
            FoldKind::Map => Type::map(self.key_of(range), self.type_of(step)),
            FoldKind::Entry => {
                self.expect(step, &Type::map(Type::Dyn, Type::Dyn), fold.step.at);
                self.type_of(step)
            }
        }
    }

    fn key_of(&self, range: NodeId) -> Type {
        match self.type_of(range) {
            Type::Map(parts) => parts.0.clone(),
            Type::List(_) => Type::Int,
            _ => Type::Dyn,
        }
    }

    pub(super) fn bind(&mut self, name: &str, value: &Expr, body: &Expr) -> NodeId {
        let value = self.expr(value);
        let bound = self.type_of(value);
        self.locals.push((name.into(), bound));
        let body = self.expr(body);
        self.locals.pop();
        let result = self.type_of(body);
        self.node(NodeKind::Bind { value, body }, result)
    }

    pub(super) fn optional_map(&mut self, target: &Expr, name: &str, body: &Expr, flat: bool) -> NodeId {
        let at = target.at;
        let target = self.expr(target);
        let inner = match self.type_of(target) {
            Type::Optional(inner) => (*inner).clone(),
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                self.fault(at, format!("expected type 'optional_type(dyn)' but found '{other}'"));
                Type::Error
            }
        };
        self.locals.push((name.into(), inner));
        let body_at = body.at;
        let body = self.expr(body);
        self.locals.pop();
        let found = self.type_of(body);
        if flat {
            self.expect(body, &Type::optional(Type::Dyn), body_at);
        }
        let result = if flat { found } else { Type::optional(found) };
        self.node(NodeKind::OptionalMap { target, body, flat }, result)
    }
}
