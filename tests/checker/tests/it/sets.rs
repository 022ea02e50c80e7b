use kontiki_checker::{Contradiction, Operation, Outcome, Set, check_set};

fn operation(invoked: u64, returned: u64, call: Set, outcome: Outcome) -> Operation<Set> {
    Operation { client: invoked, invoked, returned, call, outcome }
}

fn add(invoked: u64, element: u64) -> Operation<Set> {
    operation(invoked, invoked + 5, Set::Add { element }, Outcome::Ok)
}

fn read(invoked: u64, found: &[u64]) -> Operation<Set> {
    operation(invoked, invoked + 5, Set::Read { found: found.to_vec() }, Outcome::Ok)
}

#[test]
fn elements_come_in_any_order_while_they_are_being_added() {
    let history = [add(0, 1), add(0, 2), read(2, &[2]), read(4, &[2]), read(10, &[1, 2])];
    assert_eq!(check_set(&history), Ok(()));
}

#[test]
fn an_acknowledged_element_is_in_every_later_answer() {
    let history = [add(0, 1), add(10, 2), read(20, &[2])];
    let verdict = check_set(&history).unwrap_err();
    assert_eq!(verdict, Contradiction::Reversed { earlier: 2, later: 0, seen_by: vec![] });
}

#[test]
fn an_element_is_not_seen_before_it_is_added() {
    let history = [read(0, &[1]), add(10, 1)];
    assert_eq!(check_set(&history), Err(Contradiction::Reversed { earlier: 1, later: 0, seen_by: vec![] }));
}

#[test]
fn answers_never_shrink() {
    let lost = |element| operation(0, 0, Set::Add { element }, Outcome::Unknown);
    let history = [lost(1), lost(2), read(10, &[1, 2]), read(20, &[1])];
    assert_eq!(check_set(&history), Err(Contradiction::Reversed { earlier: 3, later: 2, seen_by: vec![] }));
    let split = [lost(1), lost(2), read(10, &[1]), read(10, &[2])];
    assert_eq!(check_set(&split), Err(Contradiction::Disagree { one: 2, other: 3 }));
}

#[test]
fn an_answer_that_turns_two_additions_around_is_named() {
    let history = [add(0, 1), add(10, 2), read(0, &[]), operation(3, 30, Set::Read { found: vec![2] }, Outcome::Ok)];
    let verdict = check_set(&[&history[..], &[read(40, &[1, 2])]].concat()).unwrap_err();
    assert_eq!(verdict, Contradiction::Reversed { earlier: 1, later: 0, seen_by: vec![3] });
}

#[test]
fn made_up_refused_and_doubled_elements_are_found() {
    let refused = operation(0, 5, Set::Add { element: 1 }, Outcome::Failed);
    let seen = |refused| Err(Contradiction::NeverWritten { seen_by: 1, value: 1, refused });
    assert_eq!(check_set(&[refused, read(10, &[1])]), seen(Some(0)));
    assert_eq!(check_set(&[add(0, 2), read(10, &[1, 2])]), seen(None));
    assert_eq!(check_set(&[add(0, 2), read(10, &[2, 2])]), Err(Contradiction::Twice { seen_by: 1, value: 2 }));
    assert_eq!(check_set(&[add(0, 2), add(10, 2)]), Err(Contradiction::NotUnique { first: 0, second: 1 }));
}
