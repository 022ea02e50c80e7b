//! Rough bounds, far above what a release build needs: a change of kind is found, not a percentage.

use std::time::{Duration, Instant};

use kontiki_cel::{Bindings, Budget, Environment, Program, Type, Value};
use serde_json::json;

const RULE: &str = "object.spec.replicas <= 5 && object.spec.containers.all(c, c.image.startsWith('registry/') && c.image.matches('^[a-z/:0-9]+$'))";

/// The fastest of many runs.
fn fastest(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..200).map(|_| time(&mut run)).min().unwrap_or_default()
}

#[test]
fn a_rule_compiles_and_runs_in_microseconds() {
    let environment = Environment::new().declare("object", Type::Dyn);
    let compile = fastest(|| drop(Program::compile(RULE, &environment)));
    let program = Program::compile(RULE, &environment).unwrap();
    let object = json!({"spec": {"replicas": 3, "containers": [{"image": "registry/a:1"}, {"image": "registry/b:2"}]}});
    let bindings = Bindings::new().bind("object", Value::json(&object));
    let run = fastest(|| drop(program.evaluate(&bindings, &mut Budget::per_call())));
    println!("compile {compile:?}, run {run:?}");
    assert!(compile < Duration::from_millis(20), "{compile:?}");
    assert!(run < Duration::from_millis(1), "{run:?}");
}
