//! An ordinary user of a server of ours, and the audit of what it does: without them the server would have less to do than one in
//! use.

use std::path::Path;

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::connection::Connection;
use super::load::NAMESPACE;
use super::peer::Peer;
use super::process::Place;

/// Every request leaves a line of who did what.
const POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n";
/// The account.
const NAME: &str = "bench";

/// The words that start a server at `place` with an audit of everything, and where that goes.
///
/// # Errors
/// Where the policy cannot be written.
pub fn audited(place: &Place) -> Result<Vec<String>> {
    let (policy, log) = (place.data.join("audit-policy.yaml"), log(&place.data));
    std::fs::write(&policy, POLICY).context("cannot write an audit policy")?;
    let words = ["up".into(), "--audit-policy-file".into(), shown(&policy), "--audit-log-path".into(), shown(&log)];
    Ok(words.into())
}

/// How many lines the audit of the server whose data is in `folder` has.
///
/// # Errors
/// Where it cannot be read.
pub fn audit_lines(folder: &Path) -> Result<usize> {
    let text = std::fs::read(log(folder)).context("cannot read the audit")?;
    Ok(text.iter().filter(|byte| **byte == b'\n').count())
}

/// A service account in the namespace of the loads that may do everything, by a role, let in with a token.
///
/// # Errors
/// Where the server does not make it.
pub async fn account(place: &Place) -> Result<Peer> {
    let admin = Peer::own(&place.data, place.api())?;
    let mut connection = Connection::open(&admin).await?;
    let accounts = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts");
    let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME}});
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": NAME},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    });
    let request =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86_400}});
    post(&mut connection, &accounts, &account).await?;
    post(&mut connection, bindings, &binding).await?;
    let answer = post(&mut connection, &format!("{accounts}/{NAME}/token"), &request).await?;
    let token = answer["status"]["token"].as_str().context("the server gave no token")?;
    Peer::with_token(&place.data, place.api(), token.into())
}

async fn post(connection: &mut Connection, path: &str, object: &Value) -> Result<Value> {
    let body = Bytes::from(object.to_string());
    let (code, body) = connection.answer(Method::POST, path, "application/json", body).await?;
    if !(200..300).contains(&code) {
        bail!("{path}: {code}: {}", String::from_utf8_lossy(&body));
    }
    serde_json::from_slice(&body).with_context(|| format!("{path}: the answer is not JSON"))
}

fn log(folder: &Path) -> std::path::PathBuf {
    folder.join("audit.log")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
