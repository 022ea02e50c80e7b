//! The checked program: nodes in one table, referring to each other by number.

use std::sync::Arc;

use crate::library::Function;
use crate::syntax::{FoldKind, Literal, SelectForm};
use crate::types::Type;

/// Where a node is in the table.
pub(crate) type NodeId = u32;

#[derive(Debug)]
pub(crate) struct Node {
    pub kind: NodeKind,
    pub r#type: Type,
    /// Byte of the source that faults point to.
    pub at: usize,
    /// Whether it is made of constants: it costs nothing, as upstream makes it once.
    pub folded: bool,
    /// Whether it is below a call of `format`.
    pub formatted: bool,
}

#[derive(Debug)]
pub(crate) enum NodeKind {
    Constant(Literal),
    /// A type, by name.
    TypeName(Box<str>),
    Variable(Box<str>),
    /// A variable of a comprehension: how many are declared around it.
    Local(usize),
    Select {
        operand: NodeId,
        field: Box<str>,
        form: SelectForm,
    },
    Index {
        operand: NodeId,
        key: NodeId,
        optional: bool,
    },
    Apply {
        function: &'static Function,
        overloads: u64,
        arguments: Box<[NodeId]>,
    },
    Logic {
        and: bool,
        terms: Box<[NodeId]>,
    },
    Conditional {
        condition: NodeId,
        yes: NodeId,
        no: NodeId,
    },
    List(Box<[Item]>),
    Map(Box<[MapItem]>),
    Message {
        name: Arc<str>,
        fields: Box<[MessageField]>,
    },
    Fold(Box<FoldNode>),
    Bind {
        value: NodeId,
        body: NodeId,
    },
    OptionalMap {
        target: NodeId,
        body: NodeId,
        flat: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub value: NodeId,
    pub optional: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct MapItem {
    pub key: NodeId,
    pub value: NodeId,
    pub optional: bool,
}

#[derive(Debug)]
pub(crate) struct MessageField {
    pub name: Box<str>,
    pub value: NodeId,
    pub optional: bool,
}

#[derive(Debug)]
pub(crate) struct FoldNode {
    pub kind: FoldKind,
    pub range: NodeId,
    pub two: bool,
    pub filter: Option<NodeId>,
    pub step: NodeId,
}
