//! A server that listens, with and without TLS, on ports of the machine's choice.

use std::path::PathBuf;
use std::sync::Arc;

use kontiki_api::time::Time;
use kontiki_apiserver::pki::{Pki, kubeconfig, server_config};
use kontiki_apiserver::{Server, http};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A server that is stopped when this is dropped.
pub struct Listening {
    pub server: Arc<Server>,
    pub address: std::net::SocketAddr,
    pub stop: CancellationToken,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Listening {
    /// Plain HTTP.
    pub async fn plain(server: Arc<Server>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(http::serve_plain(Arc::clone(&server), listener, stop.clone()));
        Self { server, address, stop }
    }

    /// TLS, and a kubeconfig in `folder` that reaches it.
    pub async fn tls(server: Arc<Server>, folder: &std::path::Path) -> (Self, PathBuf) {
        let now = Time::from_micros(jiff::Timestamp::now().as_microsecond());
        let pki = Pki::open(folder, now).unwrap();
        let pair = pki.serving("kontiki", &["127.0.0.1".into()], now).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(http::serve(Arc::clone(&server), listener, server_config(&pair).unwrap(), stop.clone()));
        let file = folder.join("test.kubeconfig");
        std::fs::write(&file, kubeconfig(&format!("https://{address}"), pki.authority(), pki.admin())).unwrap();
        (Self { server, address, stop }, file)
    }
}
