use kontiki_checker::{List, Operation, Outcome, Register, Set, check_list, check_register, check_set};
use proptest::prelude::*;

use crate::brute::{Elements, Line, Model, Value, is_linearizable};

/// One operation to be: what it does, how long before and after its moment it lasts, what its client learns.
type Step = (u8, u64, u64, u64, u8);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..4, 0_u64..4, 0_u64..40, 0_u64..40, 0_u8..8), 1..8)
}

/// One answer to be made another, maybe.
fn lie() -> impl Strategy<Value = Option<(usize, u64)>> {
    prop::option::of((0_usize..8, 0_u64..5))
}

/// Operations as `call` makes them at their moment, ten apart. Those that failed did not happen.
fn history<M: Model>(
    mut model: M,
    steps: &[Step],
    mut call: impl FnMut(&M, usize, u8, u64) -> M::Call,
) -> Vec<Operation<M::Call>> {
    let mut history = Vec::new();
    for (at, (kind, value, before, after, fate)) in steps.iter().enumerate() {
        let moment = 100 + at as u64 * 10;
        let call = call(&model, at, *kind, *value);
        let (outcome, happens) = match fate {
            0 => (Outcome::Failed, false),
            1 => (Outcome::Unknown, false),
            2 => (Outcome::Unknown, true),
            _ => (Outcome::Ok, true),
        };
        if happens {
            model = model.after(&call).unwrap_or(model);
        }
        history.push(Operation { client: at as u64, invoked: moment - before, returned: moment + after, call, outcome });
    }
    history
}

fn registers(steps: &[Step], lie: Option<(usize, u64)>, unique: bool) -> Vec<Operation<Register>> {
    let mut history = history(Value(None), steps, |model, at, kind, value| {
        let new = if unique { Some(10 + at as u64) } else { value.checked_sub(1) };
        let other = value.checked_sub(1);
        match kind {
            0 => Register::Write { value: new },
            1 => Register::Swap { expected: model.0, value: new },
            2 if model.0 != other => Register::Differs { expected: other },
            _ => Register::Read { found: model.0 },
        }
    });
    let Some((at, value)) = lie else { return history };
    let value = if unique { value.checked_sub(1).map(|at| 10 + at) } else { value.checked_sub(1) };
    match history.get_mut(at).map(|one| &mut one.call) {
        Some(Register::Read { found }) => *found = value,
        Some(Register::Swap { expected, .. } | Register::Differs { expected }) => *expected = value,
        _ => {}
    }
    history
}

fn sets(steps: &[Step], lie: Option<(usize, u64)>) -> Vec<Operation<Set>> {
    let mut history = history(Elements::default(), steps, |model, at, kind, _| match kind {
        0 | 1 => Set::Add { element: at as u64 },
        _ => Set::Read { found: model.0.clone() },
    });
    if let Some((at, value)) = lie
        && let Some(Set::Read { found }) = history.get_mut(at).map(|one| &mut one.call)
    {
        if found.contains(&value) { found.retain(|one| *one != value) } else { found.push(value) }
    }
    history
}

fn lists(steps: &[Step], lie: Option<(usize, u64)>) -> Vec<Operation<List>> {
    let mut history = history(Line::default(), steps, |model, at, kind, _| match kind {
        0 | 1 => List::Append { element: at as u64 },
        _ => List::Read { found: model.0.clone() },
    });
    if let Some((at, value)) = lie
        && let Some(List::Read { found }) = history.get_mut(at).map(|one| &mut one.call)
    {
        if value == 0 {
            found.reverse()
        } else if value == 1 {
            _ = found.pop()
        } else {
            found.push(value)
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn registers_are_judged_as_by_trying_every_order(steps in steps(), lie in lie(), unique in any::<bool>()) {
        let history = registers(&steps, lie, unique);
        let verdict = check_register(None, &history);
        prop_assert_eq!(verdict.is_ok(), is_linearizable(&Value(None), &history), "{:?}", verdict);
    }

    #[test]
    fn sets_are_judged_as_by_trying_every_order(steps in steps(), lie in lie()) {
        let history = sets(&steps, lie);
        let verdict = check_set(&history);
        prop_assert_eq!(verdict.is_ok(), is_linearizable(&Elements::default(), &history), "{:?}", verdict);
    }

    #[test]
    fn lists_are_judged_as_by_trying_every_order(steps in steps(), lie in lie()) {
        let history = lists(&steps, lie);
        let verdict = check_list(&history);
        prop_assert_eq!(verdict.is_ok(), is_linearizable(&Line::default(), &history), "{:?}", verdict);
    }

    /// The operations that a verdict about a register names need no others to contradict each other, but for those
    /// that wrote what they saw.
    #[test]
    fn what_two_values_say_of_each_other_is_enough(steps in steps(), lie in lie()) {
        let history = registers(&steps, lie, true);
        if let Err(contradiction) = check_register(None, &history) {
            prop_assert!(contradiction.operations().iter().all(|at| *at < history.len()));
            prop_assert!(contradiction.explain(&history).lines().count() > 1);
        }
    }
}
