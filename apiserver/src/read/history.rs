//! The kept changes of an object or a collection, with who, when and why.

use std::sync::Arc;

use kontiki_api::changed::{FieldChange, field_changes};
use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, Request, Verb};
use kontiki_api::status::Status;
use kontiki_store::{HistoryEntry, Order, is_destroyed};
use serde_json::{Map, Value, json};

use super::Selection;
use super::past::{forgotten, permit_past};
use crate::commit::unavailable;
use crate::custom::served;
use crate::decode::{ListOptions, revision};
use crate::encode::value_of;
use crate::server::{Answer, Content, Server};

/// Most changes of a page, and as many where none are asked for.
const PAGE: usize = 500;

/// Whether `request` asks for changes rather than states.
pub(crate) fn asks_for_history(request: &Request) -> bool {
    matches!(request.verb, Verb::Get | Verb::List) && request.param("history").is_some_and(|text| text == "true" || text == "1")
}

/// A page of the changes that `request` asks for, newest first.
///
/// # Errors
/// 403 where the user may not read the past, 404 for an object of which nothing is kept, 400 for options that do
/// not parse.
pub(crate) async fn history(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    permit_past(server, request)?;
    let options = ListOptions::read(request)?;
    let selection = Selection::new(server, kind, &request.target, &options)?;
    let store = &server.config.store;
    let newest = store.barrier().await.map_err(unavailable)?;
    let before = options.next.as_deref().map(revision).transpose()?;
    let limit = options.limit.unwrap_or(PAGE).min(PAGE);
    let order = before.map_or(Order::NEWEST, Order::NewestBefore);
    let entries = match store.changes(&selection.range, order, limit).await {
        Ok(entries) => entries,
        Err(expired) => return Err(forgotten(server, expired).await),
    };
    if entries.is_empty() && before.is_none() && !request.target.name.is_empty() {
        return Err(Status::not_found(&kind.group, &kind.plural, &request.target.name));
    }
    let next = entries.last().filter(|_| entries.len() == limit).map(|last| last.object.revision);
    let chosen = |entry: &HistoryEntry| {
        selection.matches(&entry.object) || entry.previous.as_ref().is_some_and(|previous| selection.matches(previous))
    };
    let chosen: Vec<HistoryEntry> = entries.into_iter().filter(chosen).collect();
    let items = items(server, kind, chosen).await?;
    let kept = store.kept().await;
    let since = kept.since.map(|since| since.micros());
    Ok(Answer::ok(Content::Value(json!({
        "kind": "ChangeList", "apiVersion": "history.kontiki.io/v1",
        "metadata": {"resourceVersion": newest.to_string(), "continue": next.map_or_else(String::new, |next| next.to_string())},
        "oldest": {"resourceVersion": kept.oldest.to_string(), "time": since},
        "items": items,
    }))))
}

async fn items(server: &Server, kind: &Arc<Kind>, entries: Vec<HistoryEntry>) -> Result<Vec<Value>, Status> {
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut states = served(&server.webhooks, kind, vec![entry.object.clone()]).await?;
        let new = states.pop().map_or(Value::Null, |state| value_of(kind, &state));
        let old = match &entry.previous {
            Some(previous) => served(&server.webhooks, kind, vec![previous.clone()]).await?.pop(),
            None => None,
        };
        let old = old.map(|state: Arc<Object>| value_of(kind, &state));
        items.push(item(&entry, old.as_ref(), &new));
    }
    Ok(items)
}

fn item(entry: &HistoryEntry, old: Option<&Value>, new: &Value) -> Value {
    let HistoryEntry { object, replaced, deleted, time, actor, verb, manager, cause, .. } = entry;
    let what = match (deleted, replaced) {
        (true, _) => "Deleted",
        (false, None) => "Created",
        (false, Some(_)) => "Changed",
    };
    let mut item = Map::new();
    let mut put = |name: &str, value: Value| item.insert(name.into(), value);
    put("type", what.into());
    put("resourceVersion", object.revision.to_string().into());
    put("time", time.micros().into());
    put("namespace", (&*object.key.namespace).into());
    put("name", (&*object.key.name).into());
    put("uid", new.pointer("/metadata/uid").cloned().unwrap_or_default());
    let groups: Vec<&str> = actor.groups.iter().map(|group| &**group).collect();
    put("user", json!({"username": &*actor.name, "uid": &*actor.uid, "groups": groups}));
    put("verb", verb.as_str().into());
    put("fieldManager", (&**manager).into());
    put("cause", cause_of(cause));
    put("replaced", replaced.map_or(Value::Null, |replaced| replaced.to_string().into()));
    let previous = entry.previous.as_deref();
    if is_destroyed(object) || previous.is_some_and(is_destroyed) {
        put("destroyed", true.into());
        return Value::Object(item);
    }
    match old {
        Some(old) => put("changes", field_changes(old, new).iter().map(change).collect()),
        // Of a creation, and where what was there before is forgotten already, the whole state is told.
        None => put("object", new.clone()),
    };
    Value::Object(item)
}

fn change(change: &FieldChange) -> Value {
    let mut told = Map::new();
    told.insert("path".into(), change.path.as_str().into());
    for (name, value) in [("old", &change.old), ("new", &change.new)] {
        if let Some(value) = value {
            told.insert(name.into(), value.clone());
        }
    }
    Value::Object(told)
}

fn cause_of(cause: &Cause) -> Value {
    match cause {
        Cause::Request => json!({"type": "Request"}),
        Cause::System => json!({"type": "System"}),
        Cause::Pass { reconciler, key, world, trigger, now } => {
            let key: Value = serde_json::from_str(key).unwrap_or_else(|_| (&**key).into());
            let text = |revision: &Revision| revision.to_string();
            json!({
                "type": "Reconciler", "reconciler": &**reconciler, "key": key,
                "sawResourceVersion": text(world), "triggerResourceVersion": text(trigger), "now": now.micros(),
            })
        }
    }
}
