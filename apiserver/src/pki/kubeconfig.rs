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
