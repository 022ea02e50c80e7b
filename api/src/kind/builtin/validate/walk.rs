//! Checks an object and everything inside, by schema, by table and by the checks of its structs.

use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::containers::port_reference;
use super::rules::{Rule, Rules, rules};
use crate::kind::validate::{Distinct, Faults, Path, annotations, labels};
use crate::schema::{Object, Scalar, Schema, definition, full_name};

/// Checks the fields of `object` but for its metadata and status: those have rules of their own.
pub(super) fn fields(object: &Value, name: &str, faults: &mut Faults) {
    let Some(schema) = definition(name).and_then(Schema::as_object) else { return };
    let nothing = Value::Object(Map::new());
    let own = rules(name);
    for field in schema.fields.iter().filter(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata" | "status")) {
        let path = Path::new(&field.name);
        // What a spec requires is required also where there is none.
        let value = object.get(&*field.name).or_else(|| (&*field.name == "spec").then_some(&nothing));
        one(value, field.required, &field.name, &field.schema, own, &path, faults);
    }
}

/// Checks `value`, a struct of the definition with the short name `short`, at `path`.
pub(super) fn part(value: &Value, short: &str, path: &Path<'_>, faults: &mut Faults) {
    if let Some(schema) = definition(&full_name(short)) {
        walk(value, schema, path, faults);
    }
}

/// One field: its own rules, then what is inside.
fn one(
    value: Option<&Value>,
    required: bool,
    name: &str,
    schema: &Schema,
    own: Option<&Rules>,
    path: &Path<'_>,
    faults: &mut Faults,
) {
    let value = value.filter(|value| !value.is_null());
    let rules = || own.into_iter().flat_map(|own| own.of(name));
    // What Go cannot tell from zero is zero.
    let zero = Value::from(0);
    rules().for_each(|rule| match rule {
        Rule::Range(1.., ..) if required => apply(rule, value.or(Some(&zero)), path, faults),
        _ => apply(rule, value, path, faults),
    });
    // What a rule asks for by itself is not asked for twice.
    let settled = rules().any(|rule| matches!(rule, Rule::Optional | Rule::Required(_) | Rule::Must(_)));
    let required = required && !settled || rules().any(|rule| matches!(rule, Rule::Struct));
    if !rules().any(|rule| matches!(rule, Rule::Skip)) {
        member(value, required, schema, path, faults);
    }
}

fn member(value: Option<&Value>, required: bool, schema: &Schema, path: &Path<'_>, faults: &mut Faults) {
    match value {
        Some(Value::String(text)) if required && text.is_empty() && matches!(schema, Schema::Scalar(Scalar::String)) => {
            faults.required(path, "");
        }
        Some(value) => walk(value, schema, path, faults),
        None if required && schema.as_object().is_some() => walk(&Value::Object(Map::new()), schema, path, faults),
        None if required && needed(schema) => faults.required(path, ""),
        None => {}
    }
}

/// What Go cannot tell from its zero value is not missed: numbers, flags, lists, structs.
const fn needed(schema: &Schema) -> bool {
    use Scalar::{Bytes, IntOrString, MicroTime, Quantity, String, Time};
    matches!(schema, Schema::Scalar(String | Bytes | Time | MicroTime | Quantity | IntOrString))
}

fn walk(value: &Value, schema: &Schema, path: &Path<'_>, faults: &mut Faults) {
    match (schema, value) {
        (Schema::Object(object), Value::Object(map)) => members(value, map, object, path, faults),
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

fn members(value: &Value, map: &Map<String, Value>, object: &Object, path: &Path<'_>, faults: &mut Faults) {
    if object.name.ends_with(".ObjectMeta") {
        labels(map.get("labels"), &path.child("labels"), faults);
        return annotations(map.get("annotations"), &path.child("annotations"), faults);
    }
    let own = rules(&object.name);
    for (field, value) in object.fields.iter().zip(by_field(map, object)) {
        if value.is_some() || field.required || own.is_some() {
            one(value, field.required, &field.name, &field.schema, own, &path.child(&field.name), faults);
        }
    }
    if let Some(check) = own.and_then(|own| own.check) {
        check(value, path, faults);
    }
}

/// The values of `map` in the order of the fields of `object`: most structs have few of their many fields.
fn by_field<'m>(map: &'m Map<String, Value>, object: &Object) -> SmallVec<[Option<&'m Value>; 48]> {
    let mut values = SmallVec::from_elem(None, object.fields.len());
    for (name, value) in map {
        if let Some(place) = object.position(name).and_then(|at| values.get_mut(at)) {
            *place = Some(value);
        }
    }
    values
}

fn apply(rule: &Rule, value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    match (rule, value) {
        (Rule::Required(why), None) => faults.required(path, why),
        (Rule::Required(why), Some(Value::String(text))) if text.is_empty() => faults.required(path, why),
        (Rule::Required(why), Some(Value::Object(entries))) if entries.is_empty() && !why.is_empty() => {
            faults.required(path, why)
        }
        (Rule::Must(form), value) => {
            let text = value.and_then(Value::as_str).unwrap_or_default();
            for why in form(text) {
                faults.invalid_text(path, text, why);
            }
        }
        (Rule::Filled(why), value) if value.and_then(Value::as_array).is_none_or(Vec::is_empty) => faults.required(path, why),
        (_, Some(value)) => apply_to(rule, value, path, faults),
        _ => {}
    }
}

fn apply_to(rule: &Rule, value: &Value, path: &Path<'_>, faults: &mut Faults) {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    match rule {
        Rule::OneOf(allowed, all) => each(value, path, faults, &|text, path, faults| {
            if (*all || value.is_array() || !text.is_empty()) && !allowed.contains(&text) {
                faults.unsupported(path, text, allowed);
            }
        }),
        Rule::Text(form, all) => each(value, path, faults, &|text, path, faults| {
            for why in form(text).into_iter().filter(|_| *all || value.is_array() || !text.is_empty()) {
                faults.invalid_text(path, text, why);
            }
        }),
        Rule::AtLeast(least) => faults.at_least(path, Some(value), *least),
        Rule::Positive(why) if value.as_i64().is_some_and(|number| number <= 0) => faults.invalid(path, value, *why),
        Rule::Range(least, most, "") if value.is_array() => {
            for (at, item) in items.iter().enumerate() {
                faults.in_range(&path.index(at), Some(item), *least, *most);
            }
        }
        Rule::Range(least, most, "") => faults.in_range(path, Some(value), *least, *most),
        Rule::Range(least, most, why) if value.as_i64().is_some_and(|number| number < *least || number > *most) => {
            faults.invalid(path, value, *why);
        }
        Rule::Labels => labels(Some(value), path, faults),
        Rule::Annotations => annotations(Some(value), path, faults),
        Rule::Unique(keys) => unique(items, keys, path, faults),
        Rule::AtMost(most) if items.len() as u64 > *most => faults.too_many(path, items.len() as u64, *most),
        Rule::Bytes(most) if value.as_str().is_some_and(|text| text.len() > *most) => faults.too_long(path, *most),
        Rule::Port => port_reference(Some(value), path, faults),
        _ => {}
    }
}

/// The text, or each of the texts of a list.
fn each(value: &Value, path: &Path<'_>, faults: &mut Faults, check: &dyn Fn(&str, &Path<'_>, &mut Faults)) {
    match value {
        Value::String(text) => check(text, path, faults),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                check(item.as_str().unwrap_or_default(), &path.index(at), faults);
            }
        }
        _ => {}
    }
}

fn unique(items: &[Value], keys: &[&str], path: &Path<'_>, faults: &mut Faults) {
    if let [""] = keys {
        return same_items(items, path, faults);
    }
    let mut known = Distinct::default();
    for (at, item) in items.iter().enumerate() {
        let Some(own) = keys.iter().map(|key| item.get(*key)).collect::<Option<SmallVec<[&Value; 3]>>>() else { continue };
        if known.repeats(own) {
            let (first, at) = (keys.first().copied().unwrap_or_default(), path.index(at));
            faults.duplicate(&at.child(first), item.get(first).unwrap_or(&Value::Null));
        }
    }
}

/// No two of `items` are alike.
pub(super) fn same_items(items: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut known = Distinct::default();
    for (at, item) in items.iter().enumerate() {
        if known.repeats(item) {
            faults.duplicate(&path.index(at), item);
        }
    }
}
