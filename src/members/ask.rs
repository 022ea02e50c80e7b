//! Asking masters about their cluster.

use anyhow::{Context, Result, bail};
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use serde_json::Value;

/// A master may send us on so many times.
const HOPS: usize = 4;

/// The answer of the cluster behind `config` to `method` on `/kontiki/v1/` + `path`; a master that does not lead names the
/// one that does, which is asked then.
///
/// # Errors
/// The refusal, or where nobody answers.
pub async fn ask(config: &HttpConfig, method: Method, path: &str, body: Value) -> Result<Value> {
    let mut config = config.clone();
    for _ in 0..HOPS {
        let answer = ask_one(&config, method.clone(), path, &body).await?;
        match answer.get("leader").and_then(Value::as_str) {
            Some(leader) => config.server = format!("https://{leader}"),
            None => return Ok(answer),
        }
    }
    bail!("the masters do not agree on who leads")
}

async fn ask_one(config: &HttpConfig, method: Method, path: &str, body: &Value) -> Result<Value> {
    let client = HttpClient::new(config)?;
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let body = if body.is_null() { bytes::Bytes::new() } else { body.to_string().into() };
    let answer = client.send(method, &format!("/kontiki/v1/{path}"), headers, body).await?;
    let code = answer.status();
    let body = answer.into_body().collect().await.context("the answer broke off")?.to_bytes();
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if code.is_success() {
        return Ok(value);
    }
    let why =
        value.get("message").and_then(Value::as_str).map_or_else(|| String::from_utf8_lossy(&body).into_owned(), Into::into);
    bail!("{}: {why}", config.server)
}
