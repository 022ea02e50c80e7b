//! `eviction`: deletes a pod where its disruption budgets allow it.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::Request;
use kontiki_api::selector::LabelSelector;
use kontiki_api::status::{Reason, Status, StatusCause};
use kontiki_store::{Change, Op, Precondition, Range, Requirement};
use serde_json::{Map, Value, json};

use super::condition::set_condition;
use crate::commit::Extras;
use crate::decode::{self, DeleteOptions};
use crate::mutate::admit_sent;
use crate::read::key_of;
use crate::server::{Answer, Content, Server};
use crate::write::{Context, Guard, delete_one};

/// The collection of disruption budgets.
const BUDGETS: &str = "poddisruptionbudgets.policy";
/// Evictions that the controller of budgets has not counted yet, at most.
const MAX_DISRUPTED: usize = 2000;
/// When to try again while that controller has not seen a change of the budget.
const PROCESSED_SECONDS: u32 = 10;

/// POST of an Eviction to the pod it is for.
///
/// # Errors
/// 429 where a budget does not allow it, 404, 409.
pub(super) async fn evict(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    let mut eviction = match kind.subresource(&request.target.subresource) {
        Some(sub) => decode::subresource(sub, request, ctx.options.validation, &mut ctx.warnings)?,
        None => decode::body(request)?,
    };
    if eviction.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default() != request.target.name.as_ref() as &str {
        return Err(Status::bad_request("name in URL does not match name in Eviction object"));
    }
    admit_sent(&mut ctx, &mut eviction).await.map_err(|status| ctx.warned(status))?;
    let options = DeleteOptions::of(eviction.get("deleteOptions").unwrap_or(&Value::Null))?;
    ctx.options.dry_run |= options.dry_run;
    let deleted = delete_one(&mut ctx, &key_of(kind, &request.target), &options, &Budgets).await;
    deleted.map_err(|status| ctx.warned(status))?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Answer { code: 201, content: Content::Value(success), warnings: ctx.warnings })
}

struct Budgets;

impl Guard for Budgets {
    /// What is found holds for the commit: that is made on the revision of the pod which was looked at, or this is asked again.
    fn check(&self, ctx: &Context<'_>, pod: &Object) -> Result<Extras, Status> {
        let value = pod.to_value();
        if pod.head.deleted.is_some() || !needs_budget(&value) {
            return Ok(Extras::default());
        }
        let range = Range::Namespace(BUDGETS.into(), pod.key.namespace.clone());
        let budgets = ctx.server.config.store.list(&range).objects;
        let covering: Vec<(&Arc<Object>, Value)> =
            budgets.iter().map(|budget| (budget, budget.to_value())).filter(|(_, value)| covers(value, pod)).collect();
        match covering.as_slice() {
            [] => Ok(Extras::default()),
            [(_, budget)] if !is_ready(&value) && spares_unready(budget) => Ok(Extras::default()),
            [(budget, value)] => take(ctx, budget, value, pod),
            _ => Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            )),
        }
    }

    /// Upstream's condition `DisruptionTarget`: Jobs count such pods otherwise than those that failed.
    fn explain(&self, ctx: &Context<'_>, pod: &mut Value) {
        let mut condition = json!({"type": "DisruptionTarget", "status": "True", "lastProbeTime": null,
            "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"});
        if let Some(generation) = pod.pointer("/metadata/generation").filter(|generation| generation.is_i64()) {
            condition["observedGeneration"] = generation.clone();
        }
        set_condition(pod, condition, ctx.now);
    }
}

/// Pods that do not run yet or any more are not disrupted by an eviction.
fn needs_budget(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    !matches!(phase, "Succeeded" | "Failed" | "Pending")
}

fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Whether pods that are not ready may go without being counted: always, or while enough others are healthy
/// (`unhealthyPodEvictionPolicy`).
fn spares_unready(budget: &Value) -> bool {
    let policy = budget.pointer("/spec/unhealthyPodEvictionPolicy").and_then(Value::as_str);
    let desired = count(budget, "desiredHealthy");
    policy == Some("AlwaysAllow") || (desired > 0 && count(budget, "currentHealthy") >= desired)
}

fn covers(budget: &Value, pod: &Object) -> bool {
    let selector = budget.pointer("/spec/selector").map(LabelSelector::from_value);
    selector.and_then(Result::ok).is_some_and(|selector| selector.matches_head(&pod.head))
}

/// One disruption less is allowed from this commit on.
fn take(ctx: &Context<'_>, budget: &Object, value: &Value, pod: &Object) -> Result<Extras, Status> {
    may_take(&budget.key.name, value)?;
    let left = count(value, "disruptionsAllowed") - 1;
    let mut after = value.clone();
    after["status"]["disruptionsAllowed"] = left.into();
    after["status"]["disruptedPods"][&*pod.key.name] = ctx.now.seconds().into();
    if left == 0 {
        let condition = json!({"type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
            "observedGeneration": count(value, "observedGeneration")});
        set_condition(&mut after, condition, ctx.now);
    }
    let draft = Draft::new(budget.key.clone(), after, &[]);
    let requirement = Requirement::Revision(budget.revision);
    Ok(Extras {
        preconditions: vec![Precondition { key: budget.key.clone(), requirement }],
        changes: vec![Change { key: budget.key.clone(), op: Op::Put(draft), sealed: false, history: true }],
        ..Extras::default()
    })
}

/// Whether the budget `name` allows a disruption more, as far as is known of it.
fn may_take(name: &str, budget: &Value) -> Result<(), Status> {
    let generation = budget.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
    if count(budget, "observedGeneration") < generation {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(refused(why).retry_after(PROCESSED_SECONDS));
    }
    let forbidden = |why| Err(Status::forbidden("policy", "poddisruptionbudget", name, why));
    let allowed = count(budget, "disruptionsAllowed");
    if allowed < 0 {
        return forbidden("pdb disruptions allowed is negative");
    }
    let disrupted = budget.pointer("/status/disruptedPods").and_then(Value::as_object).map_or(0, Map::len);
    if disrupted > MAX_DISRUPTED {
        return forbidden("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    }
    if allowed == 0 {
        let (desired, current) = (count(budget, "desiredHealthy"), count(budget, "currentHealthy"));
        return Err(refused(format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently")));
    }
    Ok(())
}

fn count(budget: &Value, field: &str) -> i64 {
    budget.get("status").and_then(|status| status.get(field)).and_then(Value::as_i64).unwrap_or_default()
}

fn refused(why: String) -> Status {
    let cause = StatusCause { reason: "DisruptionBudget".into(), message: why, field: String::new() };
    let text = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::new(Reason::TooManyRequests, text).because(cause)
}
