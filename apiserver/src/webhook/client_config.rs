//! `clientConfig` of a webhook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use serde_json::Value;

use super::WebhookError;

/// Whom to call, and whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// Where it is.
    pub target: WebhookTarget,
    /// Authorities in PEM; empty for those that the machine trusts.
    pub ca_bundle: Vec<u8>,
}

/// Where a webhook is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookTarget {
    /// Anywhere.
    Url(String),
    /// Behind a Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its port.
        port: u16,
        /// The path, with its slash; empty for none.
        path: String,
    },
}

impl ClientConfig {
    /// Reads `clientConfig` of a webhook configuration or of a conversion.
    ///
    /// # Errors
    /// Where it names neither a URL nor a Service, or its bundle is no base64.
    pub fn read(config: &Value) -> Result<Self, WebhookError> {
        let bundle = config.get("caBundle").and_then(Value::as_str).unwrap_or_default();
        let unreadable = |error| WebhookError::Config(format!("unable to read the caBundle: {error}"));
        Ok(Self { target: target(config)?, ca_bundle: STANDARD.decode(bundle).map_err(unreadable)? })
    }

    /// The URI that is called, with `query` behind it: of a Service `https://name.namespace.svc:port/path`.
    ///
    /// # Errors
    /// Where it is no `https` URI.
    pub fn uri(&self, query: &str) -> Result<Uri, WebhookError> {
        let mut text = match &self.target {
            WebhookTarget::Url(url) => url.clone(),
            WebhookTarget::Service { namespace, name, port, path } => {
                let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
                format!("https://{name}.{namespace}.svc:{port}{slash}{path}")
            }
        };
        if !query.is_empty() {
            text.push(if text.contains('?') { '&' } else { '?' });
            text.push_str(query);
        }
        let uri: Uri = text.parse().map_err(|error| WebhookError::Config(format!("unparsable webhook URL {text:?}: {error}")))?;
        match uri.scheme_str() {
            Some("https") => Ok(uri),
            _ => Err(WebhookError::Config(format!("the webhook URL {text:?} is not of scheme https"))),
        }
    }
}

fn target(config: &Value) -> Result<WebhookTarget, WebhookError> {
    if let Some(url) = config.get("url").and_then(Value::as_str) {
        return Ok(WebhookTarget::Url(url.into()));
    }
    let service = config.get("service").filter(|service| service.is_object());
    let service = service.ok_or_else(|| WebhookError::Config("webhook configuration must have either service or URL".into()))?;
    let text = |name: &str| service.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let port = service.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    Ok(WebhookTarget::Service { namespace: text("namespace"), name: text("name"), port: port.unwrap_or(443), path: text("path") })
}
