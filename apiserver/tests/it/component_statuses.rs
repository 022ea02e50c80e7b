//! `kubectl get cs`.

use std::sync::Arc;

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::Server;
use kontiki_apiserver::health::{Check, FnCheck};
use kontiki_apiserver::virtuals::{COMPONENT_STATUSES, ComponentStatuses};
use serde_json::{Value, json};

use crate::harness::{Caller, config};

const PATH: &str = "/api/v1/componentstatuses";

fn caller() -> Caller {
    let mut config = config();
    let checks: [(&'static str, Arc<dyn Check>); 2] = [
        ("scheduler", Arc::new(FnCheck::new("scheduler", || Ok(())))),
        ("controller-manager", Arc::new(FnCheck::new("controller-manager", || Err("gone".into())))),
    ];
    let statuses = ComponentStatuses::new(&config.store, checks.into());
    config.observed.insert(COMPONENT_STATUSES.into(), Arc::new(statuses));
    Caller(Server::new(config))
}

#[tokio::test]
async fn the_components_tell_how_they_are() {
    let caller = caller();
    let answer = caller.answer(Verb::List, PATH, "").await.unwrap();
    assert_eq!(answer.warnings, ["v1 ComponentStatus is deprecated in v1.19+"]);
    let list = caller.call(Verb::List, PATH, "").await.unwrap();
    let names: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["metadata"]["name"]).collect();
    assert_eq!(names, ["controller-manager", "etcd-0", "scheduler"]);
    let well = caller.get(&format!("{PATH}/scheduler")).await.unwrap();
    let wanted = json!({"apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": "scheduler"},
        "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}]});
    assert_eq!((&well, &list["items"][2]["conditions"]), (&wanted, &wanted["conditions"]));
    let ill = caller.get(&format!("{PATH}/controller-manager")).await.unwrap();
    assert_eq!(ill["conditions"][0], json!({"type": "Healthy", "status": "False", "message": "gone"}));
}

#[tokio::test]
async fn they_can_be_selected_but_neither_watched_nor_written() {
    let caller = caller();
    let selected = |query: &'static str| caller.call(Verb::List, query, "");
    let named = selected("/api/v1/componentstatuses?fieldSelector=metadata.name=etcd-0").await.unwrap();
    assert_eq!((named["items"].as_array().unwrap().len(), &named["items"][0]["metadata"]["name"]), (1, &json!("etcd-0")));
    let labelled = selected("/api/v1/componentstatuses?labelSelector=a=b").await.unwrap();
    assert_eq!(labelled["items"], json!([]));
    assert_eq!(caller.get(&format!("{PATH}/none")).await.unwrap_err().reason, Reason::NotFound);
    for verb in [Verb::Watch, Verb::Create, Verb::DeleteCollection] {
        assert_eq!(caller.call(verb, PATH, "{}").await.unwrap_err().code(), 405, "{verb:?}");
    }
}
