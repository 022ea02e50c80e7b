//! Requests and answers.

use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Response};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use kontiki_runtime::client::http::{HttpClient, accepted};
use serde_json::Value;

use super::Lines;
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

/// Talks to one server.
pub(crate) struct Client {
    http: HttpClient,
}

impl Client {
    /// For the server that `access` names.
    pub(crate) fn new(access: &Access) -> Result<Self, Failure> {
        let http = HttpClient::new(&access.http).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { http })
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
        let (head, body) = self.send(method, path, accept, content_type, body).await?.into_parts();
        let bytes = body.collect().await.map_err(broken)?.to_bytes();
        let warnings = head.headers.get_all("warning").iter().filter_map(|value| warning(value.to_str().ok()?)).collect();
        let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes)));
        Ok(Json { value, warnings })
    }

    /// GET `path` as a stream of lines that ends when the server ends it.
    pub(crate) async fn lines(&self, path: &str, accept: &str) -> Result<Lines, Failure> {
        let answer = self.send(Method::GET, path, accept, "", Bytes::new()).await?;
        Ok(Lines::new(answer.into_body()))
    }

    /// The client below, for connections that become something else.
    pub(super) const fn http(&self) -> &HttpClient {
        &self.http
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, Failure> {
        let mut headers = HeaderMap::new();
        for (name, text) in [(USER_AGENT, AGENT), (ACCEPT, accept), (CONTENT_TYPE, content_type)] {
            let value = HeaderValue::from_str(text).map_err(|_| Failure::Usage(format!("{text:?} is not a media type")))?;
            if !value.is_empty() {
                headers.insert(name, value);
            }
        }
        Ok(accepted(self.http.send(method, path, headers, body).await?).await?)
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
