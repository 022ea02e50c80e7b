//! The two ways out of HTTP: WebSocket and SPDY.

use std::convert::Infallible;
use std::future::Future;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::{CONNECTION, HeaderValue, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;

const SPDY: &str = "SPDY/3.1";
/// The protocols offered and chosen above SPDY.
const PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
const ACCEPTED: HeaderName = HeaderName::from_static("x-accepted-stream-protocol-versions");
/// Longest message of a WebSocket.
const MESSAGE: usize = 4 << 20;

/// What a request asks the connection to become.
pub enum Upgrade {
    /// A WebSocket.
    WebSocket(WebSocketUpgrade),
    /// SPDY.
    Spdy(SpdyUpgrade),
    /// Nothing.
    None,
}

/// A connection that may become SPDY.
pub struct SpdyUpgrade {
    connection: OnUpgrade,
    offered: Vec<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let asked = parts.headers.get(UPGRADE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if asked.eq_ignore_ascii_case(SPDY) {
            let values = parts.headers.get_all(PROTOCOL).iter().filter_map(|value| value.to_str().ok());
            let offered = values.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned()).collect();
            let connection = parts.extensions.remove::<OnUpgrade>();
            return Ok(connection.map_or(Self::None, |connection| Self::Spdy(SpdyUpgrade { connection, offered })));
        }
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        Ok(upgrade.map_or(Self::None, |upgrade| Self::WebSocket(upgrade.max_message_size(MESSAGE))))
    }
}

impl SpdyUpgrade {
    /// Switches to SPDY and the first offered protocol that is in `known`, and runs `serve` on it; 403 where there is
    /// none. Who offers nothing gets the last of `known`, as upstream's first clients did.
    pub fn on_upgrade<F>(
        self,
        known: &[&'static str],
        serve: impl FnOnce(TokioIo<Upgraded>, &'static str) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let chosen = self.offered.iter().find_map(|offered| known.iter().find(|known| *known == offered));
        let Some(protocol) = chosen.or_else(|| known.last().filter(|_| self.offered.is_empty())).copied() else {
            let why = format!(
                "unable to upgrade: unable to negotiate protocol: client supports [{}], server accepts [{}]",
                self.offered.join(" "),
                known.join(" ")
            );
            let mut refusal = (StatusCode::FORBIDDEN, why).into_response();
            for known in known {
                refusal.headers_mut().append(ACCEPTED, HeaderValue::from_static(known));
            }
            return refusal;
        };
        tokio::spawn(async move {
            match self.connection.await {
                Ok(upgraded) => serve(TokioIo::new(upgraded), protocol).await,
                Err(error) => tracing::debug!(%error, "a connection was not upgraded"),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static(SPDY));
        headers.insert(PROTOCOL, HeaderValue::from_static(protocol));
        response
    }
}

/// The refusal of a request that asks for no upgrade.
pub fn required() -> Response {
    (StatusCode::BAD_REQUEST, "Upgrade request required").into_response()
}
