//! URLs, read as Go's `url.ParseRequestURI` reads them.

use std::sync::Arc;

use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Built, Inner, Key, List, Map, Text, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// A URL: absolute, or an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.chars().any(|c| c.is_ascii_control() || c == ' ') {
            return None;
        }
        let (before, query) = text.split_once('?').unwrap_or((text, ""));
        let (scheme, rest) = scheme(before);
        if scheme.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let valid = valid_host(host) && valid_escapes(path);
        let path = path.replace(['<', '>', '"', '{', '}', '|', '\\', '^', '`'], "");
        valid.then(|| Self { scheme: scheme.to_ascii_lowercase(), host: host.into(), path, query: query.into() })
    }

    /// The host without port and brackets.
    fn hostname(&self) -> &str {
        match self.host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => self.host.split_once(':').map_or(&*self.host, |(name, _)| name),
        }
    }

    fn port(&self) -> &str {
        let behind = self.host.rsplit_once(']').map_or(&*self.host, |(_, rest)| rest);
        behind.rsplit_once(':').map_or("", |(_, port)| port)
    }

    fn query(&self) -> Vec<(String, Vec<String>)> {
        let mut pairs: Vec<(String, Vec<String>)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (unescape(name), unescape(value)) else { continue };
            match pairs.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => pairs.push((name, vec![value])),
            }
        }
        pairs
    }
}

/// `https` of `https://…`, and the rest; nothing where there is no scheme.
fn scheme(text: &str) -> (&str, &str) {
    let legal = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    text.split_once(':').filter(|(name, _)| legal(name)).unwrap_or(("", text))
}

fn valid_host(host: &str) -> bool {
    let port =
        |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()));
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(address, rest)| !address.is_empty() && port(rest)),
        None => host.split_once(':').is_none_or(|(_, number)| number.bytes().all(|c| c.is_ascii_digit())),
    }
}

fn valid_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.get(..2).is_some_and(|code| code.bytes().all(|c| c.is_ascii_hexdigit())))
}

/// Text of a query, `+` and `%20` undone.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let code = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&code).ok()?, 16).ok()?);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

pub(super) fn url<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::String(text)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let fault = || format!("URL parse error during conversion from string: {}", told(text));
    let url = Url::parse(text).ok_or_else(|| EvaluationError::invalid(fault()))?;
    Ok(Value::inner(Inner::Url(Arc::new(url))))
}

pub(super) fn is_url<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(text)] => Ok(Value::Bool(Url::parse(text).is_some())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn part<'a>(values: &[Value<'a>], part: fn(&Url) -> &str) -> Outcome<'a> {
    match values {
        [Value::Opaque(foreign)] => match &foreign.0 {
            Inner::Url(url) => Ok(Value::text(part(url))),
            _ => Err(EvaluationError::NoSuchOverload),
        },
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn scheme_of<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |url| &url.scheme)
}

pub(super) fn host<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |url| &url.host)
}

pub(super) fn hostname<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, Url::hostname)
}

pub(super) fn port<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, Url::port)
}

pub(super) fn escaped_path<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    part(values, |url| &url.path)
}

pub(super) fn query<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::Opaque(foreign)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let Inner::Url(url) = &foreign.0 else { return Err(EvaluationError::NoSuchOverload) };
    let mut built = Built::default();
    for (name, list) in url.query() {
        let list: Vec<Value<'a>> = list.into_iter().map(Value::text).collect();
        built.entries.insert(Key::String(Text::from(name)), Value::List(List::from(list)));
    }
    Ok(Value::Map(Map::built(built)))
}

/// What is wrong with text that should be a URL.
pub(super) fn faults(text: &str) -> Vec<String> {
    if Url::parse(text).is_some() { Vec::new() } else { vec![told(text)] }
}

/// Why `text` is no URL, in the words of Go for the most common faults.
fn told(text: &str) -> String {
    let why = if text.is_empty() {
        "empty url"
    } else if text.chars().any(|c| c.is_ascii_control()) {
        "net/url: invalid control character in URL"
    } else if text.starts_with(':') {
        "missing protocol scheme"
    } else {
        "invalid URI for request"
    };
    format!("parse {text:?}: {why}")
}
