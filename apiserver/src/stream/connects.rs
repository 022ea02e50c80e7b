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

/// `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward`. `tls` shows the API server's certificate to kubelets
/// and trusts the cluster's authority; streams are cut off at `stop`.
pub fn connects(store: Arc<dyn Store>, tls: ClientConfig, stop: CancellationToken) -> Connects {
    let backend = Backend::new(store, tls);
    let stream = |path, in_container| -> Arc<dyn Connect> {
        Arc::new(PodStream { backend: backend.clone(), path, in_container, stop: stop.clone() })
    };
    let all: [(&str, Arc<dyn Connect>); 4] = [
        ("log", Arc::new(PodLog { backend: backend.clone() })),
        ("exec", stream("exec", true)),
        ("attach", stream("attach", true)),
        ("portforward", stream("portForward", false)),
    ];
    all.into_iter().map(|(name, connect)| ((Resource::from("pods"), name.into()), connect)).collect()
}
