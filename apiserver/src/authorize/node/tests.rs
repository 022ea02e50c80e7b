use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_store::MemoryStore;
use serde_json::json;

use super::NodeAuthorizer;
use crate::authorize::{Attributes, Authorize, Decision};
use crate::fixture::{asks, cluster, put};

async fn authorizer() -> NodeAuthorizer {
    NodeAuthorizer::new(shop().await, &Kinds::builtin())
}

async fn shop() -> Arc<MemoryStore> {
    let store = cluster().await;
    let pod = |name: &str, node: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {
            "nodeName": node, "serviceAccountName": name,
            "resourceClaims": [
                {"name": "own", "resourceClaimName": format!("{name}-device")},
                {"name": "made", "resourceClaimTemplateName": "t"},
            ],
            "volumes": [
                {"name": "a", "secret": {"secretName": format!("{name}-volume")}},
                {"name": "b", "projected": {"sources": [{"configMap": {"name": format!("{name}-projected")}}]}},
                {"name": "c", "persistentVolumeClaim": {"claimName": format!("{name}-claim")}},
                {"name": "d", "ephemeral": {}},
            ],
            "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": format!("{name}-from")}}]}],
            "containers": [{"name": "c", "env": [
                {"name": "E", "valueFrom": {"configMapKeyRef": {"name": format!("{name}-key"), "key": "k"}}}]}],
        }, "status": {"resourceClaimStatuses": [
            {"name": "made", "resourceClaimName": format!("{name}-made")},
            {"name": "stray", "resourceClaimName": "stray"},
        ]}})
    };
    put(&*store, pod("mine", "n1")).await;
    put(&*store, pod("theirs", "n2")).await;
    let mut mirror = pod("mirror", "n1");
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    put(&*store, mirror).await;
    for node in ["n1", "n2"] {
        for (api_version, kind) in [("storage.k8s.io/v1", "VolumeAttachment"), ("resource.k8s.io/v1", "ResourceSlice")] {
            let name = format!("on-{node}");
            put(
                &*store,
                json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": {"nodeName": node}}),
            )
            .await;
        }
    }
    put(
        &*store,
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
        "spec": {"claimRef": {"namespace": "shop", "name": "mine-claim"}}}),
    )
    .await;
    store
}

fn of_n1(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
    asks("system:node:n1", &["system:nodes"], verb, resource, namespace, name)
}

/// The same, of those whose `spec.nodeName` is `node`.
fn selecting(node: &str, verb: &str, resource: &str) -> Attributes {
    let fields = vec![("spec.nodeName".into(), node.into())];
    Attributes { fields, ..of_n1(verb, resource, "", "") }
}

#[tokio::test]
async fn a_kubelet_reads_what_its_pods_refer_to() {
    let nodes = authorizer().await;
    for allowed in [
        of_n1("get", "secrets", "shop", "mine-volume"),
        of_n1("watch", "secrets", "shop", "mine-from"),
        of_n1("get", "configmaps", "shop", "mine-projected"),
        of_n1("list", "configmaps", "shop", "mine-key"),
        of_n1("get", "persistentvolumeclaims", "shop", "mine-claim"),
        of_n1("get", "persistentvolumeclaims", "shop", "mine-d"),
        of_n1("get", "persistentvolumes", "", "disk"),
        of_n1("create", "serviceaccounts/token", "shop", "mine"),
        of_n1("update", "leases.coordination.k8s.io", "kube-node-lease", "n1"),
        of_n1("patch", "pods/status", "shop", "mine"),
        of_n1("get", "pods", "shop", "mine"),
        of_n1("watch", "pods", "shop", "mine"),
        selecting("n1", "list", "pods"),
        selecting("n1", "watch", "pods"),
        of_n1("create", "pods", "shop", ""),
        of_n1("delete", "pods", "shop", "theirs"),
        of_n1("create", "pods/eviction", "shop", "mine"),
        of_n1("get", "nodes", "", "n1"),
        of_n1("list", "nodes", "", "n1"),
        of_n1("create", "nodes", "", ""),
        of_n1("patch", "nodes/status", "", "n1"),
        of_n1("get", "volumeattachments.storage.k8s.io", "", "on-n1"),
        of_n1("get", "resourceclaims.resource.k8s.io", "shop", "mine-device"),
        of_n1("get", "resourceclaims.resource.k8s.io", "shop", "mine-made"),
        of_n1("create", "resourceslices.resource.k8s.io", "", ""),
        of_n1("update", "resourceslices.resource.k8s.io", "", "on-n1"),
        selecting("n1", "list", "resourceslices.resource.k8s.io"),
        selecting("n1", "deletecollection", "resourceslices.resource.k8s.io"),
        of_n1("patch", "persistentvolumeclaims/status", "shop", "mine-claim"),
        of_n1("get", "csinodes.storage.k8s.io", "", "n1"),
        of_n1("list", "services", "", ""),
    ] {
        assert_eq!(nodes.authorize(&allowed), Decision::Allow, "{allowed:?}");
    }
}

#[tokio::test]
async fn a_kubelet_reads_nothing_else() {
    let nodes = authorizer().await;
    for denied in [
        of_n1("get", "secrets", "shop", "theirs-volume"),
        of_n1("get", "secrets", "bank", "mine-volume"),
        of_n1("list", "secrets", "shop", ""),
        of_n1("update", "secrets", "shop", "mine-volume"),
        of_n1("get", "configmaps", "shop", "theirs-key"),
        of_n1("get", "persistentvolumeclaims", "shop", "theirs-claim"),
        of_n1("get", "persistentvolumes", "", "other"),
        of_n1("create", "serviceaccounts/token", "shop", "theirs"),
        of_n1("update", "leases.coordination.k8s.io", "kube-node-lease", "n2"),
        of_n1("delete", "services", "shop", "web"),
        of_n1("update", "pods", "shop", "mine"),
        of_n1("deletecollection", "pods", "shop", ""),
        of_n1("delete", "nodes", "", "n1"),
        of_n1("get", "persistentvolumeclaims/status", "shop", "mine-claim"),
        of_n1("list", "volumeattachments.storage.k8s.io", "", ""),
        of_n1("get", "secrets", "shop", "mirror-volume"),
        of_n1("get", "resourceclaims.resource.k8s.io", "shop", "stray"),
        of_n1("list", "resourceclaims.resource.k8s.io", "shop", ""),
        asks("system:node:n1", &["staff"], "get", "secrets", "shop", "mine-volume"),
        asks("system:node:", &["system:nodes"], "list", "services", "", ""),
    ] {
        assert_ne!(nodes.authorize(&denied), Decision::Allow, "{denied:?}");
    }
}

#[tokio::test]
async fn a_kubelet_is_told_why_it_may_not_see_what_other_nodes_have() {
    let nodes = authorizer().await;
    let unrelated = "no relationship found between node 'n1' and this object";
    let slices = "can only list/watch/deletecollection resourceslices with nodeName field selector";
    for (denied, why) in [
        (of_n1("get", "pods", "shop", "theirs"), unrelated),
        (of_n1("watch", "pods", "shop", "theirs"), unrelated),
        (of_n1("list", "pods", "shop", ""), "can only list/watch pods with spec.nodeName field selector"),
        (selecting("n2", "watch", "pods"), "can only list/watch pods with spec.nodeName field selector"),
        (of_n1("get", "nodes", "", "n2"), "node 'n1' cannot read 'n2', only its own Node object"),
        (of_n1("watch", "nodes", "", ""), "node 'n1' cannot read all nodes, only its own Node object"),
        (of_n1("get", "volumeattachments.storage.k8s.io", "", "on-n2"), unrelated),
        (of_n1("get", "resourceclaims.resource.k8s.io", "shop", "theirs-device"), unrelated),
        (of_n1("get", "resourceclaims.resource.k8s.io", "shop", "theirs-made"), unrelated),
        (of_n1("get", "resourceslices.resource.k8s.io", "", "on-n2"), unrelated),
        (of_n1("delete", "resourceslices.resource.k8s.io", "", "on-n2"), unrelated),
        (of_n1("list", "resourceslices.resource.k8s.io", "", ""), slices),
        (selecting("n2", "deletecollection", "resourceslices.resource.k8s.io"), slices),
        (of_n1("update", "persistentvolumeclaims/status", "shop", "theirs-claim"), unrelated),
        (of_n1("get", "csinodes.storage.k8s.io", "", "n2"), "can only access CSINode with the same name as the requesting node"),
    ] {
        assert_eq!(nodes.authorize(&denied), Decision::NoOpinion(why.into()), "{denied:?}");
    }
}

#[tokio::test]
async fn a_kubelet_reads_the_secrets_of_volumes_that_its_pods_mount() {
    let shop = shop().await;
    let store = &*shop;
    for (claim, volume) in [("mine-claim", "encrypted"), ("theirs-claim", "foreign"), ("mine-d", "stolen")] {
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim, "namespace": "shop"},
            "spec": {"volumeName": volume}});
        put(store, claim).await;
    }
    for (volume, claim) in [("encrypted", "mine-claim"), ("foreign", "theirs-claim"), ("stolen", "another")] {
        let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume},
            "spec": {"claimRef": {"namespace": "shop", "name": claim},
                "csi": {"nodeStageSecretRef": {"namespace": "vault", "name": format!("{volume}-key")}}}});
        put(store, volume).await;
    }
    let nodes = NodeAuthorizer::new(shop, &Kinds::builtin());
    assert_eq!(nodes.authorize(&of_n1("get", "secrets", "vault", "encrypted-key")), Decision::Allow);
    for denied in ["foreign-key", "stolen-key"] {
        assert_ne!(nodes.authorize(&of_n1("get", "secrets", "vault", denied)), Decision::Allow, "{denied}");
    }
    assert_ne!(nodes.authorize(&of_n1("get", "secrets", "shop", "encrypted-key")), Decision::Allow);
}
