use super::expr::{Expr, ExprKind, Literal};
use super::token::Token;
use super::{Fault, lexer};

/// Levels that a tree may have.
const MAX_DEPTH: u16 = 250;

/// Brackets and operators that may be open at once while reading: less than levels, for each takes several calls.
const MAX_NESTING: u16 = 150;

/// Characters that an expression may have.
const MAX_LENGTH: usize = 100_000;

/// Operators of two operands by precedence, loosest first.
const BINARY: [&[&str]; 5] = [&["||"], &["&&"], &["==", "!=", "<", "<=", ">", ">=", "in"], &["+", "-"], &["*", "/", "%"]];

/// The levels of `||` and `&&`, which take any number of terms.
const LOGIC: usize = 2;

/// Reads `source` wholly.
pub(crate) fn parse(source: &str, binds: bool) -> Result<Expr, Fault> {
    let length = if source.len() > MAX_LENGTH { source.chars().count() } else { 0 };
    if length > MAX_LENGTH {
        return Err(Fault::new(0, format!("expression code point size exceeds limit: size: {length}, limit {MAX_LENGTH}")));
    }
    let mut parser = Parser { tokens: lexer::tokens(source)?, at: 0, nesting: 0, binds };
    let expr = parser.expr()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => {
            let last = parser.tokens.get(parser.at + 1).is_none_or(|(token, _)| *token == Token::End);
            let word = if last { "extraneous" } else { "mismatched" };
            let found = parser.written(source);
            Err(Fault::new(parser.position(), format!("Syntax error: {word} input '{found}' expecting <EOF>")))
        }
    }
}

/// Reads tokens one after the other.
pub(super) struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: u16,
    /// Whether there is `cel.bind`.
    pub(super) binds: bool,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn position(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.tokens.get_mut(self.at).map(|(token, _)| std::mem::replace(token, Token::End));
        self.at = (self.at + 1).min(self.tokens.len());
        token.unwrap_or(Token::End)
    }

    pub(super) fn sees(&self, symbol: &str) -> bool {
        match self.peek() {
            Token::Symbol(found) => *found == symbol,
            Token::Ident(name) => symbol == "in" && &**name == "in",
            _ => false,
        }
    }

    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = self.sees(symbol);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.take(symbol) {
            return Ok(());
        }
        let text = format!("Syntax error: mismatched input '{}' expecting '{symbol}'", self.peek().text());
        Err(Fault::new(self.position(), text))
    }

    /// The next token as it stands in `source`.
    fn written<'s>(&self, source: &'s str) -> &'s str {
        let end = self.tokens.get(self.at + 1).map_or(source.len(), |(_, at)| *at);
        source.get(self.position()..end).unwrap_or_default().trim_end()
    }

    /// No operand stands where there must be one.
    pub(super) fn no_operand(&self) -> Fault {
        let expected =
            "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
        Fault::new(self.position(), format!("Syntax error: mismatched input '{}' expecting {expected}", self.peek().text()))
    }

    /// No name stands behind a dot.
    pub(super) fn no_name(&self) -> Fault {
        match self.peek() {
            Token::End => Fault::new(self.position(), "Syntax error: no viable alternative at input '.'"),
            Token::Ident(name) => {
                Fault::new(self.position(), format!("Syntax error: mismatched input '{name}' expecting IDENTIFIER"))
            }
            _ => self.unexpected(),
        }
    }

    pub(super) fn unexpected(&self) -> Fault {
        Fault::new(self.position(), format!("Syntax error: mismatched input '{}'", self.peek().text()))
    }

    /// A node over `below`; an error where it nests too deep.
    pub(super) fn node(&self, at: usize, kind: ExprKind, below: u16) -> Result<Expr, Fault> {
        if below >= MAX_DEPTH {
            return Err(too_deep(at, MAX_DEPTH));
        }
        Ok(Expr { at, depth: below + 1, kind })
    }

    /// A chain of `a ? b : c ? d : e` is read in a loop and put together from its end.
    pub(super) fn expr(&mut self) -> Result<Expr, Fault> {
        let mut choices = Vec::new();
        let mut last = self.climb(0)?;
        let mut at = self.position();
        while self.take("?") {
            if choices.len() >= usize::from(MAX_DEPTH) {
                return Err(too_deep(at, MAX_DEPTH));
            }
            let yes = self.climb(0)?;
            self.expect(":")?;
            choices.push((at, last, yes));
            last = self.climb(0)?;
            at = self.position();
        }
        choices.into_iter().rev().try_fold(last, |no, (at, condition, yes)| {
            let below = condition.depth.max(yes.depth).max(no.depth);
            self.node(at, ExprKind::Conditional(Box::new([condition, yes, no])), below)
        })
    }

    /// An expression of operators that bind at least as tightly as those of `level`: precedence climbing.
    fn climb(&mut self, level: usize) -> Result<Expr, Fault> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(too_deep(self.position(), MAX_NESTING));
        }
        let mut left = self.unary()?;
        while let Some((found, operator)) = self.operator(level) {
            left = if found < LOGIC { self.logic(left, found)? } else { self.binary(left, found, operator)? };
        }
        self.nesting -= 1;
        Ok(left)
    }

    /// The operator that comes next, if it binds tightly enough, and its level.
    fn operator(&self, level: usize) -> Option<(usize, &'static str)> {
        let levels = BINARY.iter().enumerate().skip(level);
        levels.into_iter().find_map(|(at, operators)| Some((at, *operators.iter().find(|operator| self.sees(operator))?)))
    }

    fn logic(&mut self, first: Expr, level: usize) -> Result<Expr, Fault> {
        let (at, and) = (self.position(), level == 1);
        let mut terms = vec![first];
        while self.take(if and { "&&" } else { "||" }) {
            terms.push(self.climb(level + 1)?);
        }
        let below = terms.iter().map(|term| term.depth).max().unwrap_or(0);
        self.node(at, ExprKind::Logic { and, terms }, below)
    }

    fn binary(&mut self, left: Expr, level: usize, operator: &str) -> Result<Expr, Fault> {
        let at = self.position();
        self.next();
        let right = self.climb(level + 1)?;
        let below = left.depth.max(right.depth);
        let function = if operator == "in" { "@in".into() } else { format!("_{operator}_").into() };
        self.node(at, ExprKind::Call { target: None, function, arguments: vec![left, right] }, below)
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let at = self.position();
        let Some(sign) = ["!", "-"].into_iter().find(|sign| self.sees(sign)) else { return self.member() };
        let mut odd = false;
        while self.take(sign) {
            odd = !odd;
        }
        if odd
            && sign == "-"
            && let Some(number) = self.negative()
        {
            let literal = self.node(at, ExprKind::Literal(number), 0)?;
            return self.members(literal);
        }
        let operand = self.member()?;
        if !odd {
            return Ok(operand);
        }
        let below = operand.depth;
        self.node(at, ExprKind::Call { target: None, function: format!("{sign}_").into(), arguments: vec![operand] }, below)
    }

    /// A number literal behind a minus.
    fn negative(&mut self) -> Option<Literal> {
        let literal = match self.peek() {
            Token::Int(value) => Literal::Int(0_i64.checked_sub_unsigned(*value)?),
            Token::Double(value) => Literal::Double(-value),
            _ => return None,
        };
        self.next();
        Some(literal)
    }
}

fn too_deep(at: usize, limit: u16) -> Fault {
    Fault::new(at, format!("expression recursion limit exceeded: {limit}"))
}
