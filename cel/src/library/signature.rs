//! Signatures, read from a table of text.

use crate::types::{Opaque, Type};

const TABLE: &str = include_str!("signatures.txt");

/// One way to call a function.
#[derive(Debug)]
pub(crate) struct Overload {
    /// Called on its first argument.
    pub member: bool,
    /// How many type parameters it has.
    pub parameters: usize,
    pub arguments: Vec<Type>,
    pub result: Type,
}

/// Every line of the table: a name and an overload. A line `a|b(int) -> bool` is two.
pub(crate) fn signatures() -> impl Iterator<Item = (&'static str, Overload)> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(split).flat_map(|(receiver, names, arguments, result)| {
        names.split('|').filter_map(move |name| Some((name, overload(receiver, arguments, result)?)))
    })
}

/// Receiver, names, arguments, result.
fn split(line: &'static str) -> Option<(Option<&'static str>, &'static str, &'static str, &'static str)> {
    let (call, result) = line.split_once(" -> ")?;
    let (name, arguments) = call.strip_suffix(')')?.split_once('(')?;
    match name.rsplit_once('.') {
        Some((receiver, name)) if read(receiver).is_some() => Some((Some(receiver), name, arguments, result)),
        _ => Some((None, name, arguments, result)),
    }
}

fn overload(receiver: Option<&str>, arguments: &str, result: &str) -> Option<Overload> {
    let arguments: Vec<&str> = receiver.into_iter().chain(parts(arguments)).collect();
    let parameters = ["A", "B"].iter().filter(|name| arguments.iter().any(|argument| argument.contains(*name))).count();
    let arguments = arguments.into_iter().map(read).collect::<Option<Vec<Type>>>()?;
    let parameters = if arguments.is_empty() && result.contains('A') { 1 } else { parameters };
    Some(Overload { member: receiver.is_some(), parameters, arguments, result: read(result)? })
}

/// The parts between commas that stand in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn read(text: &str) -> Option<Type> {
    if let Some((name, inner)) = text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        let mut inner = parts(inner).into_iter().map(read);
        let first = inner.next()??;
        return Some(match name {
            "list" => Type::list(first),
            "map" => Type::map(first, inner.next()??),
            "optional" => Type::optional(first),
            "type" => Type::Type(first.into()),
            _ => return None,
        });
    }
    Some(match text {
        "A" => Type::Parameter(0),
        "B" => Type::Parameter(1),
        "dyn" => Type::Dyn,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        _ => Type::Opaque(opaque(text)?),
    })
}

fn opaque(text: &str) -> Option<Opaque> {
    Opaque::ALL.into_iter().find(|opaque| format!("{opaque:?}") == text)
}
