//! One pass over one quota.

use std::time::Duration;

use kontiki_api::meta::{Key, NsName};
use kontiki_api::object::Object;
use kontiki_api::quota::{Amounts, collections, freed_at, is_counted, matches, usage};
use kontiki_api::time::Time;
use kontiki_api::view::ResourceQuota;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::{Value, json};

/// How long after a pod should be gone it is not counted any more.
const BEYOND: Duration = Duration::from_millis(1);

/// Keeps `status.hard` and `status.used` of every quota true.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResourceQuotas;

impl Reconciler for ResourceQuotas {
    const NAME: &'static str = "resourcequota";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<ResourceQuota>(|name| name);
        on.any(|world, key, before, after| {
            let about = |quota: &&Seen<ResourceQuota>| hard(quota).0.keys().any(|name| is_counted(name, key.resource.as_str()));
            let quotas: Vec<&Seen<ResourceQuota>> = world.in_namespace::<ResourceQuota>(&key.namespace).filter(about).collect();
            if quotas.is_empty() || !changes(key, before, after) {
                return Vec::new();
            }
            quotas.into_iter().map(Seen::ns_name).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let quotas = pass.keys.iter().filter_map(|name| world.get::<ResourceQuota>(name));
        let alive = quotas.filter(|quota| quota.head().deleted.is_none());
        let mut plan = Plan::done();
        for quota in alive {
            let counted = count(world, quota, pass.now);
            plan.intents.extend(told(world, quota, &counted));
            if let Some(freed) = counted.freed {
                plan = plan.after(freed.since(pass.now) + BEYOND);
            }
        }
        Ok(plan)
    }
}

/// Whether the change of an object may change what a quota counts; most changes of pods do not.
fn changes(key: &Key, before: Option<&Object>, after: Option<&Object>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return true };
    let (before, after) = (before.to_value(), after.to_value());
    let spec = |object: &Value| object.get("spec").cloned();
    let resource = key.resource.as_str();
    let used = |object: &Value| (usage(resource, object, Time::default()), freed_at(resource, object));
    used(&before) != used(&after) || spec(&before) != spec(&after)
}

fn hard(quota: &ResourceQuota) -> Amounts {
    Amounts::read(quota.spec.get("hard"))
}

/// The patch that makes the status of `quota` true.
fn told(world: &World, quota: &Seen<ResourceQuota>, counted: &Counted) -> Option<Intent> {
    let Counted { hard, used, .. } = counted;
    let same = |field: &str, now: &Amounts| {
        let told = quota.status.get(field).filter(|told| told.is_object());
        told.is_some() && Amounts::read(told) == *now
    };
    if same("hard", hard) && same("used", used) {
        return None;
    }
    let mut body = world.object(quota.key())?.to_value();
    body["status"] = json!({"hard": hard.to_value(), "used": used.to_value()});
    Some(Intent::Replace { on: quota.precondition(), subresource: "status".into(), body })
}

/// What there is to tell of a quota.
struct Counted {
    hard: Amounts,
    used: Amounts,
    /// When the next of its objects uses less though nothing changes.
    freed: Option<Time>,
}

/// What the objects that `quota` is about use of what it limits.
fn count(world: &World, quota: &Seen<ResourceQuota>, now: Time) -> Counted {
    let hard = hard(quota);
    let counted = collections(hard.0.keys().map(String::as_str));
    let scoped = json!({"spec": quota.spec});
    let (mut all, mut freed) = (Amounts::default(), None);
    for object in world.objects_in(quota.namespace()).filter(|object| counted.contains(object.key.resource.as_str())) {
        let (resource, value) = (object.key.resource.as_str(), object.to_value());
        if matches(&scoped, resource, &value) {
            all.add(&usage(resource, &value, now));
            let next = freed_at(resource, &value).filter(|freed| *freed >= now);
            freed = freed.into_iter().chain(next).min();
        }
    }
    let mut used = Amounts::default();
    for (name, limit) in &hard.0 {
        let none = limit.minus(*limit);
        used.add_one(name, all.get(name).unwrap_or(none));
    }
    Counted { hard, used, freed }
}
