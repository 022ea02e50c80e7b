//! Values as Go prints them.

use serde_json::Value;

/// A number with a fraction as `%v` prints it: an exponent where it would be long.
pub(crate) fn number(number: f64) -> String {
    with_exponent(number, -4, 6)
}

/// `value` with the keys of all objects in order, as Go writes maps.
pub(crate) fn sorted(value: &Value) -> Value {
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
            out.push_str(&with_exponent(float.as_f64().unwrap_or_default(), -6, 21).replace("e-0", "e-"));
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

/// `number` in full where its exponent is in between the two, else with an exponent of at least two digits.
fn with_exponent(number: f64, least: i32, most: i32) -> String {
    let short = format!("{number:e}");
    let Some((digits, exponent)) = short.split_once('e') else { return short };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent < least || exponent >= most => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        for (float, shown) in [(1.0, "1"), (123_456.5, "123456.5"), (1e6, "1e+06"), (0.0001, "0.0001"), (1.5e-5, "1.5e-05")] {
            assert_eq!(number(float), shown);
        }
        let value = json!({"b": [1.0, 1e-7, 1], "a": "<&>"});
        assert_eq!(json(&sorted(&value), 100), r#"{"a":"\u003c\u0026\u003e","b":[1,1e-7,1]}"#);
        assert!(json(&json!(vec![0; 1000]), 100).len() < 200);
    }
}
