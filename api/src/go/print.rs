//! Values as `fmt` prints them.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{number, quoted};

/// A value as `%v` prints it: `map[spec:map[replicas:two]]`.
pub fn printed(value: &Value) -> String {
    let mut out = String::new();
    print(value, &mut out);
    out
}

fn print(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            out.push('[');
            apart(items, " ", out, print);
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str("map[");
            apart(by_name(map), " ", out, |(name, value), out| {
                out.extend([name, ":"]);
                print(value, out);
            });
            out.push(']');
        }
        scalar => print_scalar(scalar, out),
    }
}

/// A value as `%#v` prints it, which is how it stands in source code: `map[string]interface {}{"a":1}`.
pub(crate) fn source(value: &Value) -> String {
    let mut out = String::new();
    print_source(value, &mut out);
    out
}

fn print_source(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("interface {}(nil)"),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Array(items) => {
            out.push_str("[]interface {}{");
            apart(items, ", ", out, print_source);
            out.push('}');
        }
        Value::Object(map) => {
            out.push_str("map[string]interface {}{");
            apart(by_name(map), ", ", out, |(name, value), out| {
                out.extend([&quoted(name), ":"]);
                print_source(value, out);
            });
            out.push('}');
        }
        scalar => print_scalar(scalar, out),
    }
}

fn print_scalar(scalar: &Value, out: &mut String) {
    match scalar {
        Value::Number(float) if float.as_i64().is_none() => out.push_str(&number(float.as_f64().unwrap_or_default())),
        // Writing to a string cannot fail.
        other => drop(write!(out, "{other}")),
    }
}

fn by_name(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members
}

fn apart<T>(parts: impl IntoIterator<Item = T>, between: &str, out: &mut String, print: impl Fn(T, &mut String)) {
    for (at, part) in parts.into_iter().enumerate() {
        out.push_str(if at > 0 { between } else { "" });
        print(part, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let value = json!({"spec": {"replicas": "two", "paused": null}, "a": [1, true, {"b": 1.5, "b-": 1e6}]});
        assert_eq!(printed(&value), "map[a:[1 true map[b:1.5 b-:1e+06]] spec:map[paused:<nil> replicas:two]]");
        let shown = r#"map[string]interface {}{"a":[]interface {}{1, "x"}, "n":interface {}(nil)}"#;
        assert_eq!(source(&json!({"n": null, "a": [1, "x"]})), shown);
    }
}
