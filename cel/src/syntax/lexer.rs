use super::Fault;
use super::literal;
use super::token::Token;

/// Signs, longer ones first.
const SYMBOLS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}",
];

/// Splits source into tokens, each with the byte where it begins.
pub(crate) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::with_capacity(source.len() / 4 + 1);
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push((token, start));
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let length = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        if let Some((token, length)) = literal::string(self.rest()).map_err(|(at, message)| Fault::new(self.at + at, message))? {
            self.at += length;
            return Ok(token);
        }
        let digit_next = self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        match first {
            '_' | 'a'..='z' | 'A'..='Z' => Ok(Token::Ident(self.take_while(|c| c == '_' || c.is_ascii_alphanumeric()).into())),
            '0'..='9' => self.number(),
            '.' if digit_next => self.number(),
            '`' => self.quoted(),
            _ => self.symbol(first),
        }
    }

    fn symbol(&mut self, first: char) -> Result<Token, Fault> {
        let symbol = SYMBOLS.into_iter().find(|symbol| self.rest().starts_with(symbol));
        let symbol = symbol.ok_or_else(|| Fault::new(self.at, format!("Syntax error: token recognition error at: '{first}'")))?;
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }

    fn quoted(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' '));
        if name.is_empty() || !self.rest().starts_with('`') {
            return Err(Fault::new(start, "Syntax error: token recognition error at: '`'"));
        }
        self.at += 1;
        Ok(Token::Quoted(name.into()))
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            return self.whole(digits, 16, start);
        }
        self.take_while(|c| c.is_ascii_digit());
        let whole = !self.fraction() & !self.exponent();
        let text = self.source.get(start..self.at).unwrap_or_default();
        if whole {
            return self.whole(text, 10, start);
        }
        let value: Option<f64> = text.parse().ok().filter(|value: &f64| value.is_finite());
        value.map(Token::Double).ok_or_else(|| Fault::new(start, "invalid double literal"))
    }

    fn whole(&mut self, digits: &str, radix: u32, start: usize) -> Result<Token, Fault> {
        let unsigned = self.rest().starts_with(['u', 'U']);
        self.at += usize::from(unsigned);
        let kind = if unsigned { "uint" } else { "int" };
        let value = u64::from_str_radix(digits, radix).map_err(|_| Fault::new(start, format!("invalid {kind} literal")))?;
        Ok(if unsigned { Token::Uint(value) } else { Token::Int(value) })
    }

    /// Takes `.5`, but not the dot of `1.size()`.
    fn fraction(&mut self) -> bool {
        let found = self.rest().starts_with('.') && self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        if found {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        found
    }

    fn exponent(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix(['e', 'E']) else { return false };
        let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let found = digits.starts_with(|c: char| c.is_ascii_digit());
        if found {
            self.at = self.source.len() - digits.len();
            self.take_while(|c| c.is_ascii_digit());
        }
        found
    }
}
