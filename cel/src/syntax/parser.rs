use super::expr::{Element, Entry, Expr, ExprKind, Field, Literal, SelectForm};
use super::token::Token;
use super::{Fault, lexer, macros};

/// Levels that a tree may have.
const MAX_DEPTH: u16 = 250;

/// Brackets and operators that may be open at once while reading: less than levels, for each takes several calls.
const MAX_NESTING: u16 = 150;

/// Characters that an expression may have.
const MAX_LENGTH: usize = 100_000;

/// Names that variables may not have.
const RESERVED: [&str; 16] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
];

/// Operators of two operands by precedence, loosest first.
const BINARY: [&[&str]; 5] = [&["||"], &["&&"], &["==", "!=", "<", "<=", ">", ">=", "in"], &["+", "-"], &["*", "/", "%"]];

/// The levels of `||` and `&&`, which take any number of terms.
const LOGIC: usize = 2;

/// Reads `source` wholly.
pub(crate) fn parse(source: &str, binds: bool) -> Result<Expr, Fault> {
    if source.len() > MAX_LENGTH {
        return Err(Fault::new(
            0,
            format!("expression code point size exceeds limit: size: {}, limit {MAX_LENGTH}", source.len()),
        ));
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

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: u16,
    /// Whether there is `cel.bind`.
    binds: bool,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens.get_mut(self.at).map(|(token, _)| std::mem::replace(token, Token::End));
        self.at = (self.at + 1).min(self.tokens.len());
        token.unwrap_or(Token::End)
    }

    fn sees(&self, symbol: &str) -> bool {
        match self.peek() {
            Token::Symbol(found) => *found == symbol,
            Token::Ident(name) => symbol == "in" && &**name == "in",
            _ => false,
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.sees(symbol);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
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
    fn no_operand(&self) -> Fault {
        let expected =
            "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
        Fault::new(self.position(), format!("Syntax error: mismatched input '{}' expecting {expected}", self.peek().text()))
    }

    /// No name stands behind a dot.
    fn no_name(&self) -> Fault {
        match self.peek() {
            Token::End => Fault::new(self.position(), "Syntax error: no viable alternative at input '.'"),
            Token::Ident(name) => {
                Fault::new(self.position(), format!("Syntax error: mismatched input '{name}' expecting IDENTIFIER"))
            }
            _ => self.unexpected(),
        }
    }

    fn unexpected(&self) -> Fault {
        Fault::new(self.position(), format!("Syntax error: mismatched input '{}'", self.peek().text()))
    }

    /// A node over `below`; an error where it nests too deep.
    fn node(&self, at: usize, kind: ExprKind, below: u16) -> Result<Expr, Fault> {
        if below >= MAX_DEPTH {
            return Err(too_deep(at, MAX_DEPTH));
        }
        Ok(Expr { at, depth: below + 1, kind })
    }

    /// A chain of `a ? b : c ? d : e` is read in a loop and put together from its end.
    fn expr(&mut self) -> Result<Expr, Fault> {
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

    fn member(&mut self) -> Result<Expr, Fault> {
        let primary = self.primary()?;
        self.members(primary)
    }

    fn members(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
        loop {
            let at = self.position();
            if self.take(".") {
                expr = self.select(expr, at)?;
            } else if self.take("[") {
                let optional = self.take("?");
                let key = self.expr()?;
                self.expect("]")?;
                let below = expr.depth.max(key.depth);
                expr = self.node(at, ExprKind::Index { operand: Box::new(expr), key: Box::new(key), optional }, below)?;
            } else if self.sees("{") {
                let Some(name) = qualified_name(&expr) else { return Ok(expr) };
                self.next();
                expr = self.message(name, at)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn select(&mut self, operand: Expr, at: usize) -> Result<Expr, Fault> {
        let optional = self.take("?");
        let (field, quoted) = match self.peek() {
            Token::Ident(name) if !matches!(&**name, "in" | "true" | "false" | "null") => (name.clone(), false),
            Token::Quoted(name) => (name.clone(), true),
            _ => return Err(self.no_name()),
        };
        self.next();
        let call_at = self.position();
        if !quoted && !optional && self.take("(") {
            let arguments = self.arguments(")")?;
            return self.call(call_at, Some(operand), field, arguments);
        }
        let form = if optional { SelectForm::Optional } else { SelectForm::Plain };
        let below = operand.depth;
        self.node(at, ExprKind::Select { operand: Box::new(operand), field, quoted, form }, below)
    }

    fn call(&self, at: usize, target: Option<Expr>, function: Box<str>, arguments: Vec<Expr>) -> Result<Expr, Fault> {
        let below = arguments.iter().chain(&target).map(|expr| expr.depth).max().unwrap_or(0);
        let kind = macros::expand(at, target, function, arguments, self.binds)?;
        let below = if let ExprKind::Bind { value, body, .. } = &kind { value.depth.max(body.depth) } else { below };
        self.node(at, kind, below)
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Expr>, Fault> {
        let mut arguments = Vec::new();
        if self.take(end) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expr()?);
            if self.take(end) {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.position();
        if self.take("(") {
            let expr = self.expr()?;
            self.expect(")")?;
            return Ok(expr);
        }
        if self.take("[") {
            return self.list(at);
        }
        if self.take("{") {
            return self.map(at);
        }
        let absolute = self.take(".");
        if let Token::Ident(name) = self.peek() {
            let name = name.clone();
            return self.ident(self.position(), name, absolute);
        }
        if absolute {
            return Err(self.no_name());
        }
        self.literal(at)
    }

    fn ident(&mut self, at: usize, name: Box<str>, absolute: bool) -> Result<Expr, Fault> {
        let literal = match &*name {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" => Some(Literal::Null),
            "in" => return Err(self.unexpected()),
            _ => None,
        };
        self.next();
        let name = if absolute { format!(".{name}").into() } else { name };
        if let Some(literal) = literal {
            return self.node(at, ExprKind::Literal(literal), 0);
        }
        let call_at = self.position();
        if self.take("(") {
            let arguments = self.arguments(")")?;
            return self.call(call_at, None, name, arguments);
        }
        if RESERVED.contains(&name.trim_start_matches('.')) || &*name == "while" {
            return Err(Fault::new(at, format!("reserved identifier: {}", name.trim_start_matches('.'))));
        }
        self.node(at, ExprKind::Ident(name), 0)
    }

    fn literal(&mut self, at: usize) -> Result<Expr, Fault> {
        if matches!(self.peek(), Token::End | Token::Symbol(_) | Token::Quoted(_) | Token::Ident(_)) {
            return Err(self.no_operand());
        }
        let literal = match self.next() {
            Token::Int(value) => Literal::Int(i64::try_from(value).map_err(|_| Fault::new(at, "invalid int literal"))?),
            Token::Uint(value) => Literal::Uint(value),
            Token::Double(value) => Literal::Double(value),
            Token::String(value) => Literal::String(value),
            Token::Bytes(value) => Literal::Bytes(value.into()),
            Token::Ident(_) | Token::Quoted(_) | Token::Symbol(_) | Token::End => Literal::Null,
        };
        self.node(at, ExprKind::Literal(literal), 0)
    }

    fn list(&mut self, at: usize) -> Result<Expr, Fault> {
        let mut elements = Vec::new();
        while !self.take("]") {
            let optional = self.take("?");
            elements.push(Element { value: self.expr()?, optional });
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        let below = elements.iter().map(|element| element.value.depth).max().unwrap_or(0);
        self.node(at, ExprKind::List(elements), below)
    }

    fn map(&mut self, at: usize) -> Result<Expr, Fault> {
        let mut entries = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let key = self.expr()?;
            self.expect(":")?;
            entries.push(Entry { key, value: self.expr()?, optional });
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        let below = entries.iter().map(|entry| entry.key.depth.max(entry.value.depth)).max().unwrap_or(0);
        self.node(at, ExprKind::Map(entries), below)
    }

    fn message(&mut self, name: Box<str>, at: usize) -> Result<Expr, Fault> {
        let mut fields = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let at = self.position();
            let name = match self.next() {
                Token::Ident(name) | Token::Quoted(name) => name,
                token => return Err(Fault::new(at, format!("Syntax error: mismatched input '{}'", token.text()))),
            };
            self.expect(":")?;
            fields.push(Field { at, name, value: self.expr()?, optional });
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        let below = fields.iter().map(|field| field.value.depth).max().unwrap_or(0);
        self.node(at, ExprKind::Message { name, fields }, below)
    }
}

fn too_deep(at: usize, limit: u16) -> Fault {
    Fault::new(at, format!("expression recursion limit exceeded: {limit}"))
}

/// `a.b.c`, where `expr` is nothing but names.
pub(crate) fn qualified_name(expr: &Expr) -> Option<Box<str>> {
    match &expr.kind {
        ExprKind::Ident(name) => Some(name.clone()),
        ExprKind::Select { operand, field, quoted: false, form: SelectForm::Plain } => {
            Some(format!("{}.{field}", qualified_name(operand)?).into())
        }
        _ => None,
    }
}
