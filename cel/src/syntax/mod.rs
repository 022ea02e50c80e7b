//! From text to a tree: lexer, parser, macros. Nesting is bounded, so nothing that walks the tree overflows the stack.

mod expr;
mod issue;
mod lexer;
mod literal;
mod macros;
mod operand;
mod parser;
mod token;

pub(crate) use expr::{Element, Entry, Expr, ExprKind, Field, Fold, FoldKind, Literal, SelectForm};
pub(crate) use issue::Fault;
pub use issue::Issue;
pub(crate) use operand::{RESERVED, qualified_name};
pub(crate) use parser::parse;
