use kontiki_cel::{Bindings, Budget, Environment, Program, Type, Value};
use serde_json::{Value as Json, json};

fn export(source: &str) -> Result<Json, String> {
    let environment = Environment::new().declare("object", Type::Dyn).with_mutation_types();
    let program = Program::compile(source, &environment).map_err(|issues| issues[0].message.clone())?;
    let object = json!({"spec": {"replicas": 3}});
    let bindings = Bindings::new().bind("object", Value::json(&object));
    program.evaluate(&bindings, &mut Budget::per_call()).and_then(|value| value.to_json()).map_err(|error| error.to_string())
}

#[test]
fn apply_configurations_become_json() {
    let source = "Object{metadata: Object.metadata{labels: {'a': 'b'}}, spec: Object.spec{replicas: object.spec.replicas + 1, ?paused: optional.none()}}";
    assert_eq!(export(source), Ok(json!({"metadata": {"labels": {"a": "b"}}, "spec": {"replicas": 4}})));
}

#[test]
fn patches_become_json() {
    let source = "[JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('a/b'), value: {'x': 1}}]";
    assert_eq!(export(source), Ok(json!([{"op": "add", "path": "/metadata/annotations/a~1b", "value": {"x": 1}}])));
}

#[test]
fn wrong_fields_and_types_are_faults() {
    assert_eq!(export("JSONPatch{operation: 'add'}"), Err("undefined field 'operation'".into()));
    assert_eq!(export("JSONPatch{op: 1}"), Err("expected type of field 'op' is 'string' but provided type is 'int'".into()));
    assert_eq!(
        export("Object{spec: Object.status{}}"),
        Err("expected type of field 'spec' is 'Object.spec' but provided type is 'Object.status'".into())
    );
}
