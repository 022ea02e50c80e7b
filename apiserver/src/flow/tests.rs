use kontiki_api::request::{Target, User};
use serde_json::json;

use super::{Asked, Priorities, Seat, objects};
use crate::metrics::Metrics;

fn user(name: &str, groups: &[&str]) -> User {
    let groups = groups.iter().chain(&["system:authenticated"]).map(|group| (*group).into()).collect();
    User { name: name.into(), groups, ..User::default() }
}

fn target(group: &str, plural: &str, namespace: &str) -> Target {
    let (plural, subresource) = plural.split_once('/').unwrap_or((plural, ""));
    Target {
        group: group.into(),
        version: "v1".into(),
        plural: plural.into(),
        namespace: namespace.into(),
        subresource: subresource.into(),
        ..Target::default()
    }
}

async fn level(priorities: &Priorities, user: &User, verb: &str, target: &Target) -> String {
    priorities.seat(&Asked { user, verb, target }).await.unwrap().level().to_string()
}

#[tokio::test]
async fn requests_belong_where_upstream_puts_them() {
    let priorities = Priorities::new(600, &Metrics::new());
    let account =
        |namespace: &str, name: &str| user(&format!("system:serviceaccount:{namespace}:{name}"), &["system:serviceaccounts"]);
    let (node, bob) = (user("system:node:n", &["system:nodes"]), user("bob", &[]));
    let leases = target("coordination.k8s.io", "leases", "kube-node-lease");
    for (user, verb, target, wanted) in [
        (&user("admin", &["system:masters"]), "list", target("", "pods", ""), "exempt"),
        (&node, "patch", target("", "nodes/status", ""), "node-high"),
        (&node, "update", leases.clone(), "node-high"),
        (&node, "list", target("", "pods", ""), "system"),
        (&user("system:kube-scheduler", &[]), "update", leases.clone(), "leader-election"),
        (&user("system:kube-scheduler", &[]), "create", target("", "pods/binding", "shop"), "workload-high"),
        (&account("kube-system", "deployment-controller"), "update", target("", "endpoints", "a"), "leader-election"),
        (&account("kube-system", "deployment-controller"), "update", target("apps", "replicasets", "a"), "workload-high"),
        (&account("shop", "till"), "get", target("", "secrets", "shop"), "workload-low"),
        (&bob, "get", target("", "secrets", "shop"), "global-default"),
        (&User { name: "nobody".into(), ..User::default() }, "get", target("", "secrets", "shop"), "refused"),
    ] {
        let found = match priorities.seat(&Asked { user, verb, target: &target }).await {
            Ok(seat) => seat.level().to_string(),
            Err(_) => "refused".into(),
        };
        assert_eq!(found, wanted, "{} {verb} {}", user.name, target.plural);
    }
}

#[tokio::test]
async fn users_never_take_what_is_kept_for_nodes_and_elections() {
    let metrics = Metrics::new();
    let priorities = Priorities::new(60, &metrics);
    let (bob, pods) = (user("bob", &[]), target("", "pods", "shop"));
    let mut seats = Vec::new();
    // As many as are lent: 60 less what each of the others keeps for itself.
    while priorities.at("global-default").1 == 0 {
        let asked = Asked { user: &bob, verb: "get", target: &pods };
        let mut waiting = Box::pin(priorities.seat(&asked));
        match futures::poll!(&mut waiting) {
            std::task::Poll::Ready(seat) => seats.push(seat.unwrap()),
            std::task::Poll::Pending => break,
        }
    }
    let taken = seats.len();
    assert!((15..45).contains(&taken), "{taken}");
    let node = user("system:node:n", &["system:nodes"]);
    let leases = target("coordination.k8s.io", "leases", "kube-node-lease");
    assert_eq!(level(&priorities, &node, "update", &leases).await, "node-high");
    assert_eq!(level(&priorities, &user("system:kube-scheduler", &[]), "update", &leases).await, "leader-election");
    assert_eq!(level(&priorities, &user("admin", &["system:masters"]), "get", &pods).await, "exempt");
    let text = metrics.text();
    let running = format!(
        "apiserver_flowcontrol_current_executing_requests{{priority_level=\"global-default\",flow_schema=\"global-default\"}} {taken}"
    );
    assert!(text.contains(&running), "{text}");
}

/// One level for everybody with one seat, where two of each flow and three of all may wait.
fn narrow() -> Priorities {
    let priorities = Priorities::new(1, &Metrics::new());
    let mut all = objects();
    all.retain(|object| object["metadata"]["name"] == "global-default" || object["metadata"]["name"] == "exempt");
    for object in &mut all {
        if object["kind"] == "PriorityLevelConfiguration" && object["metadata"]["name"] == "global-default" {
            object["spec"]["limited"] = json!({"nominalConcurrencyShares": 1000, "lendablePercent": 0,
                "limitResponse": {"type": "Queue", "queuing": {"queues": 3, "handSize": 2, "queueLengthLimit": 1}}});
        }
    }
    priorities.configure(&all);
    priorities
}

#[tokio::test]
async fn flows_are_served_in_turn_and_who_finds_no_room_is_told_to_come_again() {
    let priorities = narrow();
    let pods = target("", "pods", "shop");
    let (bob, eve) = (user("bob", &[]), user("eve", &[]));
    let ask = |user| Asked { user, verb: "get", target: &pods };
    let (of_bob, of_eve) = (ask(&bob), ask(&eve));
    let first = priorities.seat(&of_bob).await.unwrap();
    let mut second = Box::pin(priorities.seat(&of_bob));
    let mut third = Box::pin(priorities.seat(&of_bob));
    let mut eves = Box::pin(priorities.seat(&of_eve));
    assert!(futures::poll!(&mut second).is_pending() && futures::poll!(&mut third).is_pending());
    let refused = priorities.seat(&of_bob).await.err().unwrap();
    assert_eq!((refused.code(), refused.details.retry_after_seconds), (429, 1));
    assert!(futures::poll!(&mut eves).is_pending());
    assert!(priorities.seat(&of_eve).await.is_err(), "no more than three wait");
    drop(first);
    let second: Seat = second.await.unwrap();
    assert!(futures::poll!(&mut third).is_pending() && futures::poll!(&mut eves).is_pending());
    drop(second);
    let eves = eves.await.unwrap();
    assert!(futures::poll!(&mut third).is_pending());
    drop(eves);
    drop(third.await.unwrap());
    assert_eq!(priorities.at("global-default"), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_or_goes_away_leaves_no_seat_taken() {
    let priorities = narrow();
    let pods = target("", "pods", "shop");
    let bob = user("bob", &[]);
    let asked = Asked { user: &bob, verb: "get", target: &pods };
    let first = priorities.seat(&asked).await.unwrap();
    assert_eq!(priorities.seat(&asked).await.err().map(|status| status.code()), Some(429));
    let mut gone = Box::pin(priorities.seat(&asked));
    assert!(futures::poll!(&mut gone).is_pending());
    drop(gone);
    drop(first);
    drop(priorities.seat(&asked).await.unwrap());
    assert_eq!(priorities.at("global-default").0, 0);
}
