//! APIServices of custom groups, which the server keeps.

use kontiki_apiserver::{Server, aggregate};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::custom::Establishing;
use crate::harness::{Caller, MERGE, begin, config};

fn definition(group: &str) -> Value {
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("tabs.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "versions": [version], "names": {"plural": "tabs", "kind": "Tab"}}})
}

fn path(group: &str) -> String {
    format!("/apis/apiregistration.k8s.io/v1/apiservices/v1.{group}")
}

#[tokio::test]
async fn a_changed_apiservice_of_a_custom_group_is_put_back_as_long_as_its_label_says_that_it_is_kept() {
    let cluster = Establishing::new();
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    aggregate::follow(&cluster.caller.0, stop);
    cluster.define(&definition("one.example.com")).await;
    let one = path("one.example.com");
    let made = cluster.until(&one, |found| !found.is_null()).await;
    let change = r#"{"spec":{"groupPriorityMinimum":7,"insecureSkipTLSVerify":true,"service":{"name":"a","namespace":"b"}}}"#;
    let changed = cluster.caller.patch(&one, MERGE, change).await.unwrap();
    assert_eq!(changed["spec"]["groupPriorityMinimum"], 7);
    cluster.until(&one, |found| found["spec"] == made["spec"]).await;

    let mine = r#"{"metadata":{"labels":null},"spec":{"groupPriorityMinimum":8}}"#;
    cluster.caller.patch(&one, MERGE, mine).await.unwrap();
    cluster.define(&definition("two.example.com")).await;
    cluster.until(&path("two.example.com"), |found| !found.is_null()).await;
    assert_eq!(cluster.caller.get(&one).await.unwrap()["spec"]["groupPriorityMinimum"], 8);
}

#[tokio::test]
async fn a_start_puts_back_the_apiservices_of_built_in_groups() {
    let config = config();
    let store = config.store.clone();
    begin(&*store).await;
    let caller = Caller(Server::new(config));
    let path = "/apis/apiregistration.k8s.io/v1/apiservices/";
    let change = |name: &str, labels: Value| {
        let body = json!({"metadata": {"labels": labels}, "spec": {"groupPriorityMinimum": 7}}).to_string();
        let (caller, path) = (&caller, format!("{path}{name}"));
        async move { caller.patch(&path, MERGE, &body).await.unwrap() }
    };
    change("v1.apps", json!({})).await;
    change("v1.batch", Value::Null).await;
    begin(&*store).await;
    let priority = |name: &'static str| {
        let (caller, path) = (&caller, format!("{path}{name}"));
        async move { caller.get(&path).await.unwrap()["spec"]["groupPriorityMinimum"].clone() }
    };
    assert_eq!((priority("v1.apps").await, priority("v1.batch").await), (17_800.into(), 7.into()));
}
