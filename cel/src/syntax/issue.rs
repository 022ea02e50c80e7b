use std::fmt;

/// A fault in the source of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line's text.
    snippet: String,
}

/// A fault at a byte of the source.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub at: usize,
    pub message: String,
}

impl Fault {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The fault with line and column in `source`.
    pub(crate) fn locate(self, source: &str) -> Issue {
        let at = (0..=self.at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
        let before = source.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Issue {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: self.message,
            snippet: source.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default().to_string(),
        }
    }
}

impl fmt::Display for Issue {
    /// Upstream's form: place, text, the line and a mark below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dots = ".".repeat(self.column.saturating_sub(1));
        write!(f, "ERROR: <input>:{}:{}: {}\n | {}\n | {dots}^", self.line, self.column, self.message, self.snippet)
    }
}
