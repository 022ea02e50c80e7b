//! What webhooks see of a connection.

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::{Value, json};
use std::sync::Arc;

use super::Subject;
use super::form::Form;
use super::options::Options;
use crate::admit::Operation;
use crate::connect;
use crate::http::percent_decode;
use crate::server::Server;

/// The subject of a connection of `user` to `target`, and its options object (`PodExecOptions`), which stands for the
/// object; `None` where upstream reads the subresource rather than connecting to it. A proxy's is the path `rest` there.
///
/// # Errors
/// 400 where the query cannot be read.
pub(crate) fn connection<'a>(
    server: &'a Server,
    kind: &'a Arc<Kind>,
    target: &'a Target,
    user: &'a User,
    rest: &str,
    query: &[(String, String)],
) -> Result<Option<(Subject<'a>, Value)>, Status> {
    let sub = kind.subresource(&target.subresource).filter(|sub| sub.kind.ends_with("Options") && &*sub.name != "log");
    let Some(sub) = sub else { return Ok(None) };
    let version = if sub.group.is_empty() { sub.version.to_string() } else { format!("{}/{}", sub.group, sub.version) };
    let mut options = connect::options(&sub.kind, query)?;
    if sub.kind.ends_with("ProxyOptions") && !rest.is_empty() {
        options.insert("path".into(), percent_decode(rest).into());
    }
    options.extend([("kind".to_owned(), json!(&*sub.kind)), ("apiVersion".to_owned(), version.into())]);
    let subject = Subject {
        server,
        operation: Operation::Connect,
        kind,
        stored: Arc::clone(kind),
        target,
        user,
        dry_run: false,
        options: Options::default(),
        form: Form::Sent,
    };
    Ok(Some((subject, Value::Object(options))))
}
