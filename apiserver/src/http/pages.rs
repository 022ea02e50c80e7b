//! Pages below `/debug/`: made by whoever starts the server.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use kontiki_api::request::User;
use kontiki_api::status::Status;

use super::body::ChunkStream;
use super::query::parse_query;
use super::refusal::{json, with_type};
use super::resource::paced;
use super::{Body, Pace};
use crate::server::{Server, permit_path};

/// One page.
pub enum Page {
    /// A document, JSON.
    Json(serde_json::Value),
    /// Lines of JSON until either side has enough.
    Lines(ChunkStream),
}

/// Makes the pages below `/debug/`.
pub trait Pages: Send + Sync {
    /// The page at `path` with these parameters; `None` where there is no such page.
    fn page(&self, path: &str, query: &[(String, String)]) -> BoxFuture<'static, Option<Page>>;
}

impl Page {
    /// The answer that carries it.
    pub(super) fn answer(self) -> Response<Body> {
        match self {
            Self::Json(document) => json(200, Bytes::from(document.to_string())),
            Self::Lines(lines) => paced(with_type(200, "application/jsonl", Body::Chunks(lines)), Pace::Own),
        }
    }
}

/// The page that `request` asks for; `None` where it asks for none.
///
/// # Errors
/// 403 where `user` may not.
pub(super) fn page<B>(
    server: &Server,
    user: &User,
    request: &Request<B>,
) -> Result<Option<BoxFuture<'static, Option<Page>>>, Status> {
    let Some(pages) = server.config.pages.as_deref() else { return Ok(None) };
    let Some((path, query)) = asked(request) else { return Ok(None) };
    permit_path(server, user, "get", path)?;
    Ok(Some(pages.page(path, &query)))
}

/// Path and parameters of a request for a page.
pub(super) fn asked<B>(request: &Request<B>) -> Option<(&str, Vec<(String, String)>)> {
    let path = request.uri().path().trim_end_matches('/');
    let wanted = request.method() == Method::GET && path.starts_with("/debug/");
    wanted.then(|| (path, parse_query(request.uri().query().unwrap_or_default())))
}
