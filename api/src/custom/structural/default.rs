//! Defaults.

use serde_json::Value;

use super::model::Structural;

impl Structural {
    /// Drops nulls that are no value and for which nothing stands in, then fills in defaults. Idempotent.
    pub fn default(&self, value: &mut Value) {
        self.drop_nulls(value);
        self.complete(value);
    }

    /// Drops nulls that are no value and for which nothing stands in.
    pub(super) fn drop_nulls(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|name, value| !self.drops(name, value));
                for (name, value) in map.iter_mut() {
                    if let Some(schema) = self.field(name) {
                        schema.drop_nulls(value);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &self.items {
                    items.iter_mut().for_each(|item| schema.drop_nulls(item));
                }
            }
            _ => {}
        }
    }

    /// Fills in what is absent, or null where null is no value. Idempotent.
    pub fn complete(&self, value: &mut Value) {
        if !self.has_defaults {
            return;
        }
        match value {
            Value::Object(map) => {
                for (name, property) in &self.properties {
                    if let Some(default) = &property.default
                        && map.get(&**name).is_none_or(|found| found.is_null() && !property.nullable)
                    {
                        map.insert(name.to_string(), (**default).clone());
                    }
                }
                for (name, value) in map.iter_mut() {
                    if let Some(schema) = self.field(name) {
                        complete(schema, value);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &self.items {
                    items.iter_mut().for_each(|item| complete(schema, item));
                }
            }
            _ => {}
        }
    }

    /// A null that is no value and for which nothing stands in goes.
    fn drops(&self, name: &str, value: &Value) -> bool {
        value.is_null() && self.field(name).is_some_and(|schema| !schema.nullable && schema.default.is_none())
    }
}

fn complete(schema: &Structural, value: &mut Value) {
    if value.is_null()
        && !schema.nullable
        && let Some(default) = &schema.default
    {
        *value = (**default).clone();
    }
    if !value.is_null() {
        schema.complete(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use serde_json::json;

    #[test]
    fn absent_fields_and_wrong_nulls_become_defaults() {
        let schema = compile(&json!({"type": "object", "properties": {
            "a": {"type": "string", "default": "A"},
            "b": {"type": "string", "nullable": true, "default": "B"},
            "c": {"type": "object", "default": {}, "properties": {"d": {"type": "integer", "default": 5}}},
            "e": {"type": "array", "items": {"type": "object", "properties": {"f": {"type": "boolean", "default": true}}}},
            "g": {"type": "object", "additionalProperties": {"type": "string", "default": "G"}},
            "h": {"type": "string"},
        }}));
        let mut object = json!({"a": null, "b": null, "e": [{}], "g": {"x": null}, "h": null});
        schema.default(&mut object);
        let wanted = json!({"a": "A", "b": null, "e": [{"f": true}], "g": {"x": "G"}, "c": {"d": 5}});
        assert_eq!(object, wanted);
        schema.default(&mut object);
        assert_eq!(object, wanted);
    }
}
