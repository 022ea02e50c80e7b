//! Values as `encoding/json` writes them.

use serde_json::Value;

use super::json_number;

/// `value` with the keys of all objects in order, as Go writes maps.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(name, member)| (name.clone(), sorted(member))).collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            members.into_iter().collect()
        }
        other => other.clone(),
    }
}

/// `value` as `json.Marshal` writes it: signs of HTML are escaped. It is cut once it is longer than `most` bytes.
pub(crate) fn json(value: &Value, most: usize) -> String {
    let mut out = String::new();
    write(value, most, &mut out);
    out
}

fn write(value: &Value, most: usize, out: &mut String) {
    if out.len() > most {
        return;
    }
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate().take_while(|(at, _)| *at <= most) {
                out.push_str(if at == 0 { "" } else { "," });
                write(item, most, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (name, member)) in map.iter().enumerate().take_while(|(at, _)| *at <= most) {
                out.push_str(if at == 0 { "" } else { "," });
                escaped(name, out);
                out.push(':');
                write(member, most, out);
            }
            out.push('}');
        }
        Value::String(text) => escaped(text, out),
        Value::Number(float) if float.as_i64().is_none() => {
            out.push_str(&json_number(float.as_f64().unwrap_or_default()));
        }
        other => out.push_str(&other.to_string()),
    }
}

fn escaped(text: &str, out: &mut String) {
    for letter in Value::from(text).to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!(r"\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_go_writes_them() {
        let value = json!({"b": [1.0, 1e-7, 1], "a": "<&>"});
        assert_eq!(super::json(&sorted(&value), 100), r#"{"a":"\u003c\u0026\u003e","b":[1,1e-7,1]}"#);
        assert!(super::json(&json!(vec![0; 1000]), 100).len() < 200);
    }
}
