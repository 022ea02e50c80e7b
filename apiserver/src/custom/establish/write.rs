//! What the step writes.

use bytes::Bytes;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, PatchType, Request, Target, User, Verb};
use kontiki_api::status::Status;
use serde_json::Value;

use crate::server::Server;

/// The request of `verb` to `definition`, or to a subresource of it, as the server itself.
pub(super) fn request(verb: Verb, definition: &Object, subresource: &str) -> Request {
    let target = Target {
        group: definition.key.resource.group().into(),
        version: "v1".into(),
        plural: definition.key.resource.plural().into(),
        namespace: "".into(),
        name: definition.key.name.clone(),
        subresource: subresource.into(),
    };
    Request {
        verb,
        target,
        query: Vec::new(),
        content_type: PatchType::Merge.media_type().into(),
        body: Bytes::new(),
        user: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()], ..User::default() },
        cause: Cause::System,
        id: None,
        leader: None,
        agent: "kube-apiserver".into(),
    }
}

/// Patches `definition`, or its status, unless it has changed meanwhile.
///
/// # Errors
/// The refusal.
pub(super) async fn patch(server: &Server, definition: &Object, subresource: &str, mut body: Value) -> Result<(), Status> {
    let mut request = request(Verb::Patch, definition, subresource);
    body["metadata"]["resourceVersion"] = definition.revision.to_string().into();
    request.body = Bytes::from(body.to_string());
    server.call(request).await.map(drop)
}
