use std::fmt;

/// Bytes of a line that is shown.
const LONGEST_SNIPPET: usize = 16_384;

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
    /// It is no fault of the source, but constants in it fail.
    instantiation: bool,
}

impl Issue {
    /// What fails when the program is made, where that is the fault.
    pub fn instantiation(&self) -> Option<&str> {
        self.instantiation.then_some(&*self.message)
    }
}

/// A fault at a byte of the source.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub at: usize,
    pub message: String,
    /// Whether the program cannot be made, although nothing is wrong with its source.
    pub instantiation: bool,
}

impl Fault {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), instantiation: false }
    }

    /// What fails when the program is made.
    pub(crate) fn instantiation(message: impl Into<String>) -> Self {
        Self { at: 0, message: message.into(), instantiation: true }
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
            snippet: source.get(line_start..).unwrap_or_default().split('\n').next().unwrap_or_default().replace('\t', " "),
            instantiation: self.instantiation,
        }
    }
}

impl fmt::Display for Issue {
    /// Upstream's form: place, text, the line and a mark below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.instantiation {
            return write!(f, "program instantiation failed: {}", self.message);
        }
        write!(f, "ERROR: <input>:{}:{}: {}", self.line, self.column, self.message)?;
        if self.snippet.len() > LONGEST_SNIPPET {
            return Ok(());
        }
        write!(f, "\n | {}\n | ", self.snippet)?;
        let mut signs = self.snippet.chars();
        for sign in signs.by_ref().take(self.column.saturating_sub(1)) {
            f.write_str(if sign.is_ascii() { "." } else { "\u{ff0e}" })?;
        }
        f.write_str(if signs.next().is_none_or(|sign| sign.is_ascii()) { "^" } else { "\u{ff3e}" })
    }
}
