//! What is read inside the braces of a template.

use super::inside;

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Field(String),
    Any,
    Deep,
    /// From, to and pace.
    Slice([Option<i64>; 3]),
    /// One element: upstream's slice from here to the next one.
    Index(i64),
    Union(Vec<Vec<Step>>),
    Filter(Vec<Step>, Option<(String, Vec<Step>)>),
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A word that upstream reads and then does not know.
    Word(String),
}

/// Reads the steps of a path as client-go does; `depth` is the number of filters and unions around it.
///
/// # Errors
/// What of it cannot be read.
pub(super) fn parse_steps(text: &str, depth: usize) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            _ if rest.starts_with("[?(") => filter(rest, &mut steps, depth)?,
            _ if rest.starts_with("..") => deep(rest, &mut steps)?,
            '\n' | '\r' => return Err("unclosed action".into()),
            ' ' | '@' | '$' => after,
            '[' => array(after, &mut steps, depth)?,
            '"' | '\'' => quote(rest, first, &mut steps)?,
            '.' => field(after, &mut steps),
            '+' | '-' => number(rest, &mut steps)?,
            digit if digit.is_numeric() => number(rest, &mut steps)?,
            letter if letter == '_' || letter.is_alphabetic() => word(rest, &mut steps),
            other => return Err(format!("unrecognized character in action: U+{:04X} '{other}'", u32::from(other))),
        };
    }
    Ok(steps)
}

/// Whether a name ends before `letter`.
const fn ends(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn deep<'a>(text: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, String> {
    if steps.last() == Some(&Step::Deep) {
        return Err("invalid multiple recursive descent".into());
    }
    steps.push(Step::Deep);
    let rest = text.get(2..).unwrap_or_default();
    let named = rest.starts_with(|letter: char| letter == '_' || letter.is_alphanumeric());
    Ok(if named { field(rest, steps) } else { rest })
}

/// Reads a field's name; `\.` is a dot in it.
fn field<'a>(text: &'a str, steps: &mut Vec<Step>) -> &'a str {
    let mut letters = text.char_indices();
    let mut end = text.len();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            letter if ends(letter) => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (name, rest) = text.split_at(end);
    steps.push(if name == "*" { Step::Any } else { Step::Field(name.replace('\\', "")) });
    rest
}

fn word<'a>(text: &'a str, steps: &mut Vec<Step>) -> &'a str {
    let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    steps.push(match word {
        "true" => Step::Bool(true),
        "false" => Step::Bool(false),
        _ => Step::Word(word.into()),
    });
    rest
}

fn number<'a>(text: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, String> {
    let signs = usize::from(text.starts_with(['+', '-']));
    let digits = text.get(signs..).unwrap_or_default();
    let end = digits.find(|letter: char| letter != '.' && !letter.is_numeric()).unwrap_or(digits.len());
    let (number, rest) = text.split_at(signs + end);
    let read = number.parse().map(Step::Int).or_else(|_| number.parse().map(Step::Float));
    steps.push(read.map_err(|_| format!("cannot parse number {number}"))?);
    Ok(rest)
}

/// Reads what follows an opening bracket. Quotes do not hide a closing one from upstream.
fn array<'a>(text: &'a str, steps: &mut Vec<Step>, depth: usize) -> Result<&'a str, String> {
    let (inner, rest) = text.split_once(']').filter(|(inner, _)| !inner.contains('\n')).ok_or("unterminated array")?;
    if inner.contains(',') {
        let depth = inside(depth)?;
        let paths: Result<_, String> =
            inner.split(',').map(|one| parse_steps(&format!("[{}]", one.trim_matches(' ')), depth)).collect();
        steps.push(Step::Union(paths?));
        return Ok(rest);
    }
    let key = inner.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).filter(|key| !key.contains('\''));
    if let Some(key) = key {
        steps.extend(parse_steps(&format!(".{key}"), inside(depth)?)?);
        return Ok(rest);
    }
    steps.push(slice(if inner == "*" { ":" } else { inner })?);
    Ok(rest)
}

fn slice(text: &str) -> Result<Step, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let like = |part: &str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| like(part)) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |at: usize| match parts.get(at).copied().unwrap_or_default() {
        "" => Ok(None),
        part => part.parse().map(Some).map_err(|_| format!("array index {part} is not a number")),
    };
    match parts.len() {
        1 => Ok(Step::Index(number(0)?.unwrap_or_default())),
        _ => Ok(Step::Slice([number(0)?, number(1)?, number(2)?])),
    }
}

fn filter<'a>(text: &'a str, steps: &mut Vec<Step>, depth: usize) -> Result<&'a str, String> {
    let text = text.get(3..).unwrap_or_default();
    let (inner, rest) = text.split_at(filter_end(text)?);
    let rest = rest.strip_prefix(")]").ok_or("unclosed array expect ]")?;
    let depth = inside(depth)?;
    steps.push(match comparison(inner) {
        Some((left, operator, right)) => {
            Step::Filter(parse_steps(left, depth)?, Some((operator.to_owned(), parse_steps(right, depth)?)))
        }
        None => Step::Filter(parse_steps(inner, depth)?, None),
    });
    Ok(rest)
}

/// Where the parenthesis closes that a filter is in: behind the one quoted text that it may have.
fn filter_end(text: &str) -> Result<usize, String> {
    let (mut quote, mut closed, mut before) = (None, false, '\0');
    for (at, letter) in text.char_indices() {
        match letter {
            '\n' => break,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            letter if quote == Some(letter) && before != '\\' => closed = true,
            ')' if quote.is_some() == closed => return Ok(at),
            _ => {}
        }
        before = letter;
    }
    Err("unterminated filter".into())
}

/// The two sides of a comparison; `None` where there is none.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let sign = |letter: char| matches!(letter, '!' | '<' | '>' | '=');
    let from = text.find(sign).filter(|from| *from > 0)?;
    let behind = text.get(from..)?;
    let long = behind.find(|letter| !sign(letter)).unwrap_or(behind.len().saturating_sub(1));
    let (operator, right) = behind.split_at(long);
    (!operator.is_empty() && !right.is_empty()).then(|| (text.get(..from).unwrap_or_default(), operator, right))
}

fn quote<'a>(text: &'a str, sign: char, steps: &mut Vec<Step>) -> Result<&'a str, String> {
    let mut before = sign;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => break,
            letter if letter == sign && before != '\\' => {
                let (quoted, rest) = text.split_at(at + 1);
                steps.push(Step::Text(unquote(quoted)?));
                return Ok(rest);
            }
            _ => before = letter,
        }
    }
    Err("unterminated quoted string".into())
}

/// The text between two quotes, with what its escapes stand for.
pub(super) fn unquote(text: &str) -> Result<String, String> {
    let wrong = || format!("unquote string {text} error invalid syntax");
    let inner = text.get(1..text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        out.push(match (letter, letter == '\\') {
            (letter, false) => letter,
            (_, true) => match letters.next().ok_or_else(wrong)? {
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                'x' => code(&mut letters, 2).ok_or_else(wrong)?,
                'u' => code(&mut letters, 4).ok_or_else(wrong)?,
                'U' => code(&mut letters, 8).ok_or_else(wrong)?,
                sign @ ('\\' | '"' | '\'') => sign,
                _ => return Err(wrong()),
            },
        });
    }
    Ok(out)
}

fn code(letters: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text = letters.as_str().get(..digits)?;
    letters.nth(digits - 1)?;
    char::from_u32(u32::from_str_radix(text, 16).ok()?)
}
