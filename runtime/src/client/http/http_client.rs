//! The client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Revision;
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status};
use serde::Deserialize;

use super::connector::Connector;
use super::follow::follow;
use super::no_answer::{NoAnswer, causes};
use super::path::method;
use super::{ConfigError, HttpConfig};
use crate::client::{Answer, Client, Feed, Interest, Selection};
use kontiki_api::url::path_and_query;

/// An answer that has not begun after this long is counted as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often an idle connection is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A client of an API server over HTTP/2 or HTTP/1.1, with pooled connections. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    /// At least one; the one in use is `current`.
    servers: Vec<Uri>,
    current: AtomicUsize,
    prefix: String,
    authorization: Option<HeaderValue>,
    pool: legacy::Client<Connector, Full<Bytes>>,
    /// For upgrades: a connection that speaks only HTTP/1.1.
    plain: Connector,
}

impl HttpClient {
    /// A client as configured. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(config: &HttpConfig) -> Result<Self, ConfigError> {
        let servers = config.uris()?;
        let server_name = config.server_name.clone();
        let connector = Connector { tls: config.tls(&[b"h2", b"http/1.1"])?, server_name: server_name.clone() };
        let plain = Connector { tls: config.tls(&[b"http/1.1"])?, server_name };
        let pool = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .build(connector);
        let bearer = |token: &String| HeaderValue::from_str(&format!("Bearer {token}"));
        let authorization = config.token.as_ref().map(bearer).transpose();
        let authorization = authorization.map_err(|error| ConfigError::Pem { what: "token", fault: error.to_string() })?;
        let prefix = servers.first().map_or("", Uri::path).trim_end_matches('/').to_owned();
        let current = AtomicUsize::new(0);
        Ok(Self { inner: Arc::new(Inner { servers, current, prefix, authorization, pool, plain }) })
    }

    /// Sends anything and returns the answer as it begins, whatever its code. `path` includes the query.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<Incoming>, NoAnswer> {
        let mut left = self.inner.servers.len();
        loop {
            let request = self.request(method.clone(), path, headers.clone(), body.clone())?;
            let asked = self.inner.current.load(Ordering::Relaxed);
            let sent = tokio::time::timeout(PATIENCE, self.inner.pool.request(request)).await;
            let sent = sent.map_err(|_| NoAnswer::Late { server: self.server() })?;
            left -= 1;
            match sent {
                // Nothing was sent: another server may be asked.
                Err(error) if error.is_connect() => {
                    let unreached = self.unreached(error);
                    self.leave(asked);
                    if left == 0 {
                        return Err(unreached);
                    }
                }
                Err(error) => {
                    let broken = NoAnswer::Broken { server: self.server(), source: error.into() };
                    self.leave(asked);
                    return Err(broken);
                }
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// Asks the next server from now on, unless another is asked already.
    fn leave(&self, asked: usize) {
        let next = (asked + 1) % self.inner.servers.len().max(1);
        let _ = self.inner.current.compare_exchange(asked, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn uri(&self) -> Uri {
        let at = self.inner.current.load(Ordering::Relaxed);
        self.inner.servers.get(at).cloned().unwrap_or_default()
    }

    /// Asks for another protocol on a connection of its own, such as a WebSocket for `exec`. `headers` hold
    /// `Connection`, `Upgrade` and what the protocol wants. Where the answer's code is 101, `hyper::upgrade::on`
    /// makes it the raw connection.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn upgrade(&self, path: &str, headers: HeaderMap) -> Result<http::Response<Incoming>, NoAnswer> {
        let plain = self.inner.plain.clone();
        let stream = plain.connect(self.uri()).await.map_err(|error| self.unreached(error))?;
        let handshake = hyper::client::conn::http1::handshake(stream).await;
        let (mut sender, connection) = handshake.map_err(|error| self.unreached(error))?;
        tokio::spawn(connection.with_upgrades());
        let mut request = self.request(Method::GET, path, headers, Bytes::new())?;
        if let Ok(host) = HeaderValue::from_str(&self.server()) {
            request.headers_mut().insert(header::HOST, host);
        }
        *request.uri_mut() = self.path(path).parse().map_err(|_| unsendable(path))?;
        let sent = sender.send_request(request).await;
        sent.map_err(|error| NoAnswer::Broken { server: self.server(), source: error.into() })
    }

    /// Host and port of the server.
    pub fn server(&self) -> String {
        self.uri().authority().map(ToString::to_string).unwrap_or_default()
    }

    fn unreached(&self, source: impl std::error::Error + Send + Sync + 'static) -> NoAnswer {
        NoAnswer::Unreached { server: self.server(), source: Box::new(source) }
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.inner.prefix)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<http::Request<Full<Bytes>>, NoAnswer> {
        let mut parts = self.uri().into_parts();
        parts.path_and_query = Some(self.path(path).parse().map_err(|_| unsendable(path))?);
        let uri = Uri::from_parts(parts).map_err(|_| unsendable(path))?;
        let mut request = http::Request::new(Full::new(body));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
        if let Some(authorization) = &self.inner.authorization {
            request.headers_mut().entry(header::AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        Ok(request)
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("servers", &self.inner.servers).finish_non_exhaustive()
    }
}

#[async_trait]
impl Client for HttpClient {
    async fn call(&self, request: Request) -> Result<Answer, Status> {
        let mut headers = HeaderMap::new();
        let texts: [(HeaderName, &str); 3] = [
            (header::ACCEPT, "application/json"),
            (header::CONTENT_TYPE, &request.content_type),
            (header::USER_AGENT, &request.agent),
        ];
        for (name, text) in texts {
            if let Some(value) = HeaderValue::from_str(text).ok().filter(|value| !value.is_empty()) {
                headers.insert(name, value);
            }
        }
        let answer = self.send(method(request.verb), &path_and_query(&request), headers, request.body.clone()).await?;
        let answer = accepted(answer).await?;
        let code = answer.status().as_u16();
        let body = read_body(answer.into_body()).await?;
        let revision = revision_of(&body);
        Ok(Answer { code, body, object: None, revision })
    }

    fn feed(&self, interest: Interest) -> BoxStream<'static, Feed> {
        let selections = match interest {
            Interest::Some(selections) => selections,
            Interest::All => everything(),
        };
        let client = self.clone();
        futures::stream::select_all(selections.into_iter().map(move |selection| follow(client.clone(), selection))).boxed()
    }
}

/// Every built-in collection that can be watched.
fn everything() -> Vec<Selection> {
    let kinds = Kinds::builtin();
    let mut selections: Vec<Selection> = Vec::new();
    for row in kinds.iter().filter(|row| row.verbs.contains(&kontiki_api::request::Verb::Watch)) {
        if selections.iter().all(|selection| selection.resource != row.resource) {
            let preferred = kinds.find(row.resource.as_str()).unwrap_or(row);
            let api_version = preferred.api_version();
            selections.push(Selection { resource: row.resource.clone(), api_version, fields: String::new() });
        }
    }
    selections
}

fn unsendable(path: &str) -> NoAnswer {
    NoAnswer::Unsendable(format!("{path:?} is not a path"))
}

/// The answer, or the refusal it is.
///
/// # Errors
/// What the server says, or a `Status` made from the code where the body holds none.
pub async fn accepted(answer: http::Response<Incoming>) -> Result<http::Response<Incoming>, Status> {
    let code = answer.status();
    if code.is_success() {
        return Ok(answer);
    }
    let body = read_body(answer.into_body()).await.unwrap_or_default();
    let told = serde_json::from_slice(&body).ok().and_then(|value| Status::from_value(&value));
    let text = String::from_utf8_lossy(&body).trim().to_owned();
    let text = if text.is_empty() { format!("the server responded with the status code {}", code.as_u16()) } else { text };
    Err(told.unwrap_or_else(|| Status::new(reason_of(code), text)))
}

pub(super) async fn read_body(body: Incoming) -> Result<Bytes, Status> {
    let collected = body.collect().await.map_err(|error| Status::new(Reason::Timeout, causes(&error)))?;
    Ok(collected.to_bytes())
}

fn reason_of(code: StatusCode) -> Reason {
    match code.as_u16() {
        401 => Reason::Unauthorized,
        403 => Reason::Forbidden,
        404 => Reason::NotFound,
        405 => Reason::MethodNotAllowed,
        406 => Reason::NotAcceptable,
        409 => Reason::Conflict,
        410 => Reason::Expired,
        413 => Reason::RequestEntityTooLarge,
        415 => Reason::UnsupportedMediaType,
        422 => Reason::Invalid,
        429 => Reason::TooManyRequests,
        502 | 503 => Reason::ServiceUnavailable,
        504 => Reason::Timeout,
        400..500 => Reason::BadRequest,
        _ => Reason::InternalError,
    }
}

fn revision_of(body: &[u8]) -> Option<Revision> {
    #[derive(Deserialize)]
    struct Body {
        metadata: Meta,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta {
        resource_version: String,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    Revision::parse(&body.metadata.resource_version)
}
