//! Expressions with what they give. A line of a table: expression, ` => `, and a second expression that gives the same, or
//! `! ` and a part of the error.

use kontiki_cel::{Bindings, Budget, Environment, EvaluationError, Program, Type, Value};
use serde_json::{Value as Json, json};

fn environment() -> Environment {
    Environment::new().declare("object", Type::Dyn).declare("x", Type::Dyn).declare("variables.n", Type::Int)
}

fn object() -> Json {
    json!({
        "metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}, "creationTimestamp": "2024-01-02T03:04:05Z"},
        "spec": {"replicas": 3, "ratio": 0.5, "paused": false, "ports": [80, 443], "none": null,
                 "containers": [{"name": "a", "image": "r/a:1"}, {"name": "b", "image": "r/b:2"}]},
        "big": 9_223_372_036_854_775_807_i64
    })
}

/// What `source` gives, handed to `check`.
fn evaluate<T>(source: &str, check: impl FnOnce(Result<Value<'_>, EvaluationError>) -> T) -> T {
    let object = object();
    let program = match Program::compile(source, &environment()) {
        Ok(program) => program,
        Err(issues) => return check(Err(EvaluationError::Invalid(issues[0].to_string().into()))),
    };
    let bindings =
        Bindings::new().bind("object", Value::json(&object)).bind("x", Value::Int(7)).bind("variables.n", Value::Int(5));
    check(program.evaluate(&bindings, &mut Budget::per_call()))
}

/// What is wrong with a line.
fn fault(line: &str) -> Option<String> {
    let (source, expected) = line.split_once(" => ").unwrap_or((line, "true"));
    if let Some(error) = expected.strip_prefix("! ") {
        return evaluate(source, |result| match result {
            Ok(value) => Some(format!("{source} gives {value:?}, not an error")),
            Err(found) => (!found.to_string().contains(error)).then(|| format!("{source}: {found}")),
        });
    }
    let equation = format!("dyn({source}) == dyn({expected}) && type(dyn({source})) == type(dyn({expected}))");
    let given = || evaluate(source, |result| format!("{result:?}"));
    evaluate(&equation, |result| match result {
        Ok(value) => (value.as_bool() != Some(true)).then(|| format!("{source} is not {expected}: {}", given())),
        Err(error) => Some(format!("{source}: {error}")),
    })
}

fn table(lines: &str) {
    let lines = lines.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//"));
    let faults: Vec<String> = lines.filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn numbers_compute_and_overflow_is_an_error() {
    table(include_str!("tables/numbers.txt"));
}

#[test]
fn faults_are_absorbed_by_what_decides() {
    table(include_str!("tables/logic.txt"));
}

#[test]
fn collections_and_comprehensions() {
    table(include_str!("tables/collections.txt"));
}

#[test]
fn text_functions() {
    table(include_str!("tables/strings.txt"));
}

#[test]
fn conversions_and_times() {
    table(include_str!("tables/conversions.txt"));
}

#[test]
fn optional_values() {
    table(include_str!("tables/optionals.txt"));
}

#[test]
fn libraries_of_kubernetes() {
    table(include_str!("tables/kubernetes.txt"));
}

#[test]
fn json_is_read_where_it_lies() {
    table(include_str!("tables/json.txt"));
}
