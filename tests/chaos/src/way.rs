use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use kontiki_runtime::client::http::{HttpClient, HttpConfig, NoAnswer};
use serde_json::Value;

/// What became of a request.
#[derive(Debug)]
pub enum Told {
    /// It was answered, with this code and body.
    Answer(u16, Value),
    /// It was not sent.
    Unsent,
    /// It was sent, and that is all that is known.
    Lost,
}

/// The way of one client to one master. What was asked too long ago costs the connection.
pub struct Way {
    config: HttpConfig,
    client: Option<HttpClient>,
}

impl Way {
    /// Nothing is connected yet.
    pub fn new(config: HttpConfig) -> Self {
        Self { config, client: None }
    }

    /// Asks for JSON; waits no longer than `limit`.
    pub async fn ask(&mut self, method: Method, path: &str, content_type: &'static str, body: String, limit: Duration) -> Told {
        let asked = async {
            let answer = self.open(method, path, content_type, body).await?;
            let code = answer.status().as_u16();
            let body = answer.into_body().collect().await.map_err(|_| true)?.to_bytes();
            Ok((code, serde_json::from_slice(&body).map_err(|_| true)?))
        };
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok((code, body))) => Told::Answer(code, body),
            Ok(Err(false)) => Told::Unsent,
            Ok(Err(true)) | Err(_) => {
                self.client = None;
                Told::Lost
            }
        }
    }

    /// The answer as it begins, or whether something was sent.
    pub async fn open(
        &mut self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: String,
    ) -> Result<http::Response<Incoming>, bool> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => self.client.insert(HttpClient::new(&self.config).map_err(|_| false)?).clone(),
        };
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let answer = client.send(method, path, headers, Bytes::from(body)).await;
        answer.map_err(|error| !matches!(error, NoAnswer::Unreached { .. } | NoAnswer::Unsendable(_)))
    }
}
