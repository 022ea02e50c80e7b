//! `eviction`: deletes a pod where its disruption budgets allow it.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::Request;
use kontiki_api::selector::LabelSelector;
use kontiki_api::status::{Reason, Status, StatusCause};
use kontiki_store::{Change, Op, Precondition, Range, Requirement};
use serde_json::{Value, json};

use crate::commit::Extras;
use crate::decode::{self, DeleteOptions};
use crate::mutate::admit_sent;
use crate::read::key_of;
use crate::server::{Answer, Content, Server};
use crate::write::{Context, Guard, delete_one};

/// The collection of disruption budgets.
const BUDGETS: &str = "poddisruptionbudgets.policy";

/// POST of an Eviction to the pod it is for.
///
/// # Errors
/// 429 where a budget does not allow it, 404, 409.
pub(super) async fn evict(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let mut eviction = match kind.subresource(&request.target.subresource) {
        Some(sub) => decode::subresource(sub, request)?,
        None => decode::body(request)?,
    };
    let mut ctx = Context::new(server, kind, request)?;
    admit_sent(&mut ctx, &mut eviction).await?;
    let options = DeleteOptions::of(eviction.get("deleteOptions").unwrap_or(&Value::Null))?;
    ctx.options.dry_run |= options.dry_run;
    delete_one(&mut ctx, &key_of(kind, &request.target), &options, &Budgets).await?;
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Answer { code: 201, content: Content::Value(success), warnings: ctx.warnings })
}

struct Budgets;

impl Guard for Budgets {
    fn check(&self, ctx: &Context<'_>, pod: &Object) -> Result<Extras, Status> {
        if pod.head.deleted.is_some() || !needs_budget(&pod.to_value()) {
            return Ok(Extras::default());
        }
        let range = Range::Namespace(BUDGETS.into(), pod.key.namespace.clone());
        let budgets = ctx.server.config.store.list(&range).objects;
        let covering: Vec<(&Arc<Object>, Value)> =
            budgets.iter().map(|budget| (budget, budget.to_value())).filter(|(_, value)| covers(value, pod)).collect();
        match covering.as_slice() {
            [] => Ok(Extras::default()),
            [(budget, value)] => take(ctx, budget, value, pod),
            _ => Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            )),
        }
    }
}

/// Pods that do not run yet or any more are not disrupted by an eviction.
fn needs_budget(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    !matches!(phase, "Succeeded" | "Failed" | "Pending")
}

fn covers(budget: &Value, pod: &Object) -> bool {
    let selector = budget.pointer("/spec/selector").map(LabelSelector::from_value);
    selector.and_then(Result::ok).is_some_and(|selector| selector.matches_head(&pod.head))
}

/// One disruption less is allowed from this commit on.
fn take(ctx: &Context<'_>, budget: &Object, value: &Value, pod: &Object) -> Result<Extras, Status> {
    let allowed = value.pointer("/status/disruptionsAllowed").and_then(Value::as_i64).unwrap_or_default();
    if allowed <= 0 {
        return Err(refused(budget, value));
    }
    let mut after = value.clone();
    after["status"]["disruptionsAllowed"] = (allowed - 1).into();
    after["status"]["disruptedPods"][&*pod.key.name] = ctx.now.seconds().into();
    let draft = Draft::new(budget.key.clone(), after, &[]);
    let requirement = Requirement::Revision(budget.revision);
    Ok(Extras {
        preconditions: vec![Precondition { key: budget.key.clone(), requirement }],
        changes: vec![Change { key: budget.key.clone(), op: Op::Put(draft), sealed: false, history: true }],
        ..Extras::default()
    })
}

fn refused(budget: &Object, value: &Value) -> Status {
    let count = |field: &str| value.pointer(&format!("/status/{field}")).and_then(Value::as_i64).unwrap_or_default();
    let message = format!(
        "The disruption budget {} needs {} healthy pods and has {} currently",
        budget.key.name,
        count("desiredHealthy"),
        count("currentHealthy")
    );
    let cause = StatusCause { reason: "DisruptionBudget".into(), message, field: String::new() };
    let text = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::new(Reason::TooManyRequests, text).because(cause)
}
