//! Tokens of service accounts in real containers: the one that every pod gets, and one that a pod asks for.

use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;
use serde_json::{from_value, json};

use super::Cluster;
use crate::clients::kube_client;

/// Where every pod finds what it needs to talk to the API.
const MOUNTED: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

#[test]
fn pods_find_tokens_of_their_account_that_the_server_knows() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl("create serviceaccount reader");
    let pod: Pod = from_value(json!({"metadata": {"name": "tokens"}, "spec": {
        "serviceAccountName": "reader",
        "containers": [{"name": "c", "image": "kontiki/demo:1", "command": ["sleep", "600"],
            "volumeMounts": [{"name": "own", "mountPath": "/own"}]}],
        "volumes": [{"name": "own", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 600}}]}}]}}))
    .unwrap();
    cluster.block_on(async {
        let pods: Api<Pod> = Api::default_namespaced(kube_client(&cluster).await);
        pods.create(&PostParams::default(), &pod).await.unwrap();
    });
    cluster.kubectl("wait --for=condition=Ready pod/tokens --timeout=60s");
    let read = |path: &str| cluster.kubectl(&format!("exec tokens -- cat {path}"));
    assert_eq!(read(&format!("{MOUNTED}/namespace")), "default");
    let authority = cluster.kubectl("get configmap kube-root-ca.crt -o jsonpath={.data.ca\\.crt}");
    assert_eq!(read(&format!("{MOUNTED}/ca.crt")).trim(), authority.trim());

    let known = review(&cluster, &read(&format!("{MOUNTED}/token")), None);
    let user = known.user.unwrap_or_default();
    assert_eq!(user.username.as_deref(), Some("system:serviceaccount:default:reader"));
    assert!(user.groups.unwrap_or_default().contains(&"system:serviceaccounts:default".to_owned()));
    let extra = user.extra.unwrap_or_default();
    assert_eq!(extra["authentication.kubernetes.io/pod-name"], ["tokens"]);

    let asked = read("/own/token");
    let known = review(&cluster, &asked, Some("vault"));
    assert_eq!((known.authenticated, known.audiences), (Some(true), Some(vec!["vault".to_owned()])));
    assert_ne!(review(&cluster, &asked, None).authenticated, Some(true), "it is for another audience than the API");
    cluster.kubectl("delete pod tokens --grace-period=1");
    cluster.stop();
}

/// What the server says of `token`, meant for `audience` or for the API itself.
fn review(cluster: &Cluster, token: &str, audience: Option<&str>) -> TokenReviewStatus {
    let audiences: Vec<&str> = audience.into_iter().collect();
    let review: TokenReview = from_value(json!({"metadata": {}, "spec": {"token": token, "audiences": audiences}})).unwrap();
    cluster.block_on(async {
        let reviews: Api<TokenReview> = Api::all(kube_client(cluster).await);
        reviews.create(&PostParams::default(), &review).await.unwrap().status.unwrap_or_default()
    })
}
