/// A piece of source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Ident(Box<str>),
    /// A name in backticks.
    Quoted(Box<str>),
    /// Without sign; `i64::MIN` needs one more than `i64::MAX`.
    Int(u64),
    Uint(u64),
    Double(f64),
    String(Box<str>),
    Bytes(Box<[u8]>),
    Symbol(&'static str),
    End,
}

impl Token {
    /// How faults name it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Ident(name) => name.to_string(),
            Self::Quoted(name) => format!("`{name}`"),
            Self::Int(value) | Self::Uint(value) => value.to_string(),
            Self::Double(value) => value.to_string(),
            Self::String(_) => "string".into(),
            Self::Bytes(_) => "bytes".into(),
            Self::Symbol(symbol) => (*symbol).into(),
            Self::End => "<EOF>".into(),
        }
    }
}
