//! One pass over one object that may be in use.

use std::marker::PhantomData;

use kontiki_api::meta::NsName;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};

use super::Guarded;
use crate::common::CATCH_UP;
use crate::common::finalizers::{add, has, remove};

/// Holds what is used, and lets go what is not.
#[derive(Debug)]
pub struct Protection<V>(PhantomData<fn() -> V>);

impl<V> Default for Protection<V> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<V: Guarded> Reconciler for Protection<V> {
    const NAME: &'static str = V::NAME;
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<V>(|name| name);
        V::users(on);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for guarded in pass.keys.iter().filter_map(|key| world.get::<V>(key)) {
            match (guarded.head().deleted.is_some(), has(guarded, V::FINALIZER)) {
                (false, false) => plan.push(add(guarded, V::FINALIZER)),
                (true, true) => match V::is_used(world, guarded) {
                    Some(false) => plan.push(remove(guarded, V::FINALIZER)),
                    Some(true) => {}
                    None => plan = plan.after(CATCH_UP),
                },
                _ => {}
            }
        }
        Ok(plan)
    }
}
