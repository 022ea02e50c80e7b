//! The server under test: where it is, how it is let in, whom it must be.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kontiki_apiserver::pki::client_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use super::any_server::AnyServer;

/// The server under test and how to be let in.
#[derive(Clone)]
pub struct Peer {
    /// `host:port`.
    pub authority: String,
    /// What stands before every path; empty for nothing.
    pub prefix: String,
    /// Bearer token; empty where a client certificate is used.
    pub token: String,
    /// TLS settings; `None` for a server without TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Peer {
    /// Any API server at `url`, asked as the user of `token`. Its certificate must be of the authority in the file `ca`;
    /// without one it is not checked.
    ///
    /// # Errors
    /// What of the arguments cannot be used.
    pub fn foreign(url: &str, token: &str, ca: Option<&Path>) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        if !matches!(scheme, "https" | "http") {
            bail!("--server {url:?}: {scheme}:// is not spoken here; give https://HOST:PORT");
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority: http::uri::Authority = host
            .parse()
            .ok()
            .filter(|authority: &http::uri::Authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
            .with_context(|| format!("--server {url:?} is not the URL of a server; give https://HOST:PORT"))?;
        let port = match host.strip_prefix(authority.host()) {
            Some("") | None => {
                if scheme == "http" {
                    80
                } else {
                    443
                }
            }
            Some(port) => {
                let port = port.trim_start_matches(':').parse::<u16>();
                port.with_context(|| format!("--server {url:?} names no port that there is; give https://HOST:PORT"))?
            }
        };
        let token = token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("--token is empty or holds characters that no token has; `kubectl create token ACCOUNT` prints one");
        }
        let prefix = path.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        let tls = if scheme == "http" { None } else { Some(Arc::new(foreign_tls(ca)?)) };
        Ok(Self { authority: format!("{}:{port}", authority.host()), prefix, token: token.into(), tls })
    }

    /// A server of ours at `authority`, let in with the administrator's certificate in `folder`.
    ///
    /// # Errors
    /// Where the certificates cannot be read (yet).
    pub fn own(folder: &Path, authority: String) -> Result<Self> {
        let (pki, roots) = (folder.join("pki"), authority_of(folder)?);
        let chain = vec![CertificateDer::from_pem_file(pki.join("admin.crt"))?];
        let key = PrivateKeyDer::from_pem_file(pki.join("admin.key"))?;
        let tls = builder()?.with_root_certificates(roots).with_client_auth_cert(chain, key)?;
        Ok(Self { authority, prefix: String::new(), token: String::new(), tls: Some(Arc::new(tls)) })
    }

    /// A server of ours at `authority`, whose data is in `folder`, let in with `token`.
    ///
    /// # Errors
    /// Where its authority cannot be read.
    pub fn with_token(folder: &Path, authority: String, token: String) -> Result<Self> {
        let tls = builder()?.with_root_certificates(authority_of(folder)?).with_no_client_auth();
        Ok(Self { authority, prefix: String::new(), token, tls: Some(Arc::new(tls)) })
    }
}

fn authority_of(folder: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("pki/ca.crt"))?)?;
    Ok(roots)
}

fn foreign_tls(ca: Option<&Path>) -> Result<ClientConfig> {
    let Some(path) = ca else {
        let config = builder()?.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer));
        return Ok(config.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    let text = std::fs::read(path).with_context(|| format!("--ca {}: cannot be read", path.display()))?;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.with_context(|| format!("--ca {}: does not read as PEM", path.display()))?;
        roots.add(certificate).with_context(|| format!("--ca {}: holds no certificate of an authority", path.display()))?;
    }
    if roots.is_empty() {
        bail!("--ca {}: holds no certificate (-----BEGIN CERTIFICATE-----)", path.display());
    }
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    Ok(ClientConfig::builder_with_provider(Arc::new(client_provider())).with_safe_default_protocol_versions()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> String {
        match Peer::foreign(url, "token", None) {
            Ok(peer) => format!("{}{} {}", peer.authority, peer.prefix, if peer.tls.is_some() { "tls" } else { "plain" }),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn a_server_is_named_as_in_a_kubeconfig_or_by_host_and_port() {
        assert_eq!(of("https://example.org"), "example.org:443 tls");
        assert_eq!(of("https://example.org:6443/"), "example.org:6443 tls");
        assert_eq!(of("https://example.org:6443/k8s/c1/"), "example.org:6443/k8s/c1 tls");
        assert_eq!(of("127.0.0.1:6443"), "127.0.0.1:6443 tls");
        assert_eq!(of("[::1]:6443"), "[::1]:6443 tls");
        assert_eq!(of("http://127.0.0.1:8080"), "127.0.0.1:8080 plain");
    }

    #[test]
    fn what_is_no_server_or_no_token_is_said() {
        for wrong in ["", "https://", "https://:6443", "https://a b:1", "https://h:port", "https://h:99999"] {
            assert!(of(wrong).starts_with("--server"), "{wrong:?}: {}", of(wrong));
        }
        assert!(of("ftp://h").contains("ftp:// is not spoken here"));
        for wrong in ["", " ", "two words", "line\nbreak"] {
            let told = Peer::foreign("https://h", wrong, None).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(told.starts_with("--token"), "{wrong:?}: {told}");
        }
    }

    #[test]
    fn a_file_that_holds_no_authority_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.crt");
        let told = |path: &Path| format!("{:#}", Peer::foreign("https://h", "t", Some(path)).err().unwrap());
        assert!(told(&path).contains("cannot be read"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(told(&path).contains("holds no certificate"), "{}", told(&path));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n").unwrap();
        assert!(told(&path).contains("--ca"), "{}", told(&path));
    }
}
