//! kubectl's JSONPath templates, as the page "JSONPath Support" describes them.

mod steps;
mod walk;

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::Value;

use steps::{Step, parse_steps, unquote};
pub(crate) use walk::shown;
use walk::{Found, walk};

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

impl Left {
    /// Whether one more may be looked at, also where nothing comes of it.
    fn look(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether there are none.
    const fn is_none(&self) -> bool {
        self.0.get() == 0
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

    /// The template filled in from `value`. What is not there is left out, as with kubectl's default.
    ///
    /// # Errors
    /// What of a value does not fit the template.
    pub fn render(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        render(&self.parts, &Cow::Borrowed(value), &Left(Cell::new(usize::MAX)), &mut out)?;
        Ok(out)
    }

    /// The values that the template's paths find; the first ones, where there are very many, and none of a path that does not fit.
    pub fn find<'a>(&self, value: &'a Value) -> Vec<Cow<'a, Value>> {
        let left = Left(Cell::new(MOST));
        let found = |part: &Part| -> Found<'a> {
            match part {
                Part::Path(steps) => walk(steps, &Cow::Borrowed(value), &left).unwrap_or_default(),
                _ => Vec::new(),
            }
        };
        self.parts.iter().flat_map(found).collect()
    }
}

#[allow(clippy::ptr_arg, reason = "what is found lives on with what was borrowed")]
fn render(parts: &[Part], here: &Cow<'_, Value>, left: &Left, out: &mut String) -> Result<(), String> {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Path(steps) => {
                let found: Vec<String> = walk(steps, here, left)?.iter().map(|value| shown(value)).collect();
                out.push_str(&found.join(" "));
            }
            Part::Range(steps, body) => {
                for item in walk(steps, here, left)? {
                    render(body, &item, left, out)?;
                }
            }
        }
    }
    Ok(())
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

    /// Held against each item, these would take minutes.
    #[test]
    fn what_is_looked_at_in_vain_counts() {
        let value = json!({"a": vec![0; 100_000]});
        let many = format!(".a[{}]", vec![":"; 10_000].join(","));
        for path in [format!("{many}..b"), format!("{many}[*].b"), format!("$['a'{}][?(@.b)]", ",'a'".repeat(10_000))] {
            assert!(JsonPath::parse_path(&path).unwrap().find(&value).is_empty());
        }
    }

    #[test]
    fn nesting_is_bounded_and_read_soon() {
        let filters = |depth: usize| format!(".a{}.b{}", "[?(@".repeat(depth), ")]".repeat(depth));
        let ranges = |depth: usize| format!("{}x{}", "{range .a[*]}".repeat(depth), "{end}".repeat(depth));
        assert!(JsonPath::parse(&ranges(NESTED)).is_ok());
        for depth in [NESTED + 1, 100_000] {
            assert!(JsonPath::parse(&ranges(depth)).unwrap_err().starts_with("more than 16 "));
        }
        // To upstream a filter ends with the first parenthesis that closes.
        assert!(JsonPath::parse(&filters(1)).is_ok() && JsonPath::parse(&filters(2)).is_err());
        assert!(JsonPath::parse_path(&filters(300_000)).is_err());
        assert!(JsonPath::parse_path(".a}{range .b").is_err());
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
            ("{.items[0].metadata.labels['app\\.io/x']}", "1"),
            ("{.items[0].metadata.labels['app.io/x']}", ""),
            ("{.items[0,1].n}", "1 2"),
            ("{.items[?(@.n>1)].metadata['name']}", "b"),
            ("{.items[0].conditions[0]}", "{\"status\":\"True\",\"type\":\"Ready\"}"),
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
