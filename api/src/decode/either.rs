//! Fields of JSON schemas that are one of several things: a schema, or a list of them, or a flag.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::context::Context;
use super::walk::Walk;
use crate::schema::{Field, Object, Scalar, Schema, definition};

/// Whether `field` of `object` is one of several things.
pub(super) fn is_either(object: &Object, field: &Field) -> bool {
    matches!(&*field.schema, Schema::Scalar(Scalar::Any))
        && matches!(&*field.name, "items" | "additionalProperties" | "additionalItems")
        && object.name.ends_with(".JSONSchemaProps")
}

/// The value of such a field. Upstream reads it by itself: what it does not know of it is dropped without a word.
pub(super) struct Either<'s, 'c> {
    /// The name of the field.
    pub name: &'s str,
    /// The name of the schema's own definition.
    pub within: &'s str,
    /// What is gathered.
    pub context: &'c mut Context<'s>,
}

impl<'de> DeserializeSeed<'de> for Either<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'s> Either<'s, '_> {
    /// A schema has no other form than these: a list is taken for none where it may not be one.
    fn neither<E: Error>(self) -> Result<Option<Value>, E> {
        if self.name == "items" {
            return Ok(None);
        }
        let why = "boolean or JSON schema expected".to_owned();
        let error = E::custom(&why);
        self.context.fault = Some(why);
        Err(error)
    }

    fn schema(&self) -> Option<&'static Schema> {
        definition(self.within)
    }
}

impl<'de> Visitor<'de> for Either<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON schema")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        if self.name == "items" { self.neither() } else { Ok(Some(flag.into())) }
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        self.neither()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        self.neither()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        self.neither()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        self.neither()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let Some(schema) = self.schema().filter(|_| self.name == "items") else { return self.neither() };
        let mut items = Vec::new();
        self.context.quiet += 1;
        while let Some(item) = access.next_element_seed(Walk { schema, context: &mut *self.context })? {
            items.push(item.unwrap_or_else(|| Value::Object(serde_json::Map::new())));
        }
        self.context.quiet -= 1;
        Ok(Some(Value::Array(items)).filter(|items| items.as_array().is_some_and(|items| !items.is_empty())))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let Some(schema) = self.schema() else { return self.neither() };
        self.context.quiet += 1;
        let value = Walk { schema, context: &mut *self.context }.visit_map(access);
        self.context.quiet -= 1;
        value
    }
}
