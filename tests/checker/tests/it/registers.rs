use kontiki_checker::{Contradiction, Operation, Outcome, Register, check_register};

fn operation(invoked: u64, returned: u64, call: Register, outcome: Outcome) -> Operation<Register> {
    Operation { client: invoked, invoked, returned, call, outcome }
}

fn ok(invoked: u64, returned: u64, call: Register) -> Operation<Register> {
    operation(invoked, returned, call, Outcome::Ok)
}

fn read(found: u64) -> Register {
    Register::Read { found: Some(found) }
}

fn write(value: u64) -> Register {
    Register::Write { value: Some(value) }
}

fn swap(expected: u64, value: u64) -> Register {
    Register::Swap { expected: Some(expected), value: Some(value) }
}

#[test]
fn concurrent_operations_may_happen_in_any_order() {
    let history = [ok(0, 100, write(1)), ok(0, 100, write(2)), ok(10, 20, read(2)), ok(30, 40, read(1))];
    assert_eq!(check_register(None, &history), Ok(()));
}

#[test]
fn a_read_behind_an_acknowledged_write_sees_it() {
    let history = [ok(0, 10, write(1)), ok(20, 30, write(2)), ok(40, 50, read(1))];
    let verdict = check_register(None, &history).unwrap_err();
    assert_eq!(verdict, Contradiction::Overlap { one: (0, 2), other: (1, 1) });
    assert!(verdict.explain(&history).contains("operation 2: client 40, 40 to 50: Read { found: Some(1) } Ok"));
}

#[test]
fn nothing_is_seen_before_it_is_asked_for() {
    let history = [ok(0, 10, read(1)), ok(20, 30, write(1))];
    let verdict = Contradiction::Reversed { earlier: 1, later: 0, seen_by: vec![] };
    assert_eq!(check_register(None, &history), Err(verdict));
}

#[test]
fn the_value_at_first_is_gone_with_the_first_write() {
    let history = [ok(0, 10, write(1)), ok(20, 30, Register::Read { found: None })];
    assert_eq!(check_register(None, &history), Err(Contradiction::Overlap { one: (1, 1), other: (0, 0) }));
    let earlier = [ok(0, 25, write(1)), ok(20, 30, Register::Read { found: None })];
    assert_eq!(check_register(None, &earlier), Ok(()));
}

#[test]
fn two_reads_never_see_two_writes_the_other_way_round() {
    let writes = [ok(0, 100, write(1)), ok(0, 100, write(2))];
    let reads = [ok(10, 20, read(1)), ok(30, 40, read(2)), ok(50, 60, read(1))];
    let verdict = check_register(None, &[&writes[..], &reads[..]].concat());
    assert!(matches!(verdict, Err(Contradiction::Overlap { .. })), "{verdict:?}");
}

#[test]
fn of_two_swaps_of_the_same_value_one_is_refused() {
    let history = [ok(0, 10, write(1)), ok(20, 30, swap(1, 2)), ok(20, 30, swap(1, 3))];
    let verdict = check_register(None, &history).unwrap_err();
    assert!(verdict.operations().contains(&1) || verdict.operations().contains(&2), "{verdict}");
    let differs = Register::Differs { expected: Some(1) };
    let refused = [history[0].clone(), history[1].clone(), ok(20, 30, differs), ok(40, 50, read(2))];
    assert_eq!(check_register(None, &refused), Ok(()));
    let needlessly = [history[0].clone(), ok(20, 30, differs)];
    assert!(matches!(check_register(None, &needlessly), Err(Contradiction::Unexplained { operation: 1, .. })));
}

#[test]
fn a_write_of_unknown_outcome_may_happen_late_or_never() {
    let lost = operation(0, 10, write(1), Outcome::Unknown);
    let never = [lost.clone(), ok(20, 30, Register::Read { found: None })];
    let late = [&never[..], &[ok(40, 50, read(1))]].concat();
    let undone = [&late[..], &[ok(60, 70, Register::Read { found: None })]].concat();
    assert_eq!(check_register(None, &never), Ok(()));
    assert_eq!(check_register(None, &late), Ok(()));
    assert!(check_register(None, &undone).is_err());
}

#[test]
fn what_may_never_have_happened_may_have_seen_nothing() {
    let stale = Register::Swap { expected: Some(1), value: None };
    let history = [
        ok(0, 5, Register::Read { found: None }),
        ok(10, 15, write(1)),
        ok(20, 25, write(2)),
        operation(30, 35, stale, Outcome::Unknown),
        ok(40, 45, read(2)),
    ];
    assert_eq!(check_register(None, &history), Ok(()));
}

#[test]
fn a_refused_write_is_never_seen() {
    let history = [operation(0, 10, write(1), Outcome::Failed), ok(20, 30, read(1))];
    let verdict = Contradiction::NeverWritten { seen_by: 1, value: 1, refused: Some(0) };
    assert_eq!(check_register(None, &history), Err(verdict));
}

#[test]
fn a_key_may_come_and_go() {
    let create = |at: u64, value| ok(at, at + 5, Register::Swap { expected: None, value: Some(value) });
    let delete = |at: u64, value| ok(at, at + 5, Register::Swap { expected: Some(value), value: None });
    let good = [create(0, 1), delete(10, 1), create(20, 2), delete(30, 2), ok(40, 45, Register::Read { found: None })];
    assert_eq!(check_register(None, &good), Ok(()));
    let bad = [create(0, 1), create(10, 2)];
    assert!(check_register(None, &bad).is_err());
}

#[test]
fn many_lost_writes_do_not_stand_in_the_way() {
    let lost = (0..10_000).map(|value| operation(value, value, write(value + 10), Outcome::Unknown));
    let mut history: Vec<_> = lost.collect();
    history.extend((0..1_000_u64).map(|at| ok(20_000 + at * 10, 20_005 + at * 10, read(10 + at * 7))));
    assert_eq!(check_register(None, &history), Ok(()));
    history.push(ok(90_000, 90_001, read(10)));
    assert!(check_register(None, &history).is_err());
}

#[test]
fn what_cannot_be_told_is_not_called_right() {
    let mut history: Vec<_> = (0..200).map(|value| ok(0, 1_000, write(value % 2))).collect();
    history.push(ok(0, 10, read(1)));
    assert!(matches!(check_register(None, &history), Err(Contradiction::TooMany { .. })));
}
