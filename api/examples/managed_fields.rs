//! What managed fields cost: microseconds for each kind of write of a pod. `cargo run --release -p kontiki-api --example managed_fields`.

use std::hint::black_box;
use std::time::Instant;

use kontiki_api::apply::{OneVersion, Reset, Tracker};
use kontiki_api::kind::Kinds;
use kontiki_api::schema;
use kontiki_api::time::Time;
use serde_json::{Value, json};

const ROUNDS: u32 = 20_000;

#[allow(clippy::expect_used, reason = "a measurement fails by panicking")]
fn main() {
    let pod = pod();
    let schema = schema::definition("io.k8s.api.core.v1.Pod").expect("pods have a definition");
    let versions = OneVersion { api_version: "v1", schema };
    let by = |manager| Tracker {
        versions: &versions,
        api_version: "v1",
        subresource: "",
        manager,
        now: Time::from_micros(1_767_323_045_000_000),
        reset: Reset::default(),
    };
    let mut live = pod.clone();
    by("creator").created(&mut live);
    let mut ready = live.clone();
    ready["status"] = json!({"phase": "Running", "podIP": "10.0.0.1", "conditions": [condition("True"), condition("False")]});
    by("kubelet").updated(&live, &mut ready);
    let mut waiting = ready.clone();
    waiting["status"]["conditions"][0] = condition("False");
    println!(
        "a pod of {} bytes, {} of them managed fields",
        ready.to_string().len(),
        ready["metadata"]["managedFields"].to_string().len()
    );
    let clone = measure(|| black_box(ready.clone()));
    println!("parsing its JSON: {:.1} µs", measure_text(&ready.to_string()));
    println!("copying it: {clone:.1} µs; from here on without the copy that each write starts from");
    println!("create: {:.1} µs", measure(|| with(&pod, |new| by("creator").created(new))) - measure(|| pod.clone()));
    println!("update without a change: {:.1} µs", measure(|| with(&ready, |new| by("kubelet").updated(&ready, new))) - clone);
    println!(
        "status of the usual manager: {:.1} µs",
        measure(|| with(&waiting, |new| by("kubelet").updated(&ready, new))) - clone
    );
    println!("status of another manager: {:.1} µs", measure(|| with(&waiting, |new| by("other").updated(&ready, new))) - clone);
    let config = config();
    let applied = by("applier").applied(Some(&ready), &config, true).expect("it fits");
    println!("apply again: {:.1} µs", measure(|| by("applier").applied(Some(&applied), &config, false).expect("it fits")));
}

fn with(object: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut new = object.clone();
    change(&mut new);
    new
}

fn measure<T>(mut run: impl FnMut() -> T) -> f64 {
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        black_box(run());
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}

#[allow(clippy::expect_used, reason = "a measurement fails by panicking")]
fn measure_text(text: &str) -> f64 {
    measure(|| serde_json::from_str::<Value>(text).expect("it was written just before"))
}

fn condition(status: &str) -> Value {
    json!({"type": "Ready", "status": status, "lastProbeTime": null, "lastTransitionTime": "2026-01-01T00:00:00Z"})
}

fn config() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}},
        "spec": {"containers": [{"name": "c", "image": "demo:1", "ports": [{"containerPort": 80}],
            "resources": {"limits": {"cpu": "1", "memory": "64Mi"}}, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]}})
}

#[allow(clippy::expect_used, reason = "a measurement fails by panicking")]
fn pod() -> Value {
    let mut pod = config();
    let kinds = Kinds::builtin();
    kinds.get("", "v1", "pods").expect("pods are served").default(&mut pod);
    pod
}
