//! What a kubeconfig and the flags say about one connection.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_runtime::client::http::{HttpConfig, other_servers};
use serde_json::Value;

use super::Kubeconfig;
use crate::failure::Failure;

/// Flags that go before the kubeconfig.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--server`.
    pub server: Option<String>,
    /// `--token`.
    pub token: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
    /// `--certificate-authority`.
    pub authority: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`.
    pub insecure: bool,
}

/// One connection: where, as whom, in which namespace.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The server, whom to trust, and who asks.
    pub http: HttpConfig,
    /// The namespace of commands that name none.
    pub namespace: String,
}

impl Access {
    /// What `config` and `flags` say together.
    pub(crate) fn resolve(config: &Kubeconfig, flags: &Overrides) -> Result<Self, Failure> {
        let empty = (&Value::Null, Path::new("."));
        let context = match flags.context.as_deref().or_else(|| config.current_context()) {
            None => &Value::Null,
            Some(name) => match config.entry("contexts", name) {
                Some((context, _)) => context,
                None => return Err(Failure::Usage(format!("context {name:?} does not exist"))),
            },
        };
        let named = |list: &str, flag: &Option<String>, member: &str| {
            let name = flag.as_deref().or_else(|| context.get(member)?.as_str()).unwrap_or_default();
            match config.entry(list, name) {
                None if !name.is_empty() => Err(Failure::Usage(format!("{member} {name:?} does not exist"))),
                found => Ok(found.unwrap_or(empty)),
            }
        };
        let (cluster, cluster_at) = named("clusters", &flags.cluster, "cluster")?;
        let (user, user_at) = named("users", &flags.user, "user")?;
        let server = flags.server.clone().or_else(|| text(cluster, "server")).unwrap_or_else(|| "http://localhost:8080".into());
        let authority = match &flags.authority {
            Some(path) => Some(read(path)?),
            None => data(cluster, cluster_at, "certificate-authority")?,
        };
        check_user(user)?;
        let insecure = flags.insecure || cluster.get("insecure-skip-tls-verify").and_then(Value::as_bool).unwrap_or(false);
        let server = url(server);
        let others = if flags.server.is_none() { other_servers(cluster) } else { Vec::new() };
        if authority.is_none() && !insecure && server.starts_with("https:") {
            return Err(Failure::usage("the cluster has no certificate-authority: give one, or insecure-skip-tls-verify"));
        }
        let certificate = data(user, user_at, "client-certificate")?;
        let http = HttpConfig {
            server,
            others,
            ca_pem: authority.unwrap_or_default(),
            client_pem: certificate.zip(data(user, user_at, "client-key")?),
            token: token(user, user_at, flags)?,
            server_name: text(cluster, "tls-server-name"),
            insecure,
        };
        let namespace = flags.namespace.clone().or_else(|| text(context, "namespace")).unwrap_or_else(|| "default".into());
        Ok(Self { http, namespace })
    }
}

/// A bare `host:port` is plain HTTP, as kubectl has it.
fn url(server: String) -> String {
    if server.contains("://") { server } else { format!("http://{server}") }
}

fn check_user(user: &Value) -> Result<(), Failure> {
    match ["exec", "auth-provider", "username"].into_iter().find(|name| user.get(name).is_some()) {
        Some(name) => Err(Failure::Usage(format!("users with {name:?} are not supported: use a token or a client certificate"))),
        None => Ok(()),
    }
}

fn token(user: &Value, folder: &Path, flags: &Overrides) -> Result<Option<String>, Failure> {
    if let Some(token) = flags.token.clone().or_else(|| text(user, "token")) {
        return Ok(Some(token));
    }
    let Some(path) = text(user, "tokenFile") else { return Ok(None) };
    let bytes = read(&folder.join(path))?;
    Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
}

fn text(entry: &Value, name: &str) -> Option<String> {
    entry.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The bytes of `name-data` (base64), or of the file that `name` names.
fn data(entry: &Value, folder: &Path, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(encoded) = text(entry, &format!("{name}-data")) {
        let decoded = STANDARD.decode(encoded.trim());
        return decoded.map(Some).map_err(|error| Failure::Usage(format!("{name}-data is not base64: {error}")));
    }
    text(entry, name).map(|path| read(&folder.join(path))).transpose()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::File { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
apiVersion: v1
kind: Config
current-context: a
clusters:
- name: one
  cluster: {server: 'https://one:6443', certificate-authority-data: Y2E=}
users:
- name: admin
  user: {token: secret, client-certificate: cert.pem, client-key: key.pem}
contexts:
- name: a
  context: {cluster: one, user: admin, namespace: web}
";

    #[test]
    fn a_context_gives_server_user_and_namespace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, CONFIG).unwrap();
        std::fs::write(folder.path().join("cert.pem"), "pem").unwrap();
        std::fs::write(folder.path().join("key.pem"), "key").unwrap();
        let config = Kubeconfig::load(None, path.to_str(), None).unwrap();
        let access = Access::resolve(&config, &Overrides::default()).unwrap();
        assert_eq!((access.http.server.as_str(), access.namespace.as_str()), ("https://one:6443", "web"));
        assert_eq!(access.http.token.as_deref(), Some("secret"));
        assert_eq!(access.http.ca_pem, b"ca");
        assert_eq!(access.http.client_pem, Some((b"pem".to_vec(), b"key".to_vec())));
        let flags = Overrides { context: Some("b".into()), ..Overrides::default() };
        assert_eq!(Access::resolve(&config, &flags).unwrap_err().to_string(), "error: context \"b\" does not exist");
        let flags = Overrides { namespace: Some("x".into()), server: Some("h:8080".into()), ..Overrides::default() };
        assert_eq!(Access::resolve(&config, &flags).unwrap().http.server, "http://h:8080");
    }
}
