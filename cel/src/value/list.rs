use std::sync::Arc;

use super::Value;
use super::json::{typed, untyped};
use crate::types::{ListKind, Schema};

/// A list: JSON, made by an expression, or two lists one behind the other.
#[derive(Clone, Debug)]
pub struct List<'a>(Repr<'a>);

#[derive(Clone, Debug)]
enum Repr<'a> {
    Json { items: &'a [serde_json::Value], schema: Option<(Arc<Schema>, ListKind)> },
    Built(Arc<[Value<'a>]>),
    Joined(Arc<Joined<'a>>),
}

#[derive(Debug)]
struct Joined<'a> {
    left: List<'a>,
    right: List<'a>,
    length: usize,
}

static ATOMIC: ListKind = ListKind::Atomic;

impl<'a> List<'a> {
    pub(crate) const fn json(items: &'a [serde_json::Value], schema: Option<(Arc<Schema>, ListKind)>) -> Self {
        Self(Repr::Json { items, schema })
    }

    /// Both lists, without copying.
    pub(crate) fn join(left: Self, right: Self) -> Self {
        if left.is_empty() {
            return right;
        }
        if right.is_empty() {
            return left;
        }
        let length = left.len().saturating_add(right.len());
        Self(Repr::Joined(Arc::new(Joined { left, right, length })))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Json { items, .. } => items.len(),
            Repr::Built(items) => items.len(),
            Repr::Joined(joined) => joined.length,
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `at`.
    pub fn get(&self, at: usize) -> Option<Value<'a>> {
        match &self.0 {
            Repr::Json { items, schema: Some((schema, _)) } => items.get(at).map(|item| typed(item, schema)),
            Repr::Json { items, schema: None } => items.get(at).map(untyped),
            Repr::Built(items) => items.get(at).cloned(),
            Repr::Joined(joined) => match at.checked_sub(joined.left.len()) {
                None => joined.left.get(at),
                Some(at) => joined.right.get(at),
            },
        }
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).map_while(|at| self.get(at))
    }

    /// Whether nothing else holds it: it was made just now.
    pub(crate) fn is_new(&self) -> bool {
        matches!(&self.0, Repr::Built(items) if Arc::strong_count(items) == 1)
    }

    /// How it is compared.
    pub(crate) const fn kind(&self) -> &ListKind {
        match &self.0 {
            Repr::Json { schema: Some((_, kind)), .. } => kind,
            _ => &ATOMIC,
        }
    }
}

impl<'a> From<Vec<Value<'a>>> for List<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self(Repr::Built(items.into()))
    }
}
