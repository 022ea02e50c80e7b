//! Reads the text form of label selectors, as the API page "Labels and Selectors" gives it.

use super::SelectorError;
use super::lexer::{Token, tokens};
use super::requirement::{Operator, Requirement, check_key};

/// Reads every requirement of `text`.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.peek() {
            Token::End => return Ok(requirements),
            Token::Word(_) | Token::Sign("!") => {}
            other => return Err(syntax(other, "!, identifier, or 'end of string'")),
        }
        requirements.push(parser.requirement().map_err(SelectorError::Requirement)?);
        match parser.next() {
            Token::End => return Ok(requirements),
            Token::Sign(",") => match parser.peek() {
                Token::Word(_) | Token::Sign("!") => {}
                other => return Err(syntax(other, "identifier after ','")),
            },
            other => return Err(syntax(other, "',' or 'end of string'")),
        }
    }
}

fn syntax(found: Token<'_>, expected: &str) -> SelectorError {
    SelectorError::Syntax(unexpected(found, expected))
}

fn unexpected(found: Token<'_>, expected: &str) -> String {
    format!("found '{}', expected: {expected}", found.text())
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.at).copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == Token::Sign("!");
        if absent {
            self.next();
        }
        let key = self.word()?;
        check_key(key, "<nil>")?;
        if absent {
            return Requirement::new(key, Operator::DoesNotExist, Vec::new());
        }
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Requirement::new(key, Operator::Exists, Vec::new());
        }
        let sign = self.next();
        let operator = match sign {
            Token::Word("in") | Token::Sign("=" | "==") => Operator::In,
            Token::Word("notin") | Token::Sign("!=") => Operator::NotIn,
            Token::Sign(">") => Operator::GreaterThan,
            Token::Sign("<") => Operator::LessThan,
            other => return Err(unexpected(other, "in, notin, =, ==, !=, gt, lt")),
        };
        let exact = matches!(sign, Token::Sign(_));
        let values = if exact { vec![self.exact_value()?] } else { self.values()? };
        Ok(Requirement { exact, ..Requirement::new(key, operator, values)? })
    }

    fn word(&mut self) -> Result<&'a str, String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            other => Err(unexpected(other, "identifier")),
        }
    }

    fn exact_value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Sign(",") => Ok(String::new()),
            _ => self.word().map(str::to_owned),
        }
    }

    /// A list in parentheses; between two commas, a comma and a parenthesis, or nothing but parentheses, stands an empty value.
    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                Token::Word(word) => {
                    values.push(word.to_owned());
                    self.next();
                }
                Token::Sign("," | ")") => values.push(String::new()),
                other => return Err(unexpected(other, "',', ')' or identifier")),
            }
            match self.next() {
                Token::Sign(",") => {}
                Token::Sign(")") => return Ok(values),
                other => return Err(unexpected(other, "',' or ')'")),
            }
        }
    }
}
