//! From the tree to a program: names are resolved, types found, faults reported.

mod call;
mod checker;
mod collection;
mod environment;
mod fold;
mod late;
mod node;
mod select;

pub(crate) use checker::check;
pub use environment::Environment;
pub(crate) use node::{FoldNode, Item, MapItem, MessageField, Node, NodeId, NodeKind};
