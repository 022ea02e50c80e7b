use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, reflector, watcher as watch};
use kube::{Client, ResourceExt};
use serde_json::json;

use super::{client, next};
use crate::clients::python::control_plane;

fn labelled(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name, "labels": {"w": "1"}}})).unwrap()
}

#[test]
fn kube_rs_watches_resumes_and_streams_lists() {
    let cluster = control_plane();
    cluster.block_on(async {
        let client = client(&cluster).await;
        let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
        resumed(&maps).await;
        for config in [watcher::Config::default(), watcher::Config::default().streaming_lists()] {
            watched(&client, config.labels("w")).await;
        }
    });
}

/// A plain watch from the revision of a list, and another from within the first.
async fn resumed(maps: &Api<ConfigMap>) {
    let start = maps.list(&Default::default()).await.unwrap().metadata.resource_version.unwrap();
    maps.create(&PostParams::default(), &labelled("a")).await.unwrap();
    let off = json!({"metadata": {"labels": {"w": null}}});
    maps.patch("a", &PatchParams::default(), &Patch::Merge(&off)).await.unwrap();
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    let params = WatchParams::default().timeout(20);
    let mut all = Box::pin(maps.watch(&params, &start).await.unwrap());
    let WatchEvent::Added(added) = next(&mut all).await.unwrap() else { panic!("not added") };
    let mut rest = Box::pin(maps.watch(&params, &added.resource_version().unwrap()).await.unwrap());
    assert!(matches!(next(&mut rest).await.unwrap(), WatchEvent::Modified(_)));
    assert!(matches!(next(&mut rest).await.unwrap(), WatchEvent::Deleted(_)));
    let mut chosen = Box::pin(maps.watch(&params.labels("w"), &start).await.unwrap());
    assert!(matches!(next(&mut chosen).await.unwrap(), WatchEvent::Added(_)));
    let WatchEvent::Deleted(left) = next(&mut chosen).await.unwrap() else { panic!("not out of the selection") };
    assert_eq!(left.labels().get("w").map(String::as_str), Some("1"), "it is shown as it was last selected");
}

/// The state machine of kube-runtime, with objects and with their metadata alone, and its cache.
async fn watched(client: &Client, config: watcher::Config) {
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let heads: Api<PartialObjectMeta<ConfigMap>> = Api::default_namespaced(client.clone());
    maps.create(&PostParams::default(), &labelled("b")).await.unwrap();
    let mut events = Box::pin(watch(maps.clone(), config.clone()));
    assert!(matches!(next(&mut events).await.unwrap(), Event::Init));
    let Event::InitApply(first) = next(&mut events).await.unwrap() else { panic!("no object") };
    assert_eq!(first.name_any(), "b");
    assert!(matches!(next(&mut events).await.unwrap(), Event::InitDone));
    let mut metadata = Box::pin(watch(heads.clone(), config.clone()).applied_objects());
    assert_eq!(next(&mut metadata).await.unwrap().name_any(), "b");
    let (cache, writer) = reflector::store();
    let mut cached = Box::pin(watch(maps.clone(), config).reflect(writer).applied_objects());
    next(&mut cached).await.unwrap();
    let data = json!({"data": {"k": "1"}});
    maps.patch("b", &PatchParams::default(), &Patch::Merge(&data)).await.unwrap();
    assert!(matches!(next(&mut events).await.unwrap(), Event::Apply(changed) if changed.data.is_some()));
    assert!(next(&mut metadata).await.unwrap().resource_version() != first.resource_version());
    next(&mut cached).await.unwrap();
    assert_eq!(cache.state()[0].data.as_ref().unwrap()["k"], "1");
    maps.delete("b", &DeleteParams::default()).await.unwrap();
    assert!(matches!(next(&mut events).await.unwrap(), Event::Delete(gone) if gone.name_any() == "b"));
}
