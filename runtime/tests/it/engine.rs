//! What an engine promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kontiki_api::meta::Revision;
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_runtime::client::{Answer, Client, Feed, Interest};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::effect::NoPort;
use kontiki_runtime::engine::{EngineBuilder, Options};
use kontiki_runtime::observe::Observation;
use kontiki_runtime::testing::{Fault, MemoryClient};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::cluster::{pods, replica_set, set_key, start};
use crate::reconcilers::{Binder, Heat, Port, Replicas, Starter, Thermometer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_are_made_deleted_and_replaced_exactly_once() {
    let client = MemoryClient::default();
    client.set_lag(Duration::from_millis(2));
    client.with(|cluster| cluster.put(replica_set("web", 20))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")));
    client.until(|cluster| pods()(cluster) == 20).await;
    let first = client
        .with(|cluster| cluster.objects().find(|object| object.key.resource.as_str() == "pods").map(|object| object.key.clone()));
    let first = first.expect("a pod");
    client.with(|cluster| cluster.delete(&first)).expect("deleted");
    client.until(|cluster| pods()(cluster) == 20 && cluster.get(&first).is_none()).await;
    client
        .with(|cluster| {
            let set = cluster.get(&set_key("web")).expect("there").to_value();
            let mut smaller = set;
            smaller["spec"]["replicas"] = json!(3);
            cluster.put(smaller)
        })
        .expect("put");
    client.until(|cluster| pods()(cluster) == 3).await;
    engine.quiet().await;
    let made = client.with(|cluster| {
        cluster
            .changes_after(kontiki_api::meta::Revision(0))
            .filter(|(_, change)| change.object.key.resource.as_str() == "pods" && !change.deleted)
            .count()
    });
    assert_eq!(made, 21, "no pod too many at any time");
    let debug = engine.debug("replicas").await.expect("known");
    assert!(debug["passes"].as_u64() > Some(0));
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_requests_and_answers_do_not_make_pods_twice() {
    let client = MemoryClient::default();
    let calls = AtomicU32::new(0);
    client.set_faults(move |request| match calls.fetch_add(1, Ordering::Relaxed) % 3 {
        0 if request.verb == Verb::Create => Fault::LostAnswer,
        1 if request.verb == Verb::Create => Fault::LostRequest,
        _ => Fault::None,
    });
    client.with(|cluster| cluster.put(replica_set("web", 10))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")));
    client.until(|cluster| pods()(cluster) == 10).await;
    engine.quiet().await;
    assert_eq!(client.with(|cluster| pods()(cluster)), 10);
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_plan_is_tried_again_with_its_outcome_counted() {
    let client = MemoryClient::default();
    let refusals = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&refusals);
    client.set_faults(move |request| {
        let is_pod = request.verb == Verb::Create && &*request.target.plural == "pods";
        if is_pod && counted.fetch_add(1, Ordering::Relaxed) < 3 {
            Fault::Refuse(Status::new(Reason::Forbidden, "exceeded quota"))
        } else {
            Fault::None
        }
    });
    client.with(|cluster| cluster.put(replica_set("web", 4))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")));
    client.until(|cluster| pods()(cluster) == 4).await;
    engine.quiet().await;
    assert_eq!(refusals.load(Ordering::Relaxed), 7, "a refusal stops the creations of its plan");
    assert_eq!(engine.figures()["replicas"].refused(), 3);
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serial_pass_sees_its_bindings_that_are_still_on_their_way() {
    let client = MemoryClient::default();
    client.set_faults(|request| match &*request.target.subresource {
        "binding" => Fault::Delay(Duration::from_millis(5)),
        _ => Fault::None,
    });
    client.set_lag(Duration::from_micros(200));
    client.with(|cluster| cluster.put(replica_set("web", 300))).expect("put");
    let (engine, token) = start(&client, |engine| {
        let engine = engine.register(Replicas, NoPort, Options::controller("replicaset"));
        engine.register(Binder, NoPort, Options::controller("binder"))
    });
    client
        .until(|cluster| {
            cluster.objects().filter(|object| object.value.whole().windows(8).any(|part| part == b"nodeName")).count() == 300
        })
        .await;
    engine.quiet().await;
    assert_eq!(engine.figures()["binder"].stuck(), 0, "{:#?}", engine.debug("binder").await);
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_effect_is_done_once_replaced_when_changed_and_its_failure_is_told() {
    let (client, port) = (MemoryClient::default(), Port::default());
    client.with(|cluster| cluster.put(replica_set("web", 1))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Starter, port.clone(), Options::controller("starter")));
    let ran = |state: &'static str| {
        move |cluster: &kontiki_runtime::testing::MemoryCluster| {
            cluster.get(&set_key("web")).is_some_and(|set| set.head.label("ran") == Some(state))
        }
    };
    client.until(ran("done")).await;
    client.with(|cluster| cluster.put(replica_set("web", 13))).expect("put");
    client.until(ran("failed")).await;
    engine.quiet().await;
    let asked: Vec<_> = port.0.lock().iter().map(|run| run.size).collect();
    assert_eq!(asked, [1, 13]);
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_written_about_the_object() {
    let client = MemoryClient::default();
    client.with(|cluster| cluster.put(replica_set("web", 1))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")));
    client.until(|cluster| cluster.objects().any(|object| object.key.resource.as_str() == "events")).await;
    let event = client
        .with(|cluster| cluster.objects().find(|object| object.key.resource.as_str() == "events").map(|event| event.to_value()));
    let event = event.expect("an event");
    assert_eq!(event["involvedObject"]["name"], "web");
    assert_eq!(event["source"]["component"], "replicaset-controller");
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_of_a_write_that_was_refused() {
    let client = MemoryClient::default();
    let (refusals, told) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&told);
    client.set_faults(move |request| match (request.verb, &*request.target.plural) {
        (Verb::Create, "pods") if refusals.fetch_add(1, Ordering::Relaxed) < 3 => {
            Fault::Refuse(Status::new(Reason::Forbidden, "exceeded quota"))
        }
        (_, "events") => {
            counted.fetch_add(1, Ordering::Relaxed);
            Fault::None
        }
        _ => Fault::None,
    });
    client.with(|cluster| cluster.put(replica_set("web", 1))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")));
    client.until(|cluster| cluster.objects().any(|object| object.key.resource.as_str() == "events")).await;
    engine.quiet().await;
    assert_eq!((client.with(|cluster| pods()(cluster)), told.load(Ordering::Relaxed)), (1, 1));
    token.cancel();
    engine.join().await;
}

/// A server that does not know repeated requests, as others do not.
struct Forgetful(MemoryClient);

#[async_trait::async_trait]
impl Client for Forgetful {
    async fn call(&self, mut request: Request) -> Result<Answer, Status> {
        request.id = None;
        self.0.call(request).await
    }

    fn feed(&self, interest: Interest) -> futures::stream::BoxStream<'static, Feed> {
        self.0.feed(interest)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_that_is_there_already_and_ours_counts_as_made() {
    let client = MemoryClient::default();
    let calls = AtomicU32::new(0);
    client.set_faults(move |request| {
        let lost = request.verb == Verb::Create && calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        if lost { Fault::LostAnswer } else { Fault::None }
    });
    client.with(|cluster| cluster.put(replica_set("web", 6))).expect("put");
    let token = CancellationToken::new();
    let builder = EngineBuilder::new(Arc::new(Forgetful(client.clone())), Arc::new(SystemClock::default()));
    let builder = builder.register(Replicas, NoPort, Options::controller("replicaset"));
    let engine = builder.start(&tokio::runtime::Handle::current(), &token).expect("a thread");
    client.until(|cluster| pods()(cluster) == 6).await;
    engine.quiet().await;
    assert_eq!((client.with(|cluster| pods()(cluster)), engine.figures()["replicas"].refused()), (6, 0));
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_is_planned_again_on_the_newer_object() {
    let client = MemoryClient::default();
    let raced = Arc::new(AtomicU32::new(0));
    let (racing, counted) = (client.clone(), Arc::clone(&raced));
    client.set_faults(move |request| {
        // Somebody else changes the set just before our first patch arrives.
        if request.verb == Verb::Patch && counted.fetch_add(1, Ordering::Relaxed) == 0 {
            racing.with(|cluster| cluster.put(replica_set("web", 2))).expect("put");
        }
        Fault::None
    });
    client.with(|cluster| cluster.put(replica_set("web", 1))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Starter, Port::default(), Options::controller("starter")));
    let has_run = |set: &Arc<kontiki_api::object::Object>| set.head.label("ran") == Some("done");
    client.until(|cluster| cluster.get(&set_key("web")).is_some_and(has_run)).await;
    let set = client.with(|cluster| cluster.get(&set_key("web")).map(|set| set.to_value())).expect("there");
    assert_eq!(set["spec"]["replicas"], 2, "the other's change is kept");
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observation_wakes_the_keys_it_concerns() {
    let client = MemoryClient::default();
    client.with(|cluster| cluster.put(replica_set("web", 1))).expect("put");
    let (engine, token) = start(&client, |engine| {
        let engine = engine.register(Thermometer, NoPort, Options::controller("thermometer"));
        engine.observer(|observer, token| async move {
            observer.observe(Observation::Seen("web".into(), Heat { degrees: 20 }));
            token.cancelled().await;
        })
    });
    let heated = |degrees: &'static str| {
        move |cluster: &kontiki_runtime::testing::MemoryCluster| {
            cluster.get(&set_key("web")).is_some_and(|set| set.head.label("heat") == Some(degrees))
        }
    };
    client.until(heated("20")).await;
    engine.observer().observe(Observation::Relisted(vec![("web".into(), Heat { degrees: 30 })]));
    client.until(heated("30")).await;
    engine.observer().observe(Observation::<Heat>::Gone("web".into()));
    client.until(heated("cold")).await;
    token.cancel();
    engine.join().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_stands_by_acts_once_it_leads_and_knows_what_came_before() {
    let client = MemoryClient::default();
    client.with(|cluster| cluster.put(replica_set("web", 2))).expect("put");
    let (engine, token) = start(&client, |engine| engine.register(Replicas, NoPort, Options::controller("replicaset")).standby());
    client.with(|cluster| cluster.put(replica_set("late", 1))).expect("put");
    engine.quiet().await;
    let from = client.with(|cluster| cluster.revision());
    assert_eq!(client.with(|cluster| pods()(cluster)), 0, "it only stands by");
    engine.lead(9, Revision(from.0 + 1));
    engine.quiet().await;
    assert_eq!(
        (client.with(|cluster| pods()(cluster)), engine.figures()["replicas"].passes()),
        (0, 0),
        "a change is missing yet"
    );
    client.with(|cluster| cluster.put(replica_set("newest", 1))).expect("put");
    client.until(|cluster| pods()(cluster) == 4).await;
    token.cancel();
    engine.join().await;
}
