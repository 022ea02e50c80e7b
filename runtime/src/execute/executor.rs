//! Carries out plans.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, NsName, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, PatchType, Request, RequestId, Verb};
use kontiki_api::status::{Reason, Status};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::events::Events;
use super::request::{Addressing, address, request, target_of};
use super::{Identity, TokenSigner};
use crate::client::{Answer, Client};
use crate::clock::Clock;
use crate::plan::{EventIntent, Intent, IntentOutcome, Precondition};

/// Most intents of one plan that are under way at once.
const WIDTH: usize = 256;

/// One plan to carry out.
#[derive(Clone, Debug)]
pub struct Job {
    /// As whom.
    pub identity: Arc<Identity>,
    /// The writes, in order; events left out.
    pub intents: Arc<[Intent]>,
    /// Why, per intent.
    pub causes: Vec<Cause>,
    /// Ids of the requests are this and the following ones.
    pub first_id: u128,
    /// Whether a refusal leaves later intents untried even where they are about other objects.
    pub in_order: bool,
    /// Whether all intents must be one commit.
    pub atomic: bool,
}

/// Turns intents into requests of a client. Cheap to clone.
#[derive(Clone)]
pub struct Executor {
    client: Arc<dyn Client>,
    signer: Arc<dyn TokenSigner>,
    kinds: Arc<Kinds>,
    events: Events,
    token: CancellationToken,
}

impl Executor {
    /// Writes through `client` until `token` is cancelled. Events are written by a task of their own on `runtime`.
    pub fn new(
        client: Arc<dyn Client>,
        signer: Arc<dyn TokenSigner>,
        kinds: Arc<Kinds>,
        clock: Arc<dyn Clock>,
        runtime: &tokio::runtime::Handle,
        token: CancellationToken,
    ) -> Self {
        let events = Events::start(Arc::clone(&client), clock, runtime, token.clone());
        Self { client, signer, kinds, events, token }
    }

    /// The kinds by which intents are addressed.
    pub fn kinds(&self) -> &Arc<Kinds> {
        &self.kinds
    }

    /// Tells an event: at once, perhaps aggregated or dropped.
    pub fn tell(&self, identity: &Arc<Identity>, event: EventIntent) {
        self.events.tell(identity, event);
    }

    /// Carries out `job`; answers per intent. Where the outcome of a request is not known it is
    /// repeated under its id until it is.
    pub async fn execute(&self, job: &Job) -> Vec<IntentOutcome> {
        if job.atomic && job.intents.len() > 1 {
            let status = Status::bad_request("plans of one atomic commit are not carried out by this client");
            return vec![IntentOutcome::Refused(status); job.intents.len()];
        }
        let mut outcomes = vec![IntentOutcome::Skipped; job.intents.len()];
        let (mut refused, mut stopped) = (BTreeSet::new(), false);
        for group in groups(&job.intents, &self.kinds) {
            let about = |at: usize| job.intents.get(at).and_then(|intent| address(intent, &self.kinds));
            let wanted: Vec<usize> =
                group.filter(|at| !stopped && about(*at).is_none_or(|key| !refused.contains(&key))).collect();
            self.execute_group(job, &wanted, &mut outcomes).await;
            let failed: Vec<usize> = wanted.into_iter().filter(|at| is_refused(&outcomes, *at)).collect();
            stopped |= job.in_order && !failed.is_empty();
            refused.extend(failed.into_iter().filter_map(about));
        }
        outcomes
    }

    /// Intents of one form about different objects: at once. Creations start slowly and stop at the first refusal.
    async fn execute_group(&self, job: &Job, group: &[usize], outcomes: &mut [IntentOutcome]) {
        let creations = group.first().is_some_and(|at| matches!(job.intents.get(*at), Some(Intent::Create { .. })));
        let (mut width, mut rest) = (if creations { 1 } else { WIDTH }, group);
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(width.min(rest.len()));
            let mut running: FuturesUnordered<_> =
                batch.iter().map(|at| async move { (*at, self.one(job, *at).await) }).collect();
            while let Some((at, outcome)) = running.next().await {
                if let Some(slot) = outcomes.get_mut(at) {
                    *slot = outcome;
                }
            }
            if creations && batch.iter().any(|at| is_refused(outcomes, *at)) {
                return;
            }
            (width, rest) = ((width * 2).min(WIDTH), later);
        }
    }

    async fn one(&self, job: &Job, at: usize) -> IntentOutcome {
        let (Some(intent), Some(cause)) = (job.intents.get(at), job.causes.get(at)) else { return IntentOutcome::Skipped };
        let id = RequestId(job.first_id.wrapping_add(at as u128));
        let from = Addressing { identity: &job.identity, cause: cause.clone(), id };
        let answer = match intent {
            Intent::IssueToken { on, service_account } => self.issue_token(on, service_account, from.clone()).await,
            _ => match request(intent, &self.kinds, from.clone()) {
                Ok(Some(request)) => self.ask(request).await,
                Ok(None) => return IntentOutcome::Skipped,
                Err(status) => Err(status),
            },
        };
        match (answer, intent) {
            (Ok(answer), _) => IntentOutcome::Committed(revision_of(&answer)),
            (Err(status), Intent::Create { object }) if status.reason == Reason::AlreadyExists => {
                match self.ours(object, &from).await {
                    Some(revision) => IntentOutcome::Committed(revision),
                    None => IntentOutcome::Refused(status),
                }
            }
            (Err(status), _) if status.reason == Reason::Timeout => IntentOutcome::Unknown,
            (Err(status), _) => IntentOutcome::Refused(status),
        }
    }

    /// Repeats `request` under its id while the outcome is not known; gives up only at shut-down.
    async fn ask(&self, request: Request) -> Result<Answer, Status> {
        let mut pause = Duration::from_millis(20);
        loop {
            let answer = tokio::select! {
                answer = self.client.call(request.clone()) => answer,
                () = self.token.cancelled() => Err(Status::new(Reason::Timeout, "the engine is shutting down")),
            };
            match answer {
                Err(status) if status.reason == Reason::Timeout && !self.token.is_cancelled() => {
                    tracing::debug!(target = ?request.target, %status, "outcome not known, asked again");
                    tokio::select! { () = tokio::time::sleep(pause) => {}, () = self.token.cancelled() => {} }
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                answer => return answer,
            }
        }
    }

    /// The revision of the object that is already there, where its controller is the one `object` names:
    /// then it is our own, created by a request whose answer was lost.
    async fn ours(&self, object: &Value, from: &Addressing<'_>) -> Option<Revision> {
        let controller = controller_uid(object)?;
        let mut request = from.send(Verb::Get, target_of(object, &self.kinds).ok()?, "", &Value::Null);
        (request.body, request.id) = (bytes::Bytes::new(), None);
        let answer = self.ask(request).await.ok()?;
        let found: Value = serde_json::from_slice(&answer.body).ok()?;
        (controller_uid(&found)? == controller).then(|| revision_of(&answer))
    }

    async fn issue_token(&self, on: &Precondition, account: &NsName, from: Addressing<'_>) -> Result<Answer, Status> {
        let issued = self.signer.issue(on, account).await?;
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let data =
            json!({"token": encode(&issued.token), "ca.crt": encode(&issued.ca_pem), "namespace": encode(&on.key.namespace)});
        let patch =
            Intent::Patch { on: on.clone(), subresource: "".into(), r#type: PatchType::Merge, body: json!({ "data": data }) };
        match request(&patch, &self.kinds, from)? {
            Some(request) => self.ask(request).await,
            None => Err(Status::internal("a patch is always one request")),
        }
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Executor")
    }
}

fn is_refused(outcomes: &[IntentOutcome], at: usize) -> bool {
    !matches!(outcomes.get(at), Some(IntentOutcome::Committed(_)))
}

/// Runs of intents of the same form about different objects, in order.
fn groups(intents: &[Intent], kinds: &Kinds) -> Vec<std::ops::Range<usize>> {
    let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
    let mut about: BTreeSet<Key> = BTreeSet::new();
    for (at, intent) in intents.iter().enumerate() {
        let key = address(intent, kinds);
        let same_form =
            at > 0 && intents.get(at - 1).is_some_and(|last| std::mem::discriminant(last) == std::mem::discriminant(intent));
        let other_object = key.as_ref().is_some_and(|key| !about.contains(key));
        match groups.last_mut().filter(|_| same_form && other_object) {
            Some(group) => group.end = at + 1,
            None => {
                about.clear();
                groups.push(at..at + 1);
            }
        }
        about.extend(key);
    }
    groups
}

fn controller_uid(object: &Value) -> Option<&str> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let controller = owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    controller.get("uid")?.as_str()
}

fn revision_of(answer: &Answer) -> Revision {
    let of_object = || answer.object.as_deref().map(|object: &Object| object.revision);
    answer.revision.or_else(of_object).unwrap_or(Revision::ZERO)
}
