use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams, PostParams, VersionMatch};
use kube::discovery::Scope;
use kube::{Discovery, ResourceExt};
use serde_json::json;

use super::{client, refusal};
use crate::clients::python::control_plane;

#[test]
fn kube_rs_pages_selects_and_clears_collections_and_discovers_kinds() {
    let cluster = control_plane();
    cluster.block_on(async {
        let client = client(&cluster).await;
        let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "kube-public");
        for n in 0..7 {
            let body = json!({"metadata": {"name": format!("c{n}"), "labels": {"odd": (n % 2 == 1).to_string(), "mine": "yes"}}});
            maps.create(&PostParams::default(), &serde_json::from_value(body).unwrap()).await.unwrap();
        }
        pages(&maps).await;
        let odd = maps.list(&ListParams::default().labels("odd=true,mine").fields("metadata.name!=c3")).await.unwrap();
        assert_eq!(odd.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["c1", "c5"]);
        assert_eq!(refusal(maps.list(&ListParams::default().fields("data.k=1")).await).code, 400);
        assert_eq!(maps.list_metadata(&ListParams::default().labels("mine")).await.unwrap().items.len(), 7);
        let gone = maps.delete_collection(&DeleteParams::default(), &ListParams::default().labels("odd=true")).await.unwrap();
        assert!(gone.left().is_some_and(|list| list.items.len() == 3));
        assert_eq!(maps.list(&ListParams::default().labels("mine")).await.unwrap().items.len(), 4);
        kinds(client).await;
    });
}

async fn pages(maps: &Api<ConfigMap>) {
    let first = maps.list(&ListParams::default().labels("mine").limit(3)).await.unwrap();
    assert_eq!((first.items.len(), first.metadata.remaining_item_count), (3, None));
    let token = first.metadata.continue_.unwrap();
    maps.delete("c6", &DeleteParams::default()).await.unwrap();
    let rest = maps.list(&ListParams::default().labels("mine").limit(9).continue_token(&token)).await.unwrap();
    let names: Vec<_> = rest.iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, ["c3", "c4", "c5", "c6"], "a token goes on as of the first page");
    assert_eq!(rest.metadata.resource_version, first.metadata.resource_version);
    let before = first.metadata.resource_version.unwrap();
    let exact = ListParams::default().labels("mine").at(&before).matching(VersionMatch::Exact);
    assert_eq!(maps.list(&exact).await.unwrap().items.len(), 7);
    let body = json!({"metadata": {"name": "c6", "labels": {"odd": "false", "mine": "yes"}}});
    maps.create(&PostParams::default(), &serde_json::from_value(body).unwrap()).await.unwrap();
}

async fn kinds(client: kube::Client) {
    let found = Discovery::new(client.clone()).run_aggregated().await.unwrap();
    let group = found.get("apps").unwrap();
    let (deployment, abilities) = group.recommended_kind("Deployment").unwrap();
    assert_eq!((&*deployment.plural, &*group.preferred_version_or_latest().to_string()), ("deployments", "v1"));
    assert!(abilities.scope == Scope::Namespaced && abilities.subresources.iter().any(|(sub, _)| sub.plural == "scale"));
    let plain = Discovery::new(client.clone()).run().await.unwrap();
    assert_eq!(plain.groups().count(), found.groups().count());
    assert_eq!(client.apiserver_version().await.unwrap().minor, "36");
}
