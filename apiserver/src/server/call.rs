//! The one entry point of every request.

use futures::future::BoxFuture;
use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::request::{Request, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_api::url::path_and_query;

use super::permit::permit_selected;
use super::{Answer, Server};
use crate::audit::{Head, Trail, annotate};
use crate::custom::deprecation;
use crate::forward::{Outcome, anywhere};
use crate::prepare::uid_of;
use crate::route::Route;
use crate::virtuals::Observe;
use crate::{read, subresource, virtuals, write};

impl Server {
    /// Runs one request of an authenticated user: authorization, pipeline, answer not yet encoded.
    ///
    /// # Errors
    /// The refusal; `Reason::Timeout` where the outcome of a write is not known.
    pub fn call(&self, request: Request) -> BoxFuture<'_, Result<Answer, Status>> {
        Box::pin(async move {
            match self.trail_of(&request) {
                Some(trail) => trail.follow_call(self.authorized(request), |answer| answer.code).await,
                None => self.authorized(request).await,
            }
        })
    }

    /// What a request from this process leaves in the audit.
    fn trail_of(&self, request: &Request) -> Option<Trail> {
        let audit = self.config.audit.as_ref()?;
        let head = Head {
            id: &uid_of(self.random()),
            uri: &path_and_query(request),
            verb: request.verb.as_str(),
            target: Some(&request.target),
            user: Some(&request.user),
            agent: &request.agent,
            sources: &[],
        };
        Trail::begin(audit, &head)
    }

    fn authorized(&self, request: Request) -> BoxFuture<'_, Result<Answer, Status>> {
        Box::pin(async move {
            let route = Route::of(self, &request.target, request.verb)?;
            permit_selected(self, &request.user, Some(request.verb), &request.target, &request.query)?;
            match anywhere(self, route, request, "application/json", false).await? {
                Outcome::Here(answer) => Ok(answer),
                Outcome::There(response) => Answer::from_leader(&response),
            }
        })
    }

    /// The pipeline behind authorization. A write that meets a newer definition of its kind runs again under that.
    pub(crate) async fn execute(&self, route: Route, request: &Request) -> Result<Answer, Status> {
        let mut kind = route.kind;
        if deprecated(&kind).is_some() {
            annotate("k8s.io/deprecated", "true");
            self.metrics.deprecated(&kind, &request.target.subresource);
        }
        loop {
            // On the heap: what holds it is moved and kept with each connection.
            match Box::pin(self.run(&kind, request)).await {
                Ok(mut answer) => {
                    answer.warnings.splice(0..0, deprecated(&kind));
                    return Ok(answer);
                }
                Err(mut status) => match self.newer(&kind, request, &status) {
                    Some(newer) => kind = newer,
                    None => {
                        status.details.warnings.splice(0..0, deprecated(&kind));
                        return Err(status);
                    }
                },
            }
        }
    }

    /// The row in the place of `kind`, where a conflict may come from its definition having changed.
    fn newer(&self, kind: &Kind, request: &Request, status: &Status) -> Option<Arc<Kind>> {
        let revision = |kind: &Kind| kind.custom.as_ref().map(|custom| custom.crd().object.revision);
        let before = revision(kind).filter(|_| request.verb.is_mutating() && status.reason == Reason::Conflict)?;
        self.row(&kind.group, &kind.version, &kind.plural).filter(|row| revision(row).is_some_and(|now| now > before))
    }

    async fn run(&self, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
        if request.verb == Verb::Create && self.is_virtual(kind, &request.target.subresource) {
            return Box::pin(virtuals::ask(self, kind, request)).await;
        }
        if !request.target.subresource.is_empty() {
            return Box::pin(subresource::serve(self, kind, request)).await;
        }
        if let Some(observe) = self.observer(kind) {
            return virtuals::observed(self, kind, request, observe);
        }
        match request.verb {
            Verb::Get | Verb::List if read::asks_for_history(request) => Box::pin(read::history(self, kind, request)).await,
            Verb::Get => read::get(self, kind, request).await,
            Verb::List => read::list(self, kind, request).await,
            Verb::Watch => Box::pin(read::watch(self, kind, request)).await,
            Verb::Create => write::create(self, kind, request).await,
            Verb::Update | Verb::Patch => write::update(self, kind, request).await,
            Verb::Delete => write::delete(self, kind, request).await,
            Verb::DeleteCollection => Box::pin(write::delete_collection(self, kind, request)).await,
        }
    }

    /// Who makes the objects of `kind`, which nobody can have written.
    fn observer(&self, kind: &Kind) -> Option<&dyn Observe> {
        let is_read_only = !kind.verbs.contains(&Verb::Create);
        is_read_only.then(|| self.config.observed.get(&kind.resource)).flatten().map(|observe| &**observe)
    }

    pub(crate) fn is_virtual(&self, kind: &Arc<Kind>, subresource: &kontiki_api::Text) -> bool {
        let own = subresource.is_empty() && kind.verbs == [Verb::Create];
        own || (!subresource.is_empty() && self.config.virtuals.contains_key(&(kind.resource.clone(), subresource.clone())))
    }
}

/// What clients of `kind` are warned of.
fn deprecated(kind: &Kind) -> Option<String> {
    deprecation(kind).or_else(|| kind.deprecation.as_deref().map(str::to_owned))
}
