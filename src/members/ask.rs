//! Asking masters about their cluster.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use serde_json::Value;
use tokio::time::Instant;

/// So long somebody may take to lead.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long masters who cannot answer now are left alone.
const PAUSE: Duration = Duration::from_millis(200);

/// The answer of the cluster behind `config` to `method` on `/kontiki/v1/` + `path`; a master that does not lead names the
/// one that does, which is asked then. While nobody leads, it is asked again for some seconds.
///
/// # Errors
/// The refusal, or where nobody answers.
pub async fn ask(config: &HttpConfig, method: Method, path: &str, body: Value) -> Result<Value> {
    let end = Instant::now() + PATIENCE;
    let mut asked = config.clone();
    loop {
        let answer = ask_one(&asked, method.clone(), path, &body).await;
        let elsewhere = asked.server != config.server;
        asked.server.clone_from(&config.server);
        let why = match answer {
            Ok(Told::Answer(answer)) => match answer.get("leader").and_then(Value::as_str) {
                Some(leader) => {
                    asked.server = format!("https://{leader}");
                    anyhow!("the masters do not agree on who leads")
                }
                None => return Ok(answer),
            },
            Ok(Told::Refused(why)) => return Err(why),
            Ok(Told::Later(why)) => why,
            // The leader that was named is gone.
            Err(why) if elsewhere => why,
            Err(why) => return Err(why),
        };
        if Instant::now() > end {
            return Err(why);
        }
        if asked.server == config.server || elsewhere {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What a master said.
enum Told {
    Answer(Value),
    /// It does not do it, for this reason.
    Refused(anyhow::Error),
    /// It cannot do it now, for this reason.
    Later(anyhow::Error),
}

async fn ask_one(config: &HttpConfig, method: Method, path: &str, body: &Value) -> Result<Told> {
    let client = HttpClient::new(config)?;
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let body = if body.is_null() { bytes::Bytes::new() } else { body.to_string().into() };
    let answer = client.send(method, &format!("/kontiki/v1/{path}"), headers, body).await?;
    let code = answer.status();
    let body = answer.into_body().collect().await.context("the answer broke off")?.to_bytes();
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if code.is_success() {
        return Ok(Told::Answer(value));
    }
    let why =
        value.get("message").and_then(Value::as_str).map_or_else(|| String::from_utf8_lossy(&body).into_owned(), Into::into);
    let why = anyhow!("{}: {why}", config.server);
    Ok(if code == StatusCode::SERVICE_UNAVAILABLE { Told::Later(why) } else { Told::Refused(why) })
}
