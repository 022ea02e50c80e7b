//! One pass over one ClusterRole.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{AggregationRule, ClusterRole};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::{Value, json};

use crate::common::intents::merge;

/// Keeps the rules of ClusterRoles that are sums of others.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClusterRoleAggregation;

/// ClusterRoles with an aggregation rule.
#[derive(Debug)]
pub enum Sums {}

impl Index for Sums {
    type View = ClusterRole;
    type Key = ();

    fn keys(role: &Seen<ClusterRole>) -> Vec<()> {
        role.aggregation_rule.iter().map(|_| ()).collect()
    }
}

impl Reconciler for ClusterRoleAggregation {
    const NAME: &'static str = "clusterrole-aggregation";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.own::<ClusterRole>(|name| name.name);
        on.index::<Sums>();
        on.mapped::<ClusterRole>(|world, before, after| {
            let selects = |sum: &Seen<ClusterRole>| {
                let rule = sum.aggregation_rule.as_ref();
                [before, after].into_iter().flatten().any(|role| rule.is_some_and(|rule| selects(rule, role)))
            };
            world.indexed::<Sums>(&()).filter(|sum| selects(sum)).map(|sum| sum.name().clone()).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let roles = pass.keys.iter().filter_map(|name| world.get::<ClusterRole>(&NsName::new("", name.clone())));
        Ok(Plan::of(roles.filter_map(|role| sum(world, role)).collect()))
    }
}

fn selects(rule: &AggregationRule, role: &Seen<ClusterRole>) -> bool {
    rule.cluster_role_selectors.iter().any(|selector| selector.0.matches_head(role.head()))
}

/// The patch that gives `role` the rules of the roles it selects, in the order of their names and each once.
fn sum(world: &World, role: &Seen<ClusterRole>) -> Option<Intent> {
    let rule = role.aggregation_rule.as_ref().filter(|_| role.head().deleted.is_none())?;
    let mut rules: Vec<&Value> = Vec::new();
    let selected = world.list::<ClusterRole>().filter(|other| other.name() != role.name() && selects(rule, other));
    for part in selected.flat_map(|other| other.rules.iter().flatten()) {
        if !rules.contains(&part) {
            rules.push(part);
        }
    }
    let same = rules.iter().copied().eq(role.rules.iter().flatten());
    (!same).then(|| merge(role.precondition(), json!({ "rules": rules })))
}
