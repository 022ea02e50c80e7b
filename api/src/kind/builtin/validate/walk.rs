//! Checks single fields of an object and of everything inside, by schema and by table.

use serde_json::{Map, Value};

use super::rules::{Rule, rules};
use super::scheduling::requirement;
use crate::kind::validate::{Faults, NameRule, Path, annotations, labels};
use crate::quantity::Quantity;
use crate::schema::{Object, Scalar, Schema, definition};
use crate::selector::label_key_faults;

/// Checks the fields of `object` but for its metadata and status: those have rules of their own.
pub(super) fn fields(object: &Value, name: &str, faults: &mut Faults) {
    let Some(schema) = definition(name).and_then(Schema::as_object) else { return };
    let nothing = Value::Object(Map::new());
    for field in schema.fields.iter().filter(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata" | "status")) {
        let path = Path::new(&field.name);
        // What a spec requires is required also where there is none.
        let value = object.get(&*field.name).or_else(|| (&*field.name == "spec").then_some(&nothing));
        member(value, field.required, &field.schema, &path, faults);
        for (_, rule) in rules(name).iter().filter(|(name, _)| **name == *field.name) {
            apply(rule, object.get(&*field.name), &path, faults);
        }
    }
}

fn member(value: Option<&Value>, required: bool, schema: &Schema, path: &Path<'_>, faults: &mut Faults) {
    match value {
        Some(value) => walk(value, schema, path, faults),
        None if required && schema.as_object().is_some() => walk(&Value::Object(Map::new()), schema, path, faults),
        None if required && needed(schema) => faults.required(path, ""),
        None => {}
    }
    if required && value.is_some_and(|value| value == "" && matches!(schema, Schema::Scalar(Scalar::String))) {
        faults.required(path, "");
    }
}

/// What Go cannot tell from its zero value is not missed: numbers, flags, lists, structs.
const fn needed(schema: &Schema) -> bool {
    use Scalar::{Bytes, IntOrString, MicroTime, Quantity, String, Time};
    matches!(schema, Schema::Scalar(String | Bytes | Time | MicroTime | Quantity | IntOrString))
}

fn walk(value: &Value, schema: &Schema, path: &Path<'_>, faults: &mut Faults) {
    match (schema, value) {
        (Schema::Object(object), Value::Object(map)) => members(map, object, path, faults),
        (Schema::Map(map), Value::Object(entries)) if matches!(&*map.values, Schema::Object(_) | Schema::List(_)) => {
            for (key, value) in entries {
                walk(value, &map.values, &path.key(key), faults);
            }
        }
        (Schema::List(list), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, &list.items, &path.index(at), faults);
            }
        }
        _ => {}
    }
}

fn members(map: &Map<String, Value>, object: &Object, path: &Path<'_>, faults: &mut Faults) {
    if object.name.ends_with(".ObjectMeta") {
        labels(map.get("labels"), &path.child("labels"), faults);
        return annotations(map.get("annotations"), &path.child("annotations"), faults);
    }
    for (field, rule) in rules(&object.name) {
        apply(rule, map.get(*field), &path.child(field), faults);
    }
    if object.name.ends_with("SelectorRequirement") {
        requirement(map, path, faults);
    }
    // The value of a header or a sysctl may be empty.
    let may_be_empty = |name: &str| name == "value";
    for field in object.fields.iter().filter(|field| field.required || map.contains_key(&*field.name)) {
        let required = field.required && !may_be_empty(&field.name);
        member(map.get(&*field.name), required, &field.schema, &path.child(&field.name), faults);
    }
}

fn apply(rule: &Rule, value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let text = value.and_then(Value::as_str);
    match rule {
        Rule::Required => {
            let empty = |value: &Value| value.is_null() || value == "";
            if value.is_none_or(empty) {
                faults.required(path, "");
            }
        }
        Rule::OneOf(allowed) => one_of(value, allowed, path, faults),
        Rule::AtLeast(least) => faults.at_least(path, value, *least),
        Rule::Range(least, most) => faults.in_range(path, value, *least, *most),
        Rule::Label => named(NameRule::Label, text, path, faults),
        Rule::Subdomain => named(NameRule::Subdomain, text, path, faults),
        Rule::LabelKey => label_key(text, path, faults),
        Rule::Labels => labels(value, path, faults),
        Rule::Annotations => annotations(value, path, faults),
        Rule::Unique(keys) => unique(value, keys, path, faults),
        Rule::Filled => {
            if value.and_then(Value::as_array).is_none_or(Vec::is_empty) {
                faults.required(path, "");
            }
        }
        Rule::Amounts => amounts(value, path, faults),
        Rule::Ip => {
            if let Some(text) = text.filter(|text| text.parse::<std::net::IpAddr>().is_err()) {
                faults.invalid_text(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
            }
        }
    }
}

fn one_of(value: Option<&Value>, allowed: &[&str], path: &Path<'_>, faults: &mut Faults) {
    match value {
        Some(Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                faults.one_of(&path.index(at), Some(item), allowed);
            }
        }
        value => faults.one_of(path, value.filter(|value| *value != ""), allowed),
    }
}

fn named(rule: NameRule, text: Option<&str>, path: &Path<'_>, faults: &mut Faults) {
    if let Some(text) = text.filter(|text| !text.is_empty())
        && let Some(why) = rule.fault(text)
    {
        faults.invalid_text(path, text, why);
    }
}

fn label_key(text: Option<&str>, path: &Path<'_>, faults: &mut Faults) {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return };
    for why in label_key_faults(text) {
        faults.invalid_text(path, text, why);
    }
}

fn unique(value: Option<&Value>, keys: &[&str], path: &Path<'_>, faults: &mut Faults) {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (at, item) in items.iter().enumerate() {
        let same = |other: &&Value| keys.iter().all(|key| other.get(*key) == item.get(*key) && item.get(*key).is_some());
        if items.iter().take(at).any(|other| same(&other)) {
            let (first, at) = (keys.first().copied().unwrap_or_default(), path.index(at));
            faults.duplicate(&at.child(first), item.get(first).unwrap_or(&Value::Null));
        }
    }
}

fn amounts(value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    for (name, amount) in value.and_then(Value::as_object).into_iter().flatten() {
        if Quantity::from_value(amount).is_ok_and(Quantity::is_negative) {
            faults.invalid(&path.key(name), amount, "must be greater than or equal to 0");
        }
    }
}
