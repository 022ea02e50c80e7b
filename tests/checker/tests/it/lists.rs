use kontiki_checker::{Contradiction, List, Operation, Outcome, check_list};

fn operation(invoked: u64, returned: u64, call: List, outcome: Outcome) -> Operation<List> {
    Operation { client: invoked, invoked, returned, call, outcome }
}

fn append(invoked: u64, element: u64) -> Operation<List> {
    operation(invoked, invoked + 5, List::Append { element }, Outcome::Ok)
}

fn read(invoked: u64, found: &[u64]) -> Operation<List> {
    operation(invoked, invoked + 5, List::Read { found: found.to_vec() }, Outcome::Ok)
}

#[test]
fn lists_grow_at_their_end() {
    let history = [append(0, 1), append(3, 2), read(4, &[2]), read(10, &[2, 1]), append(20, 3)];
    assert_eq!(check_list(&history), Ok(()));
    let turned = [append(0, 1), append(10, 2), read(20, &[2, 1])];
    assert_eq!(check_list(&turned), Err(Contradiction::Reversed { earlier: 1, later: 0, seen_by: vec![2] }));
}

#[test]
fn a_lost_append_is_found() {
    let history = [append(0, 1), append(10, 2), read(20, &[1])];
    assert_eq!(check_list(&history), Err(Contradiction::Reversed { earlier: 2, later: 1, seen_by: vec![] }));
}

#[test]
fn an_append_applied_twice_is_found() {
    let history = [append(0, 1), append(10, 2), read(20, &[1, 2, 1])];
    assert_eq!(check_list(&history), Err(Contradiction::Twice { seen_by: 2, value: 1 }));
}

#[test]
fn answers_that_are_no_beginnings_of_each_other_disagree() {
    let history = [append(0, 1), append(0, 2), read(2, &[1]), read(10, &[2, 1])];
    assert_eq!(check_list(&history), Err(Contradiction::Disagree { one: 2, other: 3 }));
}

#[test]
fn a_stale_answer_is_found() {
    let history = [append(0, 1), append(10, 2), read(20, &[1, 2]), read(30, &[1])];
    let verdict = check_list(&history).unwrap_err();
    assert!(verdict.operations().contains(&3), "{verdict}");
}

#[test]
fn made_up_and_refused_elements_are_found() {
    let refused = operation(0, 5, List::Append { element: 1 }, Outcome::Failed);
    let seen = |refused| Err(Contradiction::NeverWritten { seen_by: 1, value: 1, refused });
    assert_eq!(check_list(&[refused, read(10, &[1])]), seen(Some(0)));
    assert_eq!(check_list(&[append(0, 2), read(10, &[1])]), seen(None));
}
