//! kubectl's JSONPath templates, as the page "JSONPath Support" describes them.

use std::cell::Cell;

use serde_json::Value;

/// Values that the steps of one [`JsonPath::find`] may come to. A short path of many `..` comes to more than there is time for.
const MOST: usize = 20_000;

/// Ranges and filters that may be inside one another. Definitions of others bring paths, which are read again at every start.
const NESTED: usize = 16;

/// How many values may still be come to.
struct Left(Cell<usize>);

impl Left {
    /// As many of `found` as may still be come to.
    fn of<T>(&self, mut found: Vec<T>) -> Vec<T> {
        found.truncate(self.0.get());
        self.0.set(self.0.get() - found.len());
        found
    }
}

/// A parsed template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonPath {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Any,
    Deep,
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    Fields(Vec<String>),
    Filter(Vec<Step>, Option<(String, Operand)>),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(Vec<Step>),
}

impl JsonPath {
    /// Reads a template such as `{.items[*].metadata.name}` or `{range .items[*]}{.x}{"\n"}{end}`; a template without braces
    /// is one path.
    ///
    /// # Errors
    /// What of the template cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template = if text.contains('{') {
            text.to_owned()
        } else {
            format!("{{{}{text}}}", if text.starts_with('.') { "" } else { "." })
        };
        let mut rest = template.as_str();
        let parts = parse_parts(&mut rest, 0)?;
        Ok(Self { parts })
    }

    /// Reads one path, as printer columns have it: `.spec.replicas`.
    ///
    /// # Errors
    /// What of the path cannot be read.
    pub fn parse_path(text: &str) -> Result<Self, String> {
        Ok(Self { parts: vec![Part::Path(parse_steps(text, 0)?)] })
    }

    /// The template filled in from `value`.
    ///
    /// # Errors
    /// None today: what is not there is left out, as with kubectl's default.
    pub fn render(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        render(&self.parts, value, value, &Left(Cell::new(usize::MAX)), &mut out);
        Ok(out)
    }

    /// The values that the template's paths find; the first ones, where there are very many.
    pub fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let left = Left(Cell::new(MOST));
        self.parts
            .iter()
            .flat_map(|part| match part {
                Part::Path(steps) => walk(steps, value, value, &left),
                _ => Vec::new(),
            })
            .collect()
    }
}

fn render(parts: &[Part], root: &Value, here: &Value, left: &Left, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Path(steps) => {
                let found: Vec<String> = walk(steps, root, here, left).into_iter().map(shown).collect();
                out.push_str(&found.join(" "));
            }
            Part::Range(steps, body) => {
                for item in walk(steps, root, here, left) {
                    render(body, root, item, left, out);
                }
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn walk<'a>(steps: &[Step], root: &'a Value, here: &'a Value, left: &Left) -> Vec<&'a Value> {
    let mut found = vec![here];
    for step in steps {
        if found.is_empty() {
            break;
        }
        found = found.into_iter().flat_map(|value| left.of(take(step, root, value, left))).collect();
    }
    found
}

fn take<'a>(step: &Step, root: &'a Value, value: &'a Value, left: &Left) -> Vec<&'a Value> {
    let items = || value.as_array().map(Vec::as_slice).unwrap_or_default();
    match step {
        Step::Field(name) if name == "$" => vec![root],
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Fields(names) => names.iter().filter_map(|name| value.get(name)).collect(),
        Step::Any => children(value),
        Step::Deep if left.0.get() == 0 => Vec::new(),
        Step::Deep => descendants(value),
        Step::Index(at) => at_index(items(), *at).into_iter().collect(),
        Step::Slice(from, to, step) => slice(items(), *from, *to, *step),
        Step::Filter(path, test) => items().iter().filter(|item| holds(path, test.as_ref(), root, item, left)).collect(),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn descendants(value: &Value) -> Vec<&Value> {
    let mut found = vec![value];
    for child in children(value) {
        found.extend(descendants(child));
    }
    found
}

fn at_index(items: &[Value], at: i64) -> Option<&Value> {
    let length = i64::try_from(items.len()).ok()?;
    let at = if at < 0 { at + length } else { at };
    items.get(usize::try_from(at).ok()?)
}

fn slice(items: &[Value], from: Option<i64>, to: Option<i64>, step: i64) -> Vec<&Value> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = |at: i64| usize::try_from(if at < 0 { at + length } else { at }.clamp(0, length)).unwrap_or_default();
    let (from, to) = (place(from.unwrap_or(0)), place(to.unwrap_or(length)));
    items.get(from..to.max(from)).unwrap_or_default().iter().step_by(usize::try_from(step).unwrap_or(1).max(1)).collect()
}

fn holds(path: &[Step], test: Option<&(String, Operand)>, root: &Value, item: &Value, left: &Left) -> bool {
    let found = walk(path, root, item, left);
    let Some((operator, right)) = test else { return !found.is_empty() };
    let Some(first) = found.first() else { return false };
    let right = match right {
        Operand::Literal(value) => value,
        Operand::Path(steps) => match walk(steps, root, item, left).first() {
            Some(value) => *value,
            None => return false,
        },
    };
    let order = match (first.as_f64(), right.as_f64()) {
        (Some(first), Some(right)) => first.partial_cmp(&right),
        _ => Some(shown(first).cmp(&shown(right))),
    };
    match operator.as_str() {
        "==" => order.is_some_and(std::cmp::Ordering::is_eq),
        "!=" => !order.is_some_and(std::cmp::Ordering::is_eq),
        "<" => order.is_some_and(std::cmp::Ordering::is_lt),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        ">" => order.is_some_and(std::cmp::Ordering::is_gt),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

/// One level deeper, if there may be one.
fn inside(depth: usize) -> Result<usize, String> {
    if depth < NESTED { Ok(depth + 1) } else { Err(format!("more than {NESTED} ranges or filters inside one another")) }
}

/// Reads parts up to the end of the range that they are in; `depth` is the number of ranges around them.
fn parse_parts(rest: &mut &str, depth: usize) -> Result<Vec<Part>, String> {
    let is_inside = depth > 0;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        let Some(after) = after.strip_prefix('{') else { break };
        let end = closing(after, '}').ok_or("unclosed action")?;
        let (inner, after) = (after.get(..end).unwrap_or_default().trim(), after.get(end + 1..).unwrap_or_default());
        *rest = after;
        if inner == "end" {
            return if is_inside { Ok(parts) } else { Err("not in range, nothing to end".into()) };
        }
        match inner.strip_prefix("range ") {
            Some(path) => {
                let steps = parse_steps(path.trim(), 0)?;
                parts.push(Part::Range(steps, parse_parts(rest, inside(depth)?)?));
            }
            None if inner.starts_with(['"', '\'']) => parts.push(Part::Text(unquote(inner)?)),
            None => parts.push(Part::Path(parse_steps(inner, 0)?)),
        }
    }
    if is_inside { Err("unclosed range".into()) } else { Ok(parts) }
}

/// Where `sign` closes what is open at the start of `text`; quotes and brackets inside are skipped.
fn closing(text: &str, sign: char) -> Option<usize> {
    let (mut quote, mut depth, mut escaped) = (None, 0, false);
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            _ if escaped => escaped = false,
            ('\\', _) => escaped = true,
            (letter, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(letter),
            (letter, None) if letter == sign && depth == 0 => return Some(at),
            ('[' | '(', None) => depth += 1,
            (']' | ')', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

fn unquote(text: &str) -> Result<String, String> {
    let inner = text.get(1..text.len().saturating_sub(1)).ok_or("unterminated quoted string")?;
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => return Err("unterminated quoted string".into()),
            },
            (letter, false) => out.push(letter),
        }
    }
    Ok(out)
}

/// Reads the steps of a path; `depth` is the number of filters around it.
fn parse_steps(text: &str, depth: usize) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix(['$', '@']).unwrap_or(text);
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push(Step::Deep);
            rest = after;
            if !rest.starts_with('[') {
                rest = field(rest, &mut steps);
            }
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = if after.starts_with('[') { after } else { field(after, &mut steps) };
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = closing(after, ']').ok_or("unterminated array")?;
            steps.push(bracket(after.get(..end).unwrap_or_default().trim(), depth)?);
            rest = after.get(end + 1..).unwrap_or_default();
        } else if first.is_alphabetic() && steps.is_empty() {
            rest = field(rest, &mut steps);
        } else {
            return Err(format!("unrecognized character in action: {first:?}"));
        }
    }
    Ok(steps)
}

/// Reads a field's name; `\.` is a dot in it.
fn field<'a>(text: &'a str, steps: &mut Vec<Step>) -> &'a str {
    let mut name = String::new();
    let mut letters = text.char_indices();
    let mut end = text.len();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            '.' | '[' => {
                end = at;
                break;
            }
            letter => name.push(letter),
        }
    }
    match name.as_str() {
        "" => {}
        "*" => steps.push(Step::Any),
        _ => steps.push(Step::Field(name)),
    }
    text.get(end..).unwrap_or_default()
}

fn bracket(inner: &str, depth: usize) -> Result<Step, String> {
    if inner == "*" {
        return Ok(Step::Any);
    }
    if let Some(filter) = inner.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        return parse_filter(filter, inside(depth)?);
    }
    if inner.starts_with(['"', '\'']) {
        let names: Result<Vec<String>, String> = inner.split(',').map(|name| unquote(name.trim())).collect();
        return names.map(Step::Fields);
    }
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("invalid array index {inner}")),
    };
    let parts: Vec<&str> = inner.split(':').collect();
    match parts.as_slice() {
        [one] => number(one)?.map(Step::Index).ok_or_else(|| "invalid array index".into()),
        [from, to] => Ok(Step::Slice(number(from)?, number(to)?, 1)),
        [from, to, step] => Ok(Step::Slice(number(from)?, number(to)?, number(step)?.unwrap_or(1))),
        _ => Err(format!("invalid array index {inner}")),
    }
}

fn parse_filter(filter: &str, depth: usize) -> Result<Step, String> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = filter.split_once(operator) {
            let test = (operator.to_owned(), operand(right.trim(), depth)?);
            return Ok(Step::Filter(parse_steps(left.trim(), depth)?, Some(test)));
        }
    }
    Ok(Step::Filter(parse_steps(filter.trim(), depth)?, None))
}

fn operand(text: &str, depth: usize) -> Result<Operand, String> {
    if text.starts_with(['"', '\'']) {
        return unquote(text).map(|text| Operand::Literal(text.into()));
    }
    match serde_json::from_str(text) {
        Ok(literal) => Ok(Operand::Literal(literal)),
        Err(_) => parse_steps(text, depth).map(Operand::Path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(template: &str) -> String {
        let value = json!({"items": [
            {"metadata": {"name": "a", "labels": {"app.io/x": "1"}}, "n": 1, "conditions": [{"type": "Ready", "status": "True"}]},
            {"metadata": {"name": "b"}, "n": 2}
        ]});
        JsonPath::parse(template).unwrap().render(&value).unwrap()
    }

    /// Found by fuzzing.
    #[test]
    fn a_path_of_dots_alone_ends() {
        let value = json!({"items": vec![json!({"a": {"b": [1, 2, 3]}}); 20]});
        for path in [".".repeat(60), format!("{{{}}}", "[*,*]".repeat(40)), format!("{{.items[?(@{})]}}", "..".repeat(30))] {
            let Ok(path) = JsonPath::parse(&path) else { continue };
            assert!(path.find(&value).len() <= MOST);
        }
        assert_eq!(JsonPath::parse("{..b}").unwrap().find(&value).len(), 20);
    }

    #[test]
    fn nesting_is_bounded_and_read_soon() {
        let filters = |depth: usize| format!(".a{}.b{}", "[?(@".repeat(depth), ")]".repeat(depth));
        let ranges = |depth: usize| format!("{}x{}", "{range .a[*]}".repeat(depth), "{end}".repeat(depth));
        for (make, wide) in [(&filters as &dyn Fn(usize) -> String, 300_000), (&ranges, 100_000)] {
            assert!(JsonPath::parse(&make(NESTED)).is_ok());
            for depth in [NESTED + 1, wide] {
                assert!(JsonPath::parse(&make(depth)).unwrap_err().starts_with("more than 16 "));
            }
        }
        assert!(JsonPath::parse_path(&filters(300_000)).is_err());
        assert!(JsonPath::parse_path(".a}{range .b").unwrap().find(&json!({"a": {"b": 1}})).is_empty());
        assert!(JsonPath::parse(&"[?(@".repeat(300_000)).is_err());
    }

    #[test]
    fn templates_render_as_in_kubectl() {
        let pairs = [
            ("{.items[*].metadata.name}", "a b"),
            (".items[0].metadata.name", "a"),
            ("{.items[-1].n}", "2"),
            ("{.items[0:1].n}", "1"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}", "a\t1\nb\t2\n"),
            ("{.items[?(@.n==2)].metadata.name}", "b"),
            ("{.items[*].conditions[?(@.type==\"Ready\")].status}", "True"),
            ("{.items[0].metadata.labels.app\\.io/x}", "1"),
            ("{.items[0].metadata.labels['app.io/x']}", "1"),
            ("{..name}", "a b"),
            ("n={.items[1].n};", "n=2;"),
            ("{.missing}", ""),
            ("{.items[?(@.conditions)].n}", "1"),
        ];
        for (template, text) in pairs {
            assert_eq!(rendered(template), text, "{template}");
        }
    }

    #[test]
    fn bad_templates_are_refused() {
        for template in ["{.a", "{range .a}{.b}", "{end}", "{.a[x]}", "{%}"] {
            assert!(JsonPath::parse(template).is_err(), "{template}");
        }
    }
}
