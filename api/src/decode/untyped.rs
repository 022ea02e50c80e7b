//! Values without a schema: kept as they are, with an eye on duplicate keys.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::context::{MAX_COMPLAINTS, shown};

/// One value; the paths of the first duplicate keys in it are added to the list.
pub(super) struct Untyped<'a>(pub &'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Untyped<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Puts `step` before the paths found since there were `from` of them.
fn prefix(paths: &mut [String], from: usize, step: &str) {
    for path in paths.iter_mut().skip(from) {
        let dot = if path.starts_with('[') { "" } else { "." };
        path.insert_str(0, dot);
        path.insert_str(0, step);
    }
}

impl<'de> Visitor<'de> for Untyped<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        // Go clients write -0.0 as -0, which is read as 0.
        let number = if number == 0.0 && number.is_sign_negative() { Some(0.into()) } else { Number::from_f64(number) };
        Ok(number.map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(64));
        loop {
            let from = self.0.len();
            let Some(item) = access.next_element_seed(Untyped(&mut *self.0))? else { return Ok(Value::Array(items)) };
            prefix(self.0, from, &format!("[{}]", items.len()));
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if self.0.len() < MAX_COMPLAINTS && map.contains_key(&key) {
                self.0.push(shown(&key).to_owned());
            }
            let from = self.0.len();
            let value = access.next_value_seed(Untyped(&mut *self.0))?;
            prefix(self.0, from, shown(&key));
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
