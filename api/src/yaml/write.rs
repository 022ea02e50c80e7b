//! Writes YAML as `kubectl -o yaml` prints it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::scalar::{Style, double_quoted, style};

/// `value` as one YAML document, keys sorted, ending in a newline.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => write_map(&mut out, members, 0),
        Value::Array(items) if !items.is_empty() => write_list(&mut out, items, 0),
        scalar => {
            write_scalar(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

fn write_map(out: &mut String, members: &Map<String, Value>, indent: usize) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| natural(a, b));
    for (at, (name, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            pad(out, indent);
        }
        write_key(out, name);
        write_member(out, value, indent);
    }
}

fn write_key(out: &mut String, name: &str) {
    match style(name) {
        Style::Literal => out.push_str(&double_quoted(name)),
        _ => write_text(out, name, 0),
    }
    out.push(':');
}

/// Behind a key: a list stands at the key's own indent, a map two further in.
fn write_member(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            pad(out, indent + 2);
            write_map(out, members, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            pad(out, indent);
            write_list(out, items, indent);
        }
        scalar => {
            out.push(' ');
            write_scalar(out, scalar, indent + 2);
            out.push('\n');
        }
    }
}

fn write_list(out: &mut String, items: &[Value], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(members) if !members.is_empty() => write_map(out, members, indent + 2),
            Value::Array(inner) if !inner.is_empty() => write_list(out, inner, indent + 2),
            scalar => {
                write_scalar(out, scalar, indent + 2);
                out.push('\n');
            }
        }
    }
}

fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) => write_text(out, text, indent),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        other => out.push_str(&other.to_string()),
    }
}

fn write_text(out: &mut String, text: &str, indent: usize) {
    match style(text) {
        Style::Plain => out.push_str(text),
        Style::Single => {
            out.push('\'');
            out.push_str(&text.replace('\'', "''"));
            out.push('\'');
        }
        Style::Double => out.push_str(&double_quoted(text)),
        Style::Literal => write_block(out, text, indent.max(2)),
    }
}

fn write_block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    match (text.ends_with("\n\n"), text.ends_with('\n')) {
        (true, _) => out.push('+'),
        (false, true) => {}
        (false, false) => out.push('-'),
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The order of Go's YAML library: numbers inside names by value, other signs before letters.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    let (rest_a, rest_b) = (a.get(at..).unwrap_or_default(), b.get(at..).unwrap_or_default());
    let is_letter = |rest: &[char]| rest.first().is_some_and(|letter| letter.is_alphabetic());
    match (is_letter(rest_a), is_letter(rest_b)) {
        (true, true) => rest_a.cmp(rest_b),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let number = |rest: &[char]| rest.iter().take_while(|letter| letter.is_ascii_digit()).collect::<String>();
            let (a, b) = (number(rest_a), number(rest_b));
            let value = |digits: &str| digits.parse::<u64>().unwrap_or_default();
            value(&a).cmp(&value(&b)).then(a.len().cmp(&b.len())).then_with(|| rest_a.cmp(rest_b))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Duplicates, read_one};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn objects_print_as_kubectl_prints_them() {
        let object = json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x", "on": "yes", "v": "1.0"}, "annotations": {"note": "one\ntwo\n"}},
            "spec": {"containers": [{"name": "c", "args": ["-x", "", "a: b", "* *", "1:30"], "env": []}], "nodeSelector": {}, "deadline": null, "n": 5}
        });
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    note: |\n      one\n      two\n  labels:\n    app.kubernetes.io/name: x\n    \
                    \"on\": \"yes\"\n    v: \"1.0\"\n  name: a\nspec:\n  containers:\n  - args:\n    - -x\n    - \"\"\n    - 'a: b'\n    - '* *'\n    - \"1:30\"\n    \
                    env: []\n    name: c\n  deadline: null\n  \"n\": 5\n  nodeSelector: {}\n";
        assert_eq!(write(&object), text);
    }

    #[test]
    fn keys_sort_as_in_go() {
        let mut names = ["b", "a10", "a2", "a-1", "A", "ab", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["A", "a", "a-1", "a2", "a10", "ab", "b"]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[ -~\\n\\t]{0,8}",
            "(~|null|yes|0x1f|1_000|1e3|2001-01-01|- a|a: b|<<|=| a\n b|\n|'|\"|#c|\\.inf|0o7|1:20|---|é\u{2028}|\r\n)",
            "[a-c0-9:.-]{0,5}"
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in any_json()) {
            let wrapped = json!({"v": value});
            let text = write(&wrapped);
            prop_assert_eq!(read_one(text.as_bytes(), Duplicates::Refuse).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?, wrapped, "{}", text);
        }
    }
}
