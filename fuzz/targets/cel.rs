//! Expressions: compiled, their costs estimated, evaluated within a budget.
#![no_main]

use std::sync::LazyLock;

use kontiki_cel::{Bindings, Budget, Environment, Program, Schema, Type, Value};
use kontiki_fuzz::{deployment, in_time};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// What an evaluation may cost: a tenth of upstream's limit, for the build is slower than a release by more.
const COST: u64 = 100_000;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| {
    let text = json!({"type": "string", "maxLength": 20});
    let schema = json!({"type": "object", "properties": {
        "replicas": {"type": "integer"},
        "selector": {"type": "object", "properties": {"matchLabels": {"type": "object", "additionalProperties": text}}},
        "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "list": {"type": "array", "maxItems": 10, "items": text}}});
    let environment = Environment::new().declare("object", Type::Dyn);
    match Schema::from_openapi(&schema, false) {
        Some(schema) => environment.declare_schema("self", schema),
        None => environment,
    }
});

fuzz_target!(|data: &[u8]| {
    let Ok(source) = std::str::from_utf8(data) else { return };
    let Ok(program) = in_time(|| Program::compile(source, &ENVIRONMENT)) else { return };
    in_time(|| program.estimated_cost(&*ENVIRONMENT));
    let bindings = Bindings::new().bind("object", Value::json(deployment())).bind("self", Value::json(&deployment()["spec"]));
    in_time(|| drop(program.evaluate(&bindings, &mut Budget::total(COST))));
});
