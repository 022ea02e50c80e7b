//! Follows what aggregation rests on, and acts on each change.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::{BoxStream, select_all};
use kontiki_api::custom::DEFINITIONS;
use kontiki_api::meta::Resource;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, PatchType, Request, Target, User, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_store::{Batch, Range};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::ApiService;
use super::api_service::{API_SERVICES, AUTOMANAGED};
use super::availability::{Verdict, judge};
use super::local::{api_services, condition};
use crate::server::Server;

/// What is followed.
const FOLLOWED: [&str; 4] = [API_SERVICES, DEFINITIONS, "services", "endpointslices.discovery.k8s.io"];
/// Other servers are asked again this often: nothing tells when one stops to answer.
const WELL: Duration = Duration::from_secs(30);
/// And this often while one does not.
const ILL: Duration = Duration::from_secs(2);

/// Keeps the APIServices of custom kinds, and says of every other whether its server answers, until `stop`. Every master
/// runs it: what another has written first is a conflict and changes nothing.
pub fn follow(server: &Arc<Server>, stop: CancellationToken) -> JoinHandle<()> {
    let server = Arc::clone(server);
    tokio::spawn(async move { stop.run_until_cancelled(run(&server)).await.unwrap_or_default() })
}

async fn run(server: &Server) {
    loop {
        let Some(mut changes) = changes(server) else { continue };
        let mut all = true;
        loop {
            let again = again(pass(server, all).await);
            all = tokio::select! {
                changed = changes.next() => match changed {
                    Some(Ok(batch)) => concerns(server, &batch),
                    // Fell behind what is kept: begin anew.
                    Some(Err(())) => break,
                    None => return,
                },
                () = again => true,
            };
        }
    }
}

/// Passes when everything is to be looked at again: without another server only a change asks for it.
async fn again(state: State) {
    match state {
        State::Local => std::future::pending().await,
        State::Well => tokio::time::sleep(WELL).await,
        State::Ill => tokio::time::sleep(ILL).await,
    }
}

/// How a look found things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// All is written, and there is no other server.
    Local,
    /// Every other server answers.
    Well,
    /// One does not, or something could not be written.
    Ill,
}

impl State {
    fn of(services: &[ApiService], well: bool) -> Self {
        match (well, services.is_empty()) {
            (false, _) => Self::Ill,
            (true, true) => Self::Local,
            (true, false) => Self::Well,
        }
    }
}

type Changes = futures::stream::SelectAll<BoxStream<'static, Result<Batch, ()>>>;

fn changes(server: &Server) -> Option<Changes> {
    let store = &server.config.store;
    let watches = FOLLOWED.map(|resource| {
        let range = Range::Resource(resource.into());
        let watch = store.watch(&range, store.revision()).ok()?;
        let next = |mut watch: kontiki_store::Watch| async move { Some((watch.next().await?.map_err(drop), watch)) };
        Some(futures::stream::unfold(watch, next).boxed())
    });
    watches.into_iter().collect::<Option<Vec<_>>>().map(select_all)
}

/// Whether a change may concern another server: endpoints of others come and go all the time, and conditions are written
/// here.
fn concerns(server: &Server, batch: &Batch) -> bool {
    let services = ApiService::all(&*server.config.store);
    let namespaces: BTreeSet<&str> = services.iter().map(|service| service.namespace.as_str()).collect();
    batch.events.iter().any(|event| {
        let key = &event.object.key;
        if !key.namespace.is_empty() {
            return namespaces.contains(&*key.namespace);
        }
        if key.resource != Resource::from(API_SERVICES) {
            return true;
        }
        let spec = |object: &Object| object.to_value().get("spec").cloned();
        event.deleted || event.previous.as_ref().is_none_or(|before| spec(before) != spec(&event.object))
    })
}

/// One look at everything.
async fn pass(server: &Server, all: bool) -> State {
    let written = match keep_local(server).await {
        Ok(()) => true,
        Err(status) => {
            tracing::debug!(%status, "the APIServices of custom kinds are not up to date; tried again");
            false
        }
    };
    let services = ApiService::all(&*server.config.store);
    if !all {
        return State::of(&services, written && services.iter().all(|service| service.available));
    }
    let judged = join_all(services.iter().map(|service| judge_one(server, service))).await;
    State::of(&services, written && judged.into_iter().all(|well| well))
}

async fn judge_one(server: &Server, service: &ApiService) -> bool {
    let Verdict { available, reason, message, said } = judge(server, service).await;
    server.aggregator.learn(&service.object.key.name, said);
    let status = if available { "True" } else { "False" };
    let now = server.now().seconds();
    let wanted = json!({"type": "Available", "status": status, "lastTransitionTime": now, "reason": reason, "message": message});
    match tell(server, &service.object, wanted).await {
        Ok(()) => available,
        Err(error) => {
            tracing::debug!(%error, name = %service.object.key.name, "the condition of an APIService was not written; tried again");
            false
        }
    }
}

/// Writes the condition of `object`, where it says anything new.
async fn tell(server: &Server, object: &Object, mut wanted: Value) -> Result<(), Status> {
    let value = object.to_value();
    let mut conditions = value.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let found = conditions.iter().position(|condition| condition["type"] == "Available");
    if let Some(before) = found.and_then(|at| conditions.get(at)) {
        if ["status", "reason", "message"].iter().all(|field| before[*field] == wanted[*field]) {
            return Ok(());
        }
        if before["status"] == wanted["status"] {
            wanted["lastTransitionTime"] = before["lastTransitionTime"].clone();
        }
    }
    match found.and_then(|at| conditions.get_mut(at)) {
        Some(condition) => *condition = wanted,
        None => conditions.push(wanted),
    }
    let revision = object.revision.to_string();
    let body = json!({"metadata": {"resourceVersion": revision}, "status": {"conditions": conditions}});
    call(server, Verb::Patch, &object.key.name, "status", body).await
}

/// Makes, mends and removes the APIServices of custom kinds; those that users make for local groups are there as well.
async fn keep_local(server: &Server) -> Result<(), Status> {
    let wanted = api_services(&server.kinds(), true, server.now());
    let there = server.config.store.list(&Range::Resource(API_SERVICES.into())).objects;
    for object in &there {
        let automanaged = object.head.labels.iter().find(|(name, _)| &**name == AUTOMANAGED).map(|(_, value)| &**value);
        if automanaged == Some("true") && !wanted.contains_key(&*object.key.name) {
            call(server, Verb::Delete, &object.key.name, "", json!({})).await?;
        } else if automanaged == Some("true") {
            put_back(server, object, wanted.get(&*object.key.name)).await?;
        } else if automanaged.is_none() && ApiService::read(object).is_none() {
            tell(server, object, condition(server.now())).await?;
        }
    }
    for (name, object) in wanted {
        if !there.iter().any(|known| *known.key.name == *name) {
            let status = json!({"status": object["status"]});
            call(server, Verb::Create, "", "", object).await?;
            call(server, Verb::Patch, &name, "status", status).await?;
        }
    }
    Ok(())
}

/// Gives an APIService of custom kinds, as long as its label says that it is kept here, the spec that it is to have.
async fn put_back(server: &Server, object: &Object, wanted: Option<&Value>) -> Result<(), Status> {
    let Some(spec) = wanted.and_then(|wanted| wanted.get("spec")) else { return Ok(()) };
    let mut value = object.to_value();
    if value.get("spec") == Some(spec) {
        return Ok(());
    }
    value["spec"] = spec.clone();
    call(server, Verb::Update, &object.key.name, "", value).await
}

/// One write as the server itself; what another master has done first is as good.
async fn call(server: &Server, verb: Verb, name: &str, subresource: &str, body: Value) -> Result<(), Status> {
    let target = Target {
        group: "apiregistration.k8s.io".into(),
        version: "v1".into(),
        plural: "apiservices".into(),
        namespace: "".into(),
        name: name.into(),
        subresource: subresource.into(),
    };
    let merge = verb == Verb::Patch;
    let request = Request {
        verb,
        target,
        query: Vec::new(),
        content_type: if merge { PatchType::Merge.media_type().into() } else { "application/json".into() },
        body: if verb == Verb::Delete { Bytes::new() } else { Bytes::from(body.to_string()) },
        user: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()], ..User::default() },
        cause: Cause::System,
        id: None,
        leader: None,
        agent: "kube-apiserver".into(),
    };
    match server.call(request).await {
        Err(status) if !matches!(status.reason, Reason::Conflict | Reason::NotFound | Reason::AlreadyExists) => Err(status),
        _ => Ok(()),
    }
}
