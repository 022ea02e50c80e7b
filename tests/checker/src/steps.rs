use crate::{Contradiction, Operation};

/// The operations in the steps that the answers put them into: everything of one step happens before everything
/// of the next; within a step any order will do. That can be unless an operation was over before one of an
/// earlier step began.
///
/// # Errors
/// The pair that is the wrong way round; `witnesses` says who saw that the first is in an earlier step than the second.
pub(crate) fn check_steps<C>(
    history: &[Operation<C>],
    steps: &[Vec<usize>],
    witnesses: impl Fn(usize, usize) -> Vec<usize>,
) -> Result<(), Contradiction> {
    let mut latest: Option<(usize, &Operation<C>)> = None;
    for step in steps {
        let operations = || step.iter().filter_map(|at| history.get(*at).map(|operation| (*at, operation)));
        for (at, operation) in operations() {
            if let Some((earlier, begun)) = latest
                && operation.is_before(begun)
            {
                return Err(Contradiction::Reversed { earlier, later: at, seen_by: witnesses(earlier, at) });
            }
        }
        for (at, operation) in operations() {
            if latest.is_none_or(|(_, known)| operation.invoked > known.invoked) {
                latest = Some((at, operation));
            }
        }
    }
    Ok(())
}
