//! The client of all webhooks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kontiki_store::Store;
use parking_lot::Mutex;

use super::connector::Connector;
use super::{ClientConfig, WebhookError};
use crate::apart::APART;
use crate::pki::client_config;

/// Most bytes of an answer.
const ANSWER_BYTES: usize = 16 << 20;
/// Most bytes of a refusal that are told.
const REFUSAL_BYTES: usize = 1 << 10;
/// Authorities whose connections are kept; beyond that all are forgotten and made anew.
const AUTHORITIES: usize = 64;
const IDLE: Duration = Duration::from_secs(90);
const AGENT: HeaderValue = HeaderValue::from_static("kube-apiserver-admission");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/json, */*");
/// Where distributions keep the authorities that the machine trusts.
const MACHINE: [&str; 3] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

type HttpClient = Client<Connector, Full<Bytes>>;

/// Calls webhooks; connections are kept and used again.
pub struct Webhooks {
    store: Arc<dyn Store>,
    apart: bool,
    clients: Mutex<HashMap<Vec<u8>, HttpClient>>,
}

impl Webhooks {
    /// A client that finds Services in `store`; where it is to be kept `apart`, it calls nobody.
    pub fn new(store: Arc<dyn Store>, apart: bool) -> Self {
        Self { store, apart, clients: Mutex::default() }
    }

    /// Posts `body`, JSON, and reads the answer. `query` (`timeout=10s`) becomes part of the URL.
    ///
    /// # Errors
    /// See [`WebhookError`]; never later than `timeout`.
    pub async fn post(&self, config: &ClientConfig, query: &str, body: Bytes, timeout: Duration) -> Result<Bytes, WebhookError> {
        if self.apart {
            return Err(WebhookError::Config(APART.into()));
        }
        let uri = config.uri(query)?;
        let url = uri.to_string();
        let client = self.client(&config.ca_bundle)?;
        match tokio::time::timeout(timeout, Box::pin(exchange(&client, uri, body))).await {
            Ok(answer) => answer,
            Err(_) => Err(WebhookError::Timeout { url }),
        }
    }

    fn client(&self, bundle: &[u8]) -> Result<HttpClient, WebhookError> {
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(bundle) {
            return Ok(client.clone());
        }
        let unusable = |error: &dyn std::fmt::Display| WebhookError::Config(format!("unable to load root certificates: {error}"));
        let machine = || MACHINE.iter().find_map(|path| std::fs::read(path).ok()).unwrap_or_default();
        let authority = if bundle.is_empty() { machine() } else { bundle.to_vec() };
        let authority = String::from_utf8(authority).map_err(|error| unusable(&error))?;
        let tls = client_config(&authority, None).map_err(|error| unusable(&error))?;
        let connector = Connector { store: Arc::clone(&self.store), tls: Arc::new(tls) };
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(connector);
        if clients.len() >= AUTHORITIES {
            clients.clear();
        }
        clients.insert(bundle.to_vec(), client.clone());
        Ok(client)
    }
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhooks")
    }
}

async fn exchange(client: &HttpClient, uri: Uri, body: Bytes) -> Result<Bytes, WebhookError> {
    let url = uri.to_string();
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri;
    for (name, value) in [(CONTENT_TYPE, JSON), (ACCEPT, ACCEPTED), (USER_AGENT, AGENT)] {
        request.headers_mut().insert(name, value);
    }
    let sent = client.request(request).await;
    let response = sent.map_err(|error| WebhookError::Unreachable { url: url.clone(), source: error.into() })?;
    read(url, response).await
}

async fn read(url: String, response: Response<Incoming>) -> Result<Bytes, WebhookError> {
    let status = response.status();
    let limit = if status.is_success() { ANSWER_BYTES } else { REFUSAL_BYTES };
    let media = response.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default().to_owned();
    match Limited::new(response.into_body(), limit).collect().await {
        Ok(body) if status.is_success() => {
            let body = body.to_bytes();
            if body.is_empty() { Err(WebhookError::Empty { code: status.as_u16(), media }) } else { Ok(body) }
        }
        Ok(body) => {
            let body = String::from_utf8_lossy(&body.to_bytes()).trim().to_owned();
            // Of what is no text only a Status is told.
            let is_told = media.is_empty() || media.starts_with("text/") || body.starts_with('{');
            let body = if is_told { body } else { String::new() };
            Err(WebhookError::Refused { code: status.as_u16(), body })
        }
        Err(_) if !status.is_success() => Err(WebhookError::Refused { code: status.as_u16(), body: String::new() }),
        Err(error) if error.is::<LengthLimitError>() => Err(WebhookError::TooLarge { url, limit }),
        Err(source) => Err(WebhookError::Unreachable { url, source }),
    }
}
