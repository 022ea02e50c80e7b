//! How a master asks others as one of them.

use anyhow::Result;
use kontiki_apiserver::pki::Pki;
use kontiki_runtime::client::http::HttpConfig;
use kontiki_runtime::clock::{Clock, SystemClock};

/// The way to the API of the master at `api` (`host:port`), with a certificate by which it knows a master.
///
/// # Errors
/// Where the certificate cannot be made.
pub fn as_master(pki: &Pki, api: &str) -> Result<HttpConfig> {
    let pair = pki.client("system:kontiki", &["system:masters"], SystemClock::default().now())?;
    Ok(HttpConfig {
        server: format!("https://{api}"),
        ca_pem: pki.authority().into(),
        client_pem: Some((pair.certificate.into(), pair.key.into())),
        // The name that every master's certificate holds, whatever address it is reached at.
        server_name: Some("kubernetes".into()),
        ..HttpConfig::default()
    })
}
