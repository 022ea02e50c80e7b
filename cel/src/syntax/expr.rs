//! The tree that the parser makes.

/// An expression.
#[derive(Debug)]
pub(crate) struct Expr {
    /// Byte of the source that faults point to.
    pub at: usize,
    /// Levels below and with this one.
    pub depth: u16,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Literal(Literal),
    Ident(Box<str>),
    Select {
        operand: Box<Expr>,
        field: Box<str>,
        quoted: bool,
        form: SelectForm,
    },
    Index {
        operand: Box<Expr>,
        key: Box<Expr>,
        optional: bool,
    },
    Call {
        target: Option<Box<Expr>>,
        function: Box<str>,
        arguments: Vec<Expr>,
    },
    /// `&&` or `||` of two or more.
    Logic {
        and: bool,
        terms: Vec<Expr>,
    },
    Conditional(Box<[Expr; 3]>),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Message {
        name: Box<str>,
        fields: Vec<Field>,
    },
    Fold(Box<Fold>),
    Bind {
        name: Box<str>,
        value: Box<Expr>,
        body: Box<Expr>,
    },
    /// `optMap` and `optFlatMap`.
    OptionalMap {
        target: Box<Expr>,
        name: Box<str>,
        body: Box<Expr>,
        flat: bool,
    },
}

/// A constant of the source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Box<str>),
    Bytes(std::sync::Arc<[u8]>),
}

/// What a selection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SelectForm {
    Plain,
    /// `has(a.b)`.
    Test,
    /// `a.?b`.
    Optional,
}

#[derive(Debug)]
pub(crate) struct Element {
    pub value: Expr,
    pub optional: bool,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub key: Expr,
    pub value: Expr,
    pub optional: bool,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub at: usize,
    pub name: Box<str>,
    pub value: Expr,
    pub optional: bool,
}

/// A comprehension.
#[derive(Debug)]
pub(crate) struct Fold {
    pub kind: FoldKind,
    pub range: Expr,
    /// The element (or key, where there is a second one or the range is a map).
    pub first: Box<str>,
    pub second: Option<Box<str>>,
    pub filter: Option<Expr>,
    pub step: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoldKind {
    All,
    Exists,
    ExistsOne,
    /// `map` and `transformList`.
    List,
    Filter,
    /// `transformMap`.
    Map,
    /// `transformMapEntry`.
    Entry,
}
