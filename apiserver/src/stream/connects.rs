//! Every connecting subresource, by name.

use std::sync::Arc;

use kontiki_api::meta::Resource;
use kontiki_store::Store;
use rustls::ClientConfig;
use tokio_util::sync::CancellationToken;

use super::backend::Backend;
use super::log::PodLog;
use super::upgrade::PodStream;
use crate::Connects;
use crate::connect::Connect;
use crate::pki::{PkiError, client_config};
use crate::proxy::{NodeProxy, Outward, PodProxy, ServiceProxy, unverified};

/// `log`, `exec`, `attach` and `portforward` of pods, and `proxy` of pods, services and nodes. `tls` shows the API
/// server's certificate to kubelets and trusts the cluster's authority; streams are cut off at `stop`.
///
/// # Errors
/// Where TLS is not to be had.
pub fn connects(store: Arc<dyn Store>, tls: ClientConfig, stop: CancellationToken) -> Result<Connects, PkiError> {
    let backend = Backend::new(Arc::clone(&store), tls);
    let outward = Outward { tls: Arc::new(unverified(client_config("", None)?)), stop: stop.clone() };
    let stream = |path, in_container| -> Arc<dyn Connect> {
        Arc::new(PodStream { backend: backend.clone(), path, in_container, stop: stop.clone() })
    };
    let all: [(&str, &str, Arc<dyn Connect>); 7] = [
        ("pods", "log", Arc::new(PodLog { backend: backend.clone(), stop: stop.clone() })),
        ("pods", "exec", stream("exec", true)),
        ("pods", "attach", stream("attach", true)),
        ("pods", "portforward", stream("portForward", false)),
        ("pods", "proxy", Arc::new(PodProxy(outward.clone()))),
        ("services", "proxy", Arc::new(ServiceProxy { store, outward: outward.clone() })),
        ("nodes", "proxy", Arc::new(NodeProxy { kubelets: backend.clone(), outward })),
    ];
    Ok(all.into_iter().map(|(plural, name, connect)| ((Resource::from(plural), name.into()), connect)).collect())
}
