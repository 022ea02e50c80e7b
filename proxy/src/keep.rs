//! Plans with one effect that is wanted all the time.

use std::time::Duration;

use kontiki_runtime::effect::{Effect, EffectState};
use kontiki_runtime::plan::Plan;
use kontiki_runtime::reconciler::Pass;

/// Pause before an effect that failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wants `effect` done. Where it failed as it stands it is let go for a moment and then wanted again;
/// where it has changed meanwhile it is tried at once.
pub fn keep<E: Effect>(effect: E, pass: &Pass<'_, (), E>) -> Plan<E> {
    let failed = pass.effects.values().any(|(tried, state)| *tried == effect && matches!(state, EffectState::Failed { .. }));
    if failed {
        return Plan::done().after(PAUSE);
    }
    Plan { effects: vec![effect], ..Plan::done() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kontiki_api::time::Time;
    use kontiki_runtime::plan::Next;
    use kontiki_runtime::reconciler::Seed;

    use super::*;
    use crate::dns::Zone;

    fn plan(tried: Option<(Zone, EffectState)>) -> Plan<Zone> {
        let effects: BTreeMap<(), _> = tried.into_iter().map(|tried| ((), tried)).collect();
        let outcomes = BTreeMap::new();
        keep(Zone::default(), &Pass { keys: &[()], now: Time::default(), seed: Seed(0), outcomes: &outcomes, effects: &effects })
    }

    #[test]
    fn a_failed_effect_is_let_go_and_wanted_again() {
        let failed = EffectState::Failed { error: "no nft".into(), attempts: 1 };
        let pause = plan(Some((Zone::default(), failed)));
        assert_eq!((pause.effects.len(), pause.next), (0, Next::After(PAUSE)));
        assert_eq!(plan(None).effects.len(), 1);
        assert_eq!(plan(Some((Zone::default(), EffectState::Done))).effects.len(), 1);
    }
}
