//! Certificates that are renewed while the master runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use kontiki_apiserver::pki::{self, MemberTls, Pki, ServingCertificate};
use kontiki_runtime::clock::{Clock, SystemClock};
use parking_lot::RwLock;
use rustls::ClientConfig;
use tokio_util::sync::CancellationToken;

/// Far more often than they end.
const EVERY: Duration = Duration::from_secs(30 * 86_400);

/// The certificates that a master shows.
pub struct Renewed {
    /// To clients of the API.
    pub serving: Arc<ServingCertificate>,
    /// To its peers.
    pub members: Arc<MemberTls>,
    front: Arc<RwLock<Arc<ClientConfig>>>,
    name: String,
    names: Vec<String>,
}

impl Renewed {
    /// Certificates for the master `name`, whose API is reached under `names`.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub fn new(pki: &Pki, name: &str, names: Vec<String>) -> Result<Self> {
        let now = SystemClock::default().now();
        let serving = ServingCertificate::new(&pki.serving("kube-apiserver", &names, now)?)?;
        let members = Arc::new(MemberTls::new(pki.authority(), &pki.member(name, now)?)?);
        let front = Arc::new(RwLock::new(Arc::new(pki::client_config(pki.authority(), Some(&pki.front_proxy(now)?))?)));
        Ok(Self { serving, members, front, name: name.into(), names })
    }

    /// What shows other masters that requests come from one of them.
    pub fn front(&self) -> impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static {
        let front = Arc::clone(&self.front);
        move || Arc::clone(&front.read())
    }

    fn again(&self, pki: &Pki) -> Result<()> {
        let now = SystemClock::default().now();
        self.serving.renew(&pki.serving("kube-apiserver", &self.names, now)?)?;
        self.members.renew(pki.authority(), &pki.member(&self.name, now)?)?;
        *self.front.write() = Arc::new(pki::client_config(pki.authority(), Some(&pki.front_proxy(now)?))?);
        Ok(())
    }
}

/// Renews the certificates every month until `stop`.
pub async fn renew(renewed: Renewed, pki: Arc<Pki>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = renewed.again(&pki) {
            tracing::error!(error = format!("{error:#}"), "certificates are not renewed");
        }
    }
}
