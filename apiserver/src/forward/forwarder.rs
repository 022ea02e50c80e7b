//! Requests on their way to the leader.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kontiki_api::request::{Request, RequestId, Verb};
use kontiki_api::url::path_and_query;
use parking_lot::Mutex;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::front_proxy;

/// The kind of errors that say that nothing was sent.
pub(super) const NOTHING_SENT: io::ErrorKind = io::ErrorKind::NotConnected;
/// How long the leader may take to accept a connection.
const DIAL: Duration = Duration::from_secs(1);
/// How often an idle connection is asked whether it lives, and how long that may take.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
/// The name that every master's serving certificate holds.
const SERVER_NAME: &str = "kubernetes";

/// Where the API of a member is reached, `host:port`; `None` where that is not known.
pub type Locate = Arc<dyn Fn(u64) -> Option<String> + Send + Sync>;

type Connection = SendRequest<Full<Bytes>>;

/// Passes requests on to other masters, over one connection to each.
pub struct Forwarder {
    locate: Locate,
    tls: Box<dyn Fn() -> Arc<ClientConfig> + Send + Sync>,
    connections: Mutex<HashMap<String, (Connection, Arc<ClientConfig>)>>,
}

impl Forwarder {
    /// Masters are found by `locate`; `tls` gives what trusts their authority and shows a certificate of the user
    /// [`super::FRONT_PROXY`]. Once it gives another one, new connections are made: whoever is at the other end looks at the
    /// certificate with every request.
    pub fn new(locate: Locate, tls: impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static) -> Self {
        Self { locate, tls: Box::new(tls), connections: Mutex::default() }
    }

    /// The answer of the member `node` to `request`, done under `id`.
    ///
    /// # Errors
    /// Where it is not reached or does not answer: the outcome is then not known, but where the error is [`NOTHING_SENT`].
    pub(super) async fn send(&self, node: u64, request: &Request, id: RequestId, accept: &str) -> io::Result<Response<Bytes>> {
        let address =
            (self.locate)(node).ok_or_else(|| io::Error::other(format!("the address of member {node} is not known")))?;
        let built = build(&address, request, id, accept).map_err(io::Error::other)?;
        let connected = self.connection(&address).await;
        let mut connection = connected.map_err(|error| io::Error::new(NOTHING_SENT, error))?;
        let answered = async {
            let response = connection.send_request(built).await?;
            let (parts, body) = response.into_parts();
            Ok::<_, hyper::Error>(Response::from_parts(parts, body.collect().await?.to_bytes()))
        };
        let answered = answered.await.map_err(io::Error::other);
        if answered.is_err() {
            self.connections.lock().remove(&address);
        }
        answered
    }

    async fn connection(&self, address: &str) -> io::Result<Connection> {
        let tls = (self.tls)();
        let known = self.connections.lock().get(address).cloned();
        if let Some((known, shown)) = known
            && !known.is_closed()
            && Arc::ptr_eq(&shown, &tls)
        {
            return Ok(known);
        }
        let made = tokio::time::timeout(DIAL, connect(address, &tls)).await;
        let made = made.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, format!("{address} does not answer")))??;
        self.connections.lock().insert(address.to_owned(), (made.clone(), tls));
        Ok(made)
    }
}

async fn connect(address: &str, tls: &ClientConfig) -> io::Result<Connection> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(SERVER_NAME).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(tls)).connect(name, tcp).await?;
    let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).keep_alive_interval(KEEP_ALIVE).keep_alive_timeout(KEEP_ALIVE);
    builder.keep_alive_while_idle(true).adaptive_window(true);
    let (connection, running) = builder.handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        if let Err(error) = running.await {
            tracing::debug!(%error, "the connection to another master ended");
        }
    });
    Ok(connection)
}

impl std::fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forwarder")
    }
}

fn build(address: &str, request: &Request, id: RequestId, accept: &str) -> Result<http::Request<Full<Bytes>>, http::Error> {
    let uri = format!("https://{address}{}", path_and_query(request));
    let mut built = http::Request::builder().method(method(request.verb)).uri(uri).body(Full::new(request.body.clone()))?;
    let headers = built.headers_mut();
    *headers = front_proxy::headers(&request.user, id);
    for (name, text) in [(ACCEPT, accept), (CONTENT_TYPE, &*request.content_type), (USER_AGENT, &*request.agent)] {
        if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(text)) {
            headers.insert(name, value);
        }
    }
    Ok(built)
}

const fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get | Verb::List | Verb::Watch => Method::GET,
        Verb::Create => Method::POST,
        Verb::Update => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete | Verb::DeleteCollection => Method::DELETE,
    }
}
