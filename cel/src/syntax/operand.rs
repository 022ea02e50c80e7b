//! Operands: literals, names, calls, lists, maps and messages, and what is selected of them.

use super::expr::{Element, Entry, Expr, ExprKind, Field, Literal, SelectForm};
use super::parser::Parser;
use super::token::Token;
use super::{Fault, macros};

/// Names that variables may not have.
pub(crate) const RESERVED: [&str; 17] = [
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
    "while",
];

impl Parser {
    pub(super) fn member(&mut self) -> Result<Expr, Fault> {
        let primary = self.primary()?;
        self.members(primary)
    }

    pub(super) fn members(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
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
        if RESERVED.contains(&name.trim_start_matches('.')) {
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
