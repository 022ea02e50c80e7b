//! The part of kubeconfig files that names one server and one user.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::yaml::{Duplicates, read_one};
use serde_json::Value;

use super::{ConfigError, HttpConfig};

/// One context of a kubeconfig file.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    /// The context's name.
    pub context: String,
    /// Its namespace; empty where it names none.
    pub namespace: String,
    /// Its server and user.
    pub http: HttpConfig,
}

impl Kubeconfig {
    /// Reads `context` of the file, or its current context. Certificates, keys and tokens may be in
    /// the file or in others beside it; plug-ins (`exec`, `auth-provider`) are refused.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path, context: Option<&str>) -> Result<Self, ConfigError> {
        let bytes = fs::read(path).map_err(|source| ConfigError::File { path: path.into(), source })?;
        let fault = |fault: String| ConfigError::Kubeconfig { path: path.into(), fault };
        let file = read_one(&bytes, Duplicates::Refuse).map_err(|error| fault(error.to_string()))?;
        let name = context.or_else(|| text(&file, "current-context")).unwrap_or_default();
        let context = named(&file, "contexts", "context", name).ok_or_else(|| fault(format!("there is no context {name:?}")))?;
        let part = |list, item| {
            let wanted = text(context, item).unwrap_or_default();
            named(&file, list, item, wanted).ok_or_else(|| fault(format!("there is no {item} {wanted:?}")))
        };
        let (cluster, user) = (part("clusters", "cluster")?, part("users", "user")?);
        for refused in ["exec", "auth-provider", "username"] {
            if user.get(refused).is_some() {
                return Err(fault(format!("credentials by {refused} are not offered")));
            }
        }
        let blob = Blobs { path, folder: path.parent().unwrap_or(Path::new(".")) };
        let (certificate, key) = (blob.read(user, "client-certificate")?, blob.read(user, "client-key")?);
        let token = match text(user, "tokenFile") {
            Some(file) => Some(String::from_utf8_lossy(&blob.file(file)?).trim().to_owned()),
            None => text(user, "token").map(str::to_owned),
        };
        let http = HttpConfig {
            server: text(cluster, "server").unwrap_or_default().to_owned(),
            others: other_servers(cluster),
            ca_pem: blob.read(cluster, "certificate-authority")?.unwrap_or_default(),
            client_pem: certificate.zip(key),
            token,
            server_name: text(cluster, "tls-server-name").map(str::to_owned),
            insecure: cluster.get("insecure-skip-tls-verify").and_then(Value::as_bool).unwrap_or_default(),
        };
        Ok(Self { context: name.to_owned(), namespace: text(context, "namespace").unwrap_or_default().to_owned(), http })
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The other masters of a `cluster` of a kubeconfig, as its extension `kontiki` names them.
pub fn other_servers(cluster: &Value) -> Vec<String> {
    let extensions = cluster.get("extensions").and_then(Value::as_array).into_iter().flatten();
    let ours = extensions.filter(|one| text(one, "name") == Some("kontiki")).find_map(|one| one.pointer("/extension/servers"));
    let servers = ours.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    servers.filter(|server| text(cluster, "server") != Some(server)).map(str::to_owned).collect()
}

fn named<'a>(file: &'a Value, list: &str, item: &str, name: &str) -> Option<&'a Value> {
    let entries = file.get(list)?.as_array()?;
    entries.iter().find(|entry| text(entry, "name") == Some(name))?.get(item)
}

/// Bytes that stand in the file (`NAME-data`) or in another (`NAME`).
struct Blobs<'a> {
    path: &'a Path,
    folder: &'a Path,
}

impl Blobs<'_> {
    fn read(&self, of: &Value, name: &str) -> Result<Option<Vec<u8>>, ConfigError> {
        if let Some(data) = text(of, &format!("{name}-data")) {
            let fault = |error| ConfigError::Kubeconfig { path: self.path.into(), fault: format!("{name}-data: {error}") };
            return STANDARD.decode(data).map(Some).map_err(fault);
        }
        text(of, name).map(|file| self.file(file)).transpose()
    }

    fn file(&self, file: &str) -> Result<Vec<u8>, ConfigError> {
        let path: PathBuf = self.folder.join(file);
        fs::read(&path).map_err(|source| ConfigError::File { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_names_server_user_and_namespace() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("ca.pem"), "CA").expect("written");
        let path = folder.path().join("config");
        let file = "
current-context: b
contexts:
- {name: a, context: {cluster: c, user: u}}
- {name: b, context: {cluster: c, user: u, namespace: ns}}
clusters:
- {name: c, cluster: {server: 'https://127.0.0.1:6443', certificate-authority: ca.pem}}
users:
- {name: u, user: {token: t}}
";
        fs::write(&path, file).expect("written");
        let read = Kubeconfig::read(&path, None).expect("it reads");
        assert_eq!((&*read.context, &*read.namespace, &*read.http.server), ("b", "ns", "https://127.0.0.1:6443"));
        assert_eq!((&read.http.ca_pem[..], read.http.token.as_deref()), (&b"CA"[..], Some("t")));
        let error = Kubeconfig::read(&path, Some("x")).expect_err("no such context");
        assert!(error.to_string().contains("no context \"x\""), "{error}");
    }
}
