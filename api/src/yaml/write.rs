//! Writes YAML as `kubectl -o yaml` prints it.

use serde_json::{Number, Value};

use super::lines::Lines;
use super::order::sorted;
use super::scalar::{is_simple_name, name_style, style};
use crate::go::number;

/// `value` as one YAML document, keys sorted, ending in a newline.
pub fn write(value: &Value) -> String {
    let mut lines = Lines::new();
    write_value(&mut lines, value, None, false);
    lines.finish()
}

/// Writes what stands at `indent`, `behind` a name or elsewhere.
fn write_value(lines: &mut Lines, value: &Value, indent: Option<usize>, behind: bool) {
    let inner = indent.map_or(0, |indent| indent + 2);
    match value {
        Value::Object(members) if members.is_empty() => lines.word("{}"),
        Value::Array(items) if items.is_empty() => lines.word("[]"),
        Value::Object(members) => {
            for (name, value) in sorted(members) {
                lines.go_to(inner);
                write_name(lines, name, inner);
                write_value(lines, value, Some(inner), true);
            }
        }
        Value::Array(items) => {
            // A list stands at the indent of its name.
            let inner = indent.filter(|_| behind && !lines.fresh).unwrap_or(inner);
            for item in items {
                lines.go_to(inner);
                lines.nest('-');
                write_value(lines, item, Some(inner), false);
            }
        }
        Value::String(text) => lines.text(text, style(text), Some(inner.max(2))),
        Value::Number(number) => lines.word(&written(number)),
        Value::Null | Value::Bool(_) => lines.word(&value.to_string()),
    }
}

fn write_name(lines: &mut Lines, name: &str, indent: usize) {
    if is_simple_name(name) {
        lines.text(name, name_style(name), None);
        return lines.colon();
    }
    lines.nest('?');
    lines.text(name, style(name), Some(indent + 2));
    lines.go_to(indent);
    lines.nest(':');
}

/// Whole numbers in full as far as 64 bits reach.
fn written(value: &Number) -> String {
    match value.as_f64().filter(|_| value.is_f64()) {
        // Nought has no sign.
        Some(float) if float.fract() == 0.0 && (-9.2e18..1.8e19).contains(&float) => (float + 0.0).to_string(),
        Some(float) => number(float),
        None => value.to_string(),
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
