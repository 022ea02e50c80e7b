//! The pass over a body: data and schema side by side.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::context::{Context, Step};
use super::either::{Either, is_either};
use super::go_type::go_type;
use super::scalar::{Misfit, Token, zero};
use super::untyped::Untyped;
use super::weight::is_compiled;
use crate::schema::{self, List, Object, Scalar, Schema};

/// One value where `schema` is expected. Gives `None` for null.
pub(super) struct Walk<'s, 'c> {
    /// What is expected.
    pub schema: &'s Schema,
    /// What is gathered.
    pub context: &'c mut Context<'s>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.schema {
            Schema::Scalar(Scalar::Any | Scalar::Open) => {
                Value::deserialize(deserializer).map(|value| Some(value).filter(|value| !value.is_null()))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'s> Walk<'s, '_> {
    /// One scalar.
    fn token<E: Error>(self, token: Token) -> Result<Option<Value>, E> {
        let Schema::Scalar(scalar) = self.schema else { return Err(self.wrong_type(&token.describe())) };
        match token.fit(*scalar) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_null())),
            Err(Misfit::Type(found)) => Err(self.wrong_type(&found)),
            Err(Misfit::Text(why)) => Err(self.fault(why)),
        }
    }

    fn wrong_type<E: Error>(self, found: &str) -> E {
        let place = self.context.go_place();
        let wanted = go_type(self.schema);
        self.fault(format!("json: cannot unmarshal {found} into Go {place} of type {wanted}"))
    }

    /// Ends the pass; the fault is kept aside, for the parser would add its position to the words.
    fn fault<E: Error>(self, why: String) -> E {
        let error = E::custom(&why);
        self.context.fault = Some(why);
        error
    }

    /// The end of the pass, where there is too much of something.
    fn bounded<E: Error>(&mut self) -> Result<(), E> {
        let Some(why) = self.context.excess() else { return Ok(()) };
        self.context.fault = Some(why.to_owned());
        Err(E::custom(why))
    }

    fn inner<'c>(context: &'c mut Context<'s>, schema: &'s Schema) -> Walk<'s, 'c> {
        Walk { schema, context }
    }

    fn items<'de, A: SeqAccess<'de>>(self, list: &'s List, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(64));
        loop {
            self.context.path.push(Step::Item(items.len()));
            let item = access.next_element_seed(Self::inner(self.context, &list.items))?;
            self.context.path.pop();
            match item {
                Some(item) => items.push(item.unwrap_or_else(|| zero_of(&list.items))),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn entries<'de, A: MapAccess<'de>>(mut self, map: &'s schema::Map, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if entries.contains_key(&key) {
                self.context.complain("duplicate", &key);
                self.bounded()?;
            }
            self.context.path.push(Step::Key(key.clone()));
            let value = access.next_value_seed(Self::inner(self.context, &map.values))?;
            self.context.path.pop();
            entries.insert(key, value.unwrap_or_else(|| zero_of(&map.values)));
        }
        Ok(Value::Object(entries))
    }

    fn fields<'de, A: MapAccess<'de>>(mut self, object: &'s Object, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        let outer = self.context.holder;
        while let Some(key) = access.next_key::<String>()? {
            if fields.contains_key(&key) {
                self.context.complain("duplicate", &key);
                self.bounded()?;
            }
            match object.field(&key) {
                Some(field) => {
                    self.context.holder = &object.name;
                    self.context.path.push(Step::Field(&field.name));
                    let value = match is_either(object, field) {
                        true => {
                            access.next_value_seed(Either { name: &field.name, within: &object.name, context: self.context })?
                        }
                        false => access.next_value_seed(Self::inner(self.context, &field.schema))?,
                    };
                    self.context.path.pop();
                    if let Some(Value::String(text)) = &value
                        && is_compiled(&key)
                        && !object.name.is_empty()
                    {
                        self.context.weigh(text);
                        self.bounded()?;
                    }
                    match value.filter(|value| !field.says_nothing(value)) {
                        Some(value) => fields.insert(key, value),
                        None => fields.shift_remove(&key),
                    };
                }
                None if object.preserve_unknown => {
                    let mut duplicates = Vec::new();
                    let value = access.next_value_seed(Untyped(&mut duplicates))?;
                    self.context.complain_inside(&key, &duplicates);
                    fields.insert(key, value);
                }
                None => {
                    self.context.complain("unknown", &key);
                    self.bounded()?;
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.context.holder = outer;
        Ok(Value::Object(fields))
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&go_type(self.schema))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        self.token(Token::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.token(Token::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.token(i64::try_from(number).map_or(Token::Uint(number), Token::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        self.token(Token::Float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.token(Token::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        self.token(Token::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        match self.schema {
            Schema::List(list) => self.items(list, access).map(Some),
            _ => Err(self.wrong_type("array")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        match self.schema {
            Schema::Object(object) => self.fields(object, access).map(Some),
            Schema::Map(map) => self.entries(map, access).map(Some),
            _ => Err(self.wrong_type("object")),
        }
    }
}

/// What null stands for inside lists and maps.
fn zero_of(schema: &Schema) -> Value {
    match schema {
        Schema::Object(_) | Schema::Map(_) => Value::Object(Map::new()),
        Schema::List(_) => Value::Array(Vec::new()),
        Schema::Scalar(scalar) => zero(*scalar),
    }
}
