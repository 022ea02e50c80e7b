use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Client;
use kube::api::{Api, DeleteParams, EvictParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::conditions;
use kube::runtime::wait::await_condition;
use serde_json::json;

use super::{client, refusal};
use crate::clients::python::control_plane;

fn config_map(name: &str, value: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"k": value}})).unwrap()
}

#[test]
fn kube_rs_makes_changes_and_deletes_objects() {
    let cluster = control_plane();
    cluster.block_on(async {
        let client = client(&cluster).await;
        objects(client.clone()).await;
        appliers(client.clone()).await;
        workloads(client).await;
    });
}

async fn objects(client: Client) {
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    let made = maps.create(&PostParams::default(), &config_map("c", "1")).await.unwrap();
    let status = refusal(maps.create(&PostParams::default(), &config_map("c", "1")).await);
    assert!(status.is_already_exists() && status.code == 409, "{status:?}");
    let mut entry = maps.entry("c").await.unwrap().or_insert(|| panic!("it is there"));
    entry.get_mut().data.as_mut().unwrap().insert("l".into(), "2".into());
    entry.commit(&PostParams::default()).await.unwrap();
    let mut stale = made.clone();
    stale.data.as_mut().unwrap().insert("k".into(), "2".into());
    assert!(refusal(maps.replace("c", &PostParams::default(), &stale).await).is_conflict());
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    maps.create(&dry, &config_map("dry", "1")).await.unwrap();
    assert!(maps.get_opt("dry").await.unwrap().is_none());
    assert_eq!(maps.get_metadata("c").await.unwrap().metadata.uid, made.metadata.uid);
    let step = json!([{"op": "remove", "path": "/data/l"}]);
    let step = Patch::Json::<()>(serde_json::from_value(step).unwrap());
    let patched = maps.patch("c", &PatchParams::default(), &step).await.unwrap();
    assert_eq!(patched.data.unwrap().len(), 1);
    let other = Preconditions { uid: Some("other".into()), resource_version: None };
    assert!(refusal(maps.delete("c", &DeleteParams::default().preconditions(other)).await).is_conflict());
    let gone = maps.delete("c", &DeleteParams::background()).await.unwrap().right().unwrap();
    assert_eq!(gone.details.unwrap().uid, made.metadata.uid.unwrap());
    assert!(refusal(maps.get("c").await).is_not_found());
}

async fn appliers(client: Client) {
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    let body = |data| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared"}, "data": data});
    let apply = |manager| PatchParams::apply(manager).validation_strict();
    maps.patch("shared", &apply("one"), &Patch::Apply(body(json!({"a": "1"})))).await.unwrap();
    maps.patch("shared", &apply("two"), &Patch::Apply(body(json!({"b": "2"})))).await.unwrap();
    let refused = refusal(maps.patch("shared", &apply("two"), &Patch::Apply(body(json!({"a": "2"})))).await);
    let cause = &refused.details.as_ref().unwrap().causes[0];
    assert_eq!((refused.code, &*cause.reason, &*cause.field), (409, "FieldManagerConflict", ".data.a"));
    let forced = maps.patch("shared", &apply("two").force(), &Patch::Apply(body(json!({"a": "2"})))).await.unwrap();
    assert_eq!(forced.data.unwrap(), [("a".to_owned(), "2".to_owned())].into());
    let unknown = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared"}, "datum": {}});
    let refused = refusal(maps.patch("shared", &apply("two"), &Patch::Apply(unknown)).await);
    assert!(refused.message.contains(".datum: field not declared in schema"), "{refused:?}");
}

async fn workloads(client: Client) {
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let web = json!({"metadata": {"name": "web"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "demo"}]}}}});
    deployments.create(&PostParams::default(), &serde_json::from_value(web).unwrap()).await.unwrap();
    let side = json!({"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "demo"}]}}}});
    let patched = deployments.patch("web", &PatchParams::default(), &Patch::Strategic(side)).await.unwrap();
    assert_eq!(patched.spec.unwrap().template.spec.unwrap().containers.len(), 2);
    let more = json!({"spec": {"replicas": 3}});
    let scale = deployments.patch_scale("web", &PatchParams::default(), &Patch::Merge(&more)).await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(3));
    await_condition(deployments.clone(), "web", conditions::is_deployment_completed()).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(client);
    let name = pods.list(&Default::default()).await.unwrap().items.remove(0).metadata.name.unwrap();
    let uid = pods.get(&name).await.unwrap().metadata.uid.unwrap();
    assert!(pods.evict(&name, &EvictParams::default()).await.unwrap().is_success());
    await_condition(pods.clone(), &name, conditions::is_deleted(&uid)).await.unwrap();
    let mut read = deployments.get_status("web").await.unwrap();
    read.metadata.annotations.get_or_insert_default().insert("seen".into(), "yes".into());
    let read = deployments.replace_status("web", &PostParams::default(), &read).await;
    assert!(read.is_ok() || refusal(read).is_conflict());
    deployments.delete("web", &DeleteParams::foreground()).await.unwrap();
    await_condition(deployments, "web", |web: Option<&Deployment>| web.is_none()).await.unwrap();
    assert!(pods.list(&Default::default()).await.unwrap().items.is_empty());
}
