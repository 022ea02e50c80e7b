//! The suite, on reconcilers that pass it and on some that must not.

use kontiki_api::meta::NsName;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::testing::{Scenario, Suite};
use kontiki_runtime::world::{Triggers, World};
use serde_json::json;

use crate::cluster::{replica_set, set_key};
use crate::reconcilers::{PodView, Replicas, SetView};

fn scenarios() -> [Scenario; 2] {
    [
        Scenario::new("grow and shrink").put([replica_set("web", 5), replica_set("web", 2), replica_set("db", 3)]),
        Scenario::new("delete one").put([replica_set("web", 3), replica_set("db", 1)]).delete(set_key("web")),
    ]
}

#[test]
fn a_sound_reconciler_passes() {
    Suite::new(Replicas).run(&scenarios());
}

#[test]
#[should_panic(expected = "still at work")]
fn a_reconciler_that_never_rests_is_found() {
    struct Restless;
    impl Reconciler for Restless {
        const NAME: &'static str = "restless";
        type Key = NsName;
        type Effect = Never;

        fn triggers(on: &mut Triggers<NsName>) {
            on.own::<SetView>(|name| name);
        }

        fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
            let Some(set) = world.get::<SetView>(&pass.keys[0]) else { return Ok(Plan::done()) };
            let body = json!({"metadata": {"labels": {"at": set.object.revision.to_string()}}});
            let r#type = kontiki_api::request::PatchType::Merge;
            Ok(Plan::of(vec![Intent::Patch { on: set.precondition(), subresource: "".into(), r#type, body }]))
        }
    }
    Suite::new(Restless).run(&scenarios());
}

#[test]
#[should_panic(expected = "still plans")]
fn a_reconciler_that_misses_changes_is_found() {
    /// Not woken by pods: what it decided on an older World stays.
    struct Deaf;
    impl Reconciler for Deaf {
        const NAME: &'static str = "deaf";
        type Key = NsName;
        type Effect = Never;

        fn triggers(on: &mut Triggers<NsName>) {
            on.own::<SetView>(|name| name);
            on.reads::<PodView>();
        }

        fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
            Replicas.reconcile(world, pass).map(|mut plan| {
                plan.intents.truncate(1);
                plan
            })
        }
    }
    Suite::new(Deaf).run(&scenarios());
}
