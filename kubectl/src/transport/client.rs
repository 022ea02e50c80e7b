//! Requests and answers.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use kontiki_api::status::{Reason, Status};
use serde_json::Value;
use tokio::sync::Mutex;

use super::Lines;
use super::connect::Connector;
use super::endpoint::Endpoint;
use crate::config::Access;
use crate::failure::Failure;

const AGENT: &str = concat!("kubectl/v1.36.0 (kontiki/", env!("CARGO_PKG_VERSION"), ")");

/// An answer of JSON.
pub(crate) struct Json {
    /// The body.
    pub value: Value,
    /// Warnings that the server sent along.
    pub warnings: Vec<String>,
}

/// Talks to one server over connections kept open between requests.
pub(crate) struct Client {
    connector: Connector,
    token: Option<String>,
    idle: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Client {
    /// For the server that `access` names.
    pub(crate) fn new(access: &Access) -> Result<Self, Failure> {
        let connector = Connector::new(Endpoint::parse(&access.server)?, &access.tls)?;
        Ok(Self { connector, token: access.token.clone(), idle: Mutex::default() })
    }

    /// GET `path`, preferring media type `accept`.
    pub(crate) async fn get(&self, path: &str, accept: &str) -> Result<Json, Failure> {
        self.json(Method::GET, path, accept, "", Bytes::new()).await
    }

    /// Sends `body` of media type `content_type` and reads the JSON that comes back.
    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Json, Failure> {
        let request = self.request(method, path, accept, content_type, body)?;
        let mut sender = self.sender().await?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(broken)?.to_bytes();
        *self.idle.lock().await = Some(sender);
        let warnings = head.headers.get_all("warning").iter().filter_map(|value| warning(value.to_str().ok()?)).collect();
        if head.status.is_success() {
            let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes)));
            Ok(Json { value, warnings })
        } else {
            Err(refused(head.status.as_u16(), &bytes).into())
        }
    }

    /// GET `path` as a stream of lines that ends when the server ends it.
    pub(crate) async fn lines(&self, path: &str, accept: &str) -> Result<Lines, Failure> {
        let request = self.request(Method::GET, path, accept, "", Bytes::new())?;
        let mut sender = self.open().await?;
        let response: Response<Incoming> = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        if status.is_success() {
            return Ok(Lines::new(response.into_body(), sender));
        }
        let bytes = response.into_body().collect().await.map_err(broken)?.to_bytes();
        Err(refused(status.as_u16(), &bytes).into())
    }

    /// The connector, for connections that become something else.
    pub(super) const fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let endpoint = &self.connector.endpoint;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", endpoint.base))
            .header(HOST, endpoint.authority())
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, accept);
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(authorization) = self.authorization() {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.body(Full::new(body)).map_err(|error| Failure::Usage(format!("not a request: {error}")))
    }

    async fn sender(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        if let Some(mut sender) = self.idle.lock().await.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        self.open().await
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = self.connector.connect().await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // The task ends with the connection, which ends when its sender is dropped.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// The text of a `Warning` header: `299 - "text"`.
fn warning(header: &str) -> Option<String> {
    let text = header.split_once('"')?.1.strip_suffix('"')?;
    Some(text.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// A broken connection.
pub(super) fn broken(error: hyper::Error) -> Failure {
    Failure::Connection(format!("the connection to the server broke: {error}"))
}

/// The refusal in `body`, or one made from its code where it holds none.
pub(super) fn refused(code: u16, body: &[u8]) -> Status {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    value.as_ref().and_then(Status::from_value).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(body).trim().to_owned();
        let text = value.as_ref().and_then(|value| value.get("message")?.as_str()).unwrap_or(&text).to_owned();
        let reason = match code {
            400 => Reason::BadRequest,
            401 => Reason::Unauthorized,
            403 => Reason::Forbidden,
            404 => Reason::NotFound,
            405 => Reason::MethodNotAllowed,
            409 => Reason::Conflict,
            410 => Reason::Expired,
            415 => Reason::UnsupportedMediaType,
            422 => Reason::Invalid,
            429 => Reason::TooManyRequests,
            503 => Reason::ServiceUnavailable,
            504 => Reason::Timeout,
            _ => Reason::InternalError,
        };
        let text = if text.is_empty() { format!("the server responded with the status code {code}") } else { text };
        Status::new(reason, text)
    })
}
