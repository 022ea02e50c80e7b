use kontiki_cel::{Bindings, Budget, Environment, EvaluationError, Program, Schema, Value};
use serde_json::{Value as Json, json};

fn schema() -> Json {
    json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true},
            "factor": {"type": "number"},
            "when": {"type": "string", "format": "date-time"},
            "wait": {"type": "string", "format": "duration"},
            "data": {"type": "string", "format": "byte"},
            "day": {"type": "string", "format": "date"},
            "a-b.c/d": {"type": "string"},
            "namespace": {"type": "string"},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "named": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}, "v": {"type": "integer"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"known": {"type": "string"}}},
            "hidden": {"x-kubernetes-preserve-unknown-fields": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "embedded": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
        }},
    }})
}

fn object() -> Json {
    json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": {
        "port": "http", "factor": 2, "when": "2024-01-02T03:04:05Z", "wait": "1h30m", "data": "aGk=", "day": "2024-01-02",
        "a-b.c/d": "x", "namespace": "ns", "set": ["a", "b"], "named": [{"name": "p", "v": 1}, {"name": "q", "v": 2}],
        "free": {"known": "k", "unknown": 1}, "hidden": {"x": 1}, "labels": {"l": "v"},
        "embedded": {"apiVersion": "v1", "kind": "E", "metadata": {"name": "e"}, "spec": {}},
    }})
}

fn check(source: &str, old: &Json) -> Result<bool, String> {
    let schema = Schema::from_openapi(&schema(), true).unwrap();
    let environment = Environment::new().declare_schema("self", schema.clone()).declare_schema("oldSelf", schema.clone());
    let program = Program::compile(source, &environment).map_err(|issues| issues[0].message.clone())?;
    let object = object();
    let bindings = Bindings::new().bind("self", Value::typed(&object, &schema)).bind("oldSelf", Value::typed(old, &schema));
    let result: Result<Value<'_>, EvaluationError> = program.evaluate(&bindings, &mut Budget::per_object());
    result.map(|value| value.as_bool().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn json_is_seen_as_the_schema_says() {
    for source in [
        "self.metadata.name == 'n' && self.kind == 'K' && self.apiVersion == 'a/v1'",
        "!has(self.metadata.generateName)",
        "type(self.spec.port) == string && self.spec.port == 'http'",
        "self.spec.factor == 2.0 && type(self.spec.factor) == double",
        "self.spec.when.getFullYear() == 2024 && self.spec.when < timestamp('2025-01-01T00:00:00Z')",
        "self.spec.wait > duration('1h')",
        "self.spec.data == b'hi'",
        "self.spec.day.getMonth() == 0",
        "self.spec.a__dash__b__dot__c__slash__d == 'x'",
        "self.spec.__namespace__ == 'ns'",
        "self.spec.free.known == 'k'",
        "self.spec.labels.all(k, self.spec.labels[k] == 'v')",
        "self.spec.labels.l == 'v'",
        "self.spec.embedded.metadata.name == 'e'",
        "self.spec.named.exists(i, i.v == 2)",
        "self.spec.set + ['a', 'c'] == ['a', 'b', 'c']",
        "self == oldSelf",
        "self.spec == oldSelf.spec",
    ] {
        assert_eq!(check(source, &object()), Ok(true), "{source}");
    }
}

#[test]
fn what_the_schema_does_not_show_is_not_there() {
    for source in ["self.spec.free.unknown == 1", "self.spec.hidden == 1", "self.metadata.labels == {}", "self.spec.namespaces"] {
        assert!(check(source, &object()).unwrap_err().starts_with("undefined field"), "{source}");
    }
}

#[test]
fn sets_and_keyed_lists_have_no_order() {
    let mut old = object();
    old["spec"]["set"] = json!(["b", "a"]);
    old["spec"]["named"] = json!([{"name": "q", "v": 2}, {"name": "p", "v": 1}]);
    assert_eq!(check("self.spec.set == oldSelf.spec.set && self.spec.named == oldSelf.spec.named", &old), Ok(true));
    old["spec"]["named"][0]["v"] = json!(3);
    assert_eq!(check("self.spec.named == oldSelf.spec.named", &old), Ok(false));
}

#[test]
fn a_number_with_a_fraction_is_no_int_even_where_it_is_whole() {
    let fields =
        json!({"count": {"type": "integer"}, "share": {"x-kubernetes-int-or-string": true}, "factor": {"type": "number"}});
    let schema = Schema::from_openapi(&json!({"type": "object", "properties": fields}), false).unwrap();
    let environment = Environment::new().declare_schema("self", schema.clone());
    let object = json!({"count": 2.0, "share": 1.0, "factor": 2.0});
    let evaluated = |source: &str| {
        let program = Program::compile(source, &environment).unwrap();
        let bindings = Bindings::new().bind("self", Value::typed(&object, &schema));
        let result = program.evaluate(&bindings, &mut Budget::per_object());
        result.map(|value| value.as_bool().unwrap()).map_err(|error| error.to_string())
    };
    for source in ["has(self.count)", "self.count == 2 || true", "self.factor == 2.0"] {
        assert_eq!(evaluated(source), Ok(true), "{source}");
    }
    for source in ["self.count == 2", "type(self.count) == int", "[1, 2].exists(x, x == self.count)"] {
        assert_eq!(evaluated(source).unwrap_err(), "invalid data, expected int, got float64", "{source}");
    }
    let why = "invalid data, expected XIntOrString value to be either a string or integer";
    assert_eq!(evaluated("self.share == 1").unwrap_err(), why);
}
