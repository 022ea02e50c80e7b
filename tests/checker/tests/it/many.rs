use std::collections::BTreeMap;

use kontiki_checker::{List, Operation, Outcome, Register, Set, by_key, check_list, check_register, check_set};

/// Operations of each kind; together a million.
const OPERATIONS: u64 = 334_000;
const CLIENTS: u64 = 16;

/// Numbers without a pattern (an xorshift generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Operations of many clients on many keys, each with a moment somewhere between its begin and its end.
fn run<S: Default, C>(keys: u64, mut call: impl FnMut(&mut S, u64, u64) -> C) -> BTreeMap<u64, Vec<Operation<C>>> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut states: BTreeMap<u64, S> = BTreeMap::new();
    let mut free = [0_u64; CLIENTS as usize];
    let history = (0..OPERATIONS).map(|number| {
        let moment = (number + 1) * 100;
        let client = numbers.below(CLIENTS);
        let busy = &mut free[client as usize];
        let invoked = (*busy).max(moment.saturating_sub(numbers.below(2_000)));
        let returned = moment + numbers.below(50);
        *busy = returned + 1;
        let key = numbers.below(keys) + number / 10_000 * keys;
        let unknown = numbers.below(20) == 0;
        let happens = !unknown || numbers.below(2) == 0;
        let mut spare = S::default();
        let state = if happens { states.entry(key).or_default() } else { &mut spare };
        let call = call(state, number, numbers.below(10));
        let outcome = if unknown { Outcome::Unknown } else { Outcome::Ok };
        (key, Operation { client, invoked, returned, call, outcome })
    });
    by_key(history.collect::<Vec<_>>())
}

fn registers() -> BTreeMap<u64, Vec<Operation<Register>>> {
    run(20, |state: &mut Option<u64>, number, chance| {
        let before = *state;
        if chance < 6 {
            *state = Some(number);
        }
        match chance {
            0..3 => Register::Write { value: *state },
            3..6 => Register::Swap { expected: before, value: *state },
            _ => Register::Read { found: before },
        }
    })
}

fn lists() -> BTreeMap<u64, Vec<Operation<List>>> {
    run(200, |state: &mut Vec<u64>, number, chance| match chance {
        0..5 => {
            state.push(number);
            List::Append { element: number }
        }
        _ => List::Read { found: state.clone() },
    })
}

fn sets() -> BTreeMap<u64, Vec<Operation<Set>>> {
    run(200, |state: &mut Vec<u64>, number, chance| match chance {
        0..5 => {
            state.push(number);
            Set::Add { element: number }
        }
        _ => Set::Read { found: state.clone() },
    })
}

#[test]
fn a_million_operations_are_judged_in_seconds() {
    let (registers, lists, sets) = (registers(), lists(), sets());
    let count = registers.values().map(Vec::len).sum::<usize>() + lists.values().map(Vec::len).sum::<usize>();
    assert!(count + sets.values().map(Vec::len).sum::<usize>() >= 1_000_000);
    for history in registers.values() {
        check_register(None, history).unwrap_or_else(|verdict| panic!("{}", verdict.explain(history)));
    }
    for history in lists.values() {
        check_list(history).unwrap_or_else(|verdict| panic!("{}", verdict.explain(history)));
    }
    for history in sets.values() {
        check_set(history).unwrap_or_else(|verdict| panic!("{}", verdict.explain(history)));
    }
}

/// One acknowledged append among a third of a million is gone.
#[test]
fn one_lost_append_among_many_operations_is_found() {
    let mut lists = lists();
    let longest = lists.values_mut().max_by_key(|history| history.len()).unwrap();
    let lost = longest.iter().position(|one| one.outcome == Outcome::Ok && matches!(one.call, List::Append { .. })).unwrap();
    let List::Append { element } = longest[lost].call else { panic!() };
    for operation in longest.iter_mut() {
        if let List::Read { found } = &mut operation.call {
            found.retain(|one| *one != element);
        }
    }
    let wrong: Vec<_> = lists.values().filter_map(|history| check_list(history).err()).collect();
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].operations().contains(&lost), "{}", wrong[0]);
}
