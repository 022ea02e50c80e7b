//! Recordings run again.

use kontiki_api::meta::NsName;
use kontiki_runtime::effect::{Never, NoPort};
use kontiki_runtime::engine::Options;
use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::record::{Divergence, Registry, Sink, replay};
use kontiki_runtime::testing::MemoryClient;
use kontiki_runtime::world::{Triggers, World};
use serde_json::json;

use crate::cluster::{Shared, pods, replica_set, start};
use crate::reconcilers::{Binder, Replicas};

/// A recording of sets and bindings, with a Secret beside them.
async fn recorded() -> Vec<u8> {
    let (client, written) = (MemoryClient::default(), Shared::default());
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "ns"}, "data": {"p": "aHVudGVyMg=="}});
    client.with(|cluster| cluster.put(secret)).expect("put");
    let (engine, token) = start(&client, |engine| {
        let engine = engine.register(Replicas, NoPort, Options::controller("replicaset"));
        engine.register(Binder, NoPort, Options::controller("binder")).interest(kontiki_runtime::client::Interest::All)
    });
    engine.record(Some(Sink::new(written.clone(), &[7; 32])));
    client.with(|cluster| cluster.put(replica_set("web", 5))).expect("put");
    client.until(|cluster| pods()(cluster) == 5).await;
    engine.quiet().await;
    token.cancel();
    engine.join().await;
    written.0.lock().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_runs_again_without_secrets_in_it() {
    let recording = recorded().await;
    assert!(!String::from_utf8_lossy(&recording).contains("aHVudGVyMg"), "the secret is in the recording");
    let summary = replay(&recording[..], &Registry::default().with(Replicas).with(Binder)).expect("the same plans");
    assert!(summary.passes >= 2 && summary.skipped == 0, "{summary:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_reconciler_diverges_at_its_first_other_plan() {
    struct Idle;
    impl Reconciler for Idle {
        const NAME: &'static str = Replicas::NAME;
        type Key = NsName;
        type Effect = Never;

        fn triggers(on: &mut Triggers<NsName>) {
            Replicas::triggers(on);
        }

        fn reconcile(&self, _: &World, _: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
            Ok(Plan::done())
        }
    }
    let recording = recorded().await;
    let divergence = replay(&recording[..], &Registry::default().with(Idle)).expect_err("another plan");
    assert!(matches!(divergence, Divergence::Plan { .. }), "{divergence}");
}
