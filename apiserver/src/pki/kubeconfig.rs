//! A kubeconfig of our own making.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Pair;

/// Name of the cluster, the context and (with a suffix) the user.
pub(super) const NAME: &str = "kontiki";

/// A kubeconfig (JSON, which is YAML) with everything embedded: cluster, user and the current context `kontiki`.
pub fn kubeconfig(server_url: &str, authority: &str, client: &Pair) -> String {
    let config = document(server_url, authority, client);
    serde_saphyr::to_string(&config).unwrap_or_else(|_| config.to_string())
}

/// The same for a cluster with several masters: clients that know no better use the first of `servers`; ours try all,
/// which stand in an extension of the cluster.
pub fn kubeconfig_of(servers: &[String], authority: &str, client: &Pair) -> String {
    let mut config = document(servers.first().map_or("", String::as_str), authority, client);
    if let Some(cluster) = config.pointer_mut("/clusters/0/cluster") {
        cluster["extensions"] = json!([{"name": NAME, "extension": {"servers": servers}}]);
    }
    serde_saphyr::to_string(&config).unwrap_or_else(|_| config.to_string())
}

/// The same as a value.
pub(super) fn document(server_url: &str, authority: &str, client: &Pair) -> Value {
    let encode = |text: &str| STANDARD.encode(text);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": {
            "certificate-authority-data": encode(authority), "server": server_url,
        }}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": "kontiki-admin"}}],
        "current-context": NAME,
        "preferences": {},
        "users": [{"name": "kontiki-admin", "user": {
            "client-certificate-data": encode(&client.certificate), "client-key-data": encode(&client.key),
        }}],
    })
}
