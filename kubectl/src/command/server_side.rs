//! `kubectl apply --server-side`.

use http::Method;
use kontiki_api::apply::upgrade;
use kontiki_api::request::PatchType;
use serde_json::{Value, json};

use super::apply::LAST;
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::resolve::with_query;

/// The manager of objects that were applied on the client's side.
pub(super) const CLIENT_SIDE: &str = "kubectl-client-side-apply";
/// The manager of objects that are applied on the server's side, unless another is named.
const SERVER_SIDE: &str = "kubectl";

/// How configurations are applied on the server's side.
#[derive(clap::Args, Debug)]
pub(super) struct ServerSide {
    /// Let the server merge, and tell of conflicts with others.
    #[arg(long)]
    pub server_side: bool,
    /// Take over the fields that others manage.
    #[arg(long, requires = "server_side")]
    force_conflicts: bool,
    /// Under which name the fields are managed.
    #[arg(long, default_value = SERVER_SIDE)]
    field_manager: String,
}

impl ServerSide {
    /// Applies `object` and answers what it became.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn apply(
        &self,
        cx: &mut Context<'_>,
        place: &Place,
        object: &Value,
        query: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        let applied = self.send(cx, place, object, query).await?;
        let mut moved = applied.clone();
        let was_client_side = applied.pointer("/metadata/annotations").is_some_and(|all| all.get(LAST).is_some());
        let is_dry = query.iter().any(|(name, value)| *name == "dryRun" && !value.is_empty());
        if is_dry || !was_client_side || !upgrade(&mut moved, CLIENT_SIDE, &self.field_manager) {
            return Ok(applied);
        }
        let replace =
            |field: &str| json!({"op": "replace", "path": format!("/metadata/{field}"), "value": moved["metadata"][field]});
        let patch = json!([replace("managedFields"), replace("resourceVersion")]);
        cx.send(Method::PATCH, &place.path(), PatchType::Json.media_type(), Some(&patch)).await?;
        // Now that the fields have one manager, those that the configuration lacks go.
        self.send(cx, place, object, query).await
    }

    async fn send(&self, cx: &mut Context<'_>, place: &Place, object: &Value, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let force = if self.force_conflicts { "true" } else { "" };
        let own = [("fieldManager", self.field_manager.as_str()), ("force", force)];
        let path = with_query(&place.path(), &[&own, query].concat());
        cx.send(Method::PATCH, &path, PatchType::Apply.media_type(), Some(object)).await
    }
}
