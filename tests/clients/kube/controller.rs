use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::runtime::controller::Action;
use kube::runtime::finalizer::{Event, finalizer};
use kube::runtime::wait::await_condition;
use kube::runtime::{Controller, conditions, watcher};
use kube::{Client, Resource, ResourceExt};
use serde_json::{Value, json};

use super::client;
use crate::clients::python::control_plane;

fn definition() -> CustomResourceDefinition {
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer", "maximum": 9}}},
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}}}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}}});
    let definition = json!({"metadata": {"name": "ships.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced",
        "names": {"plural": "ships", "kind": "Ship"}, "versions": [version]}});
    serde_json::from_value(definition).unwrap()
}

#[test]
fn a_controller_in_kube_rs_looks_after_its_objects() {
    let cluster = control_plane();
    cluster.block_on(async {
        let client = client(&cluster).await;
        let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
        let applied = PatchParams::apply("test").force();
        definitions.patch("ships.example.com", &applied, &Patch::Apply(definition())).await.unwrap();
        await_condition(definitions.clone(), "ships.example.com", conditions::is_crd_established()).await.unwrap();
        let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("example.com", "v1", "Ship"), "ships");
        let ships: Api<DynamicObject> = Api::default_namespaced_with(client.clone(), &resource);
        let context = Arc::new(Context { client: client.clone(), ships: ships.clone() });
        let owned: Api<ConfigMap> = Api::default_namespaced(client);
        let controller = Controller::new_with(ships.clone(), watcher::Config::default(), resource.clone())
            .owns(owned.clone(), watcher::Config::default().streaming_lists())
            .run(reconcile, |_, _, _| Action::requeue(Duration::from_millis(100)), context);
        let life = life(&ships, &owned, &resource);
        tokio::select! {
            () = controller.for_each(|_| async {}) => panic!("the controller ended"),
            () = life => {}
        }
        definitions.delete("ships.example.com", &DeleteParams::default()).await.unwrap();
        await_condition(definitions, "ships.example.com", |left: Option<&CustomResourceDefinition>| left.is_none())
            .await
            .unwrap();
    });
}

struct Context {
    client: Client,
    ships: Api<DynamicObject>,
}

async fn reconcile(
    ship: Arc<DynamicObject>,
    context: Arc<Context>,
) -> Result<Action, Box<kube::runtime::finalizer::Error<kube::Error>>> {
    let result = finalizer(&context.ships, "example.com/yard", ship, |event| async {
        if let Event::Apply(ship) = event {
            build(&ship, &context).await?;
        }
        Ok(Action::await_change())
    });
    result.await.map_err(Box::new)
}

/// A ConfigMap of the same name that tells the size, and the size in the status.
async fn build(ship: &DynamicObject, context: &Context) -> Result<(), kube::Error> {
    let (name, size) = (ship.name_any(), &ship.data["spec"]["size"]);
    let kind = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("example.com", "v1", "Ship"), "ships");
    let owned = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"size": size.to_string()},
        "metadata": {"name": name, "ownerReferences": [ship.controller_owner_ref(&kind)]}});
    let maps: Api<ConfigMap> = Api::default_namespaced(context.client.clone());
    maps.patch(&name, &PatchParams::apply("yard").force(), &Patch::Apply(owned)).await?;
    let status = json!({"apiVersion": "example.com/v1", "kind": "Ship", "status": {"size": size}});
    context.ships.patch_status(&name, &PatchParams::apply("yard").force(), &Patch::Apply(status)).await?;
    Ok(())
}

/// What becomes of one object.
async fn life(ships: &Api<DynamicObject>, owned: &Api<ConfigMap>, resource: &ApiResource) {
    let ship = DynamicObject::new("s", resource).data(json!({"spec": {"size": 2}}));
    let made = ships.create(&PostParams::default(), &ship).await.unwrap();
    let size = |wanted: i64| move |ship: Option<&DynamicObject>| ship.is_some_and(|ship| ship.data["status"]["size"] == wanted);
    await_condition(ships.clone(), "s", size(2)).await.unwrap();
    ships.patch_scale("s", &PatchParams::default(), &Patch::Merge(json!({"spec": {"replicas": 5}}))).await.unwrap();
    let grown = await_condition(ships.clone(), "s", size(5)).await.unwrap().unwrap();
    let managers: Vec<Value> = grown.managed_fields().iter().map(|entry| json!([entry.manager, entry.subresource])).collect();
    assert!(managers.contains(&json!(["yard", "status"])), "{managers:?}");
    let wrong = json!({"spec": {"size": 10}});
    let refused = super::refusal(ships.patch("s", &PatchParams::default(), &Patch::Merge(wrong)).await);
    assert!(refused.message.contains("should be less than or equal to 9"), "{refused:?}");
    assert_eq!(owned.get("s").await.unwrap().data.unwrap()["size"], "5");
    owned.delete("s", &DeleteParams::default()).await.unwrap();
    await_condition(owned.clone(), "s", |map: Option<&ConfigMap>| map.is_some()).await.unwrap();
    ships.delete("s", &DeleteParams::default()).await.unwrap();
    await_condition(ships.clone(), "s", conditions::is_deleted(&made.uid().unwrap())).await.unwrap();
    await_condition(owned.clone(), "s", |map: Option<&ConfigMap>| map.is_none()).await.unwrap();
}
