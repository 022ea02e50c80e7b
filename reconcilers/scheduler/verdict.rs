//! Why a pod has no node, in upstream's words.

use std::collections::BTreeMap;

use super::filter::Fault;

/// `0/3 nodes are available: …`, from the fault of each node.
pub(super) fn verdict(nodes: usize, faults: &[Fault]) -> String {
    if nodes == 0 {
        return "no nodes available to schedule pods".into();
    }
    let mut reasons = BTreeMap::<&str, usize>::new();
    for fault in faults {
        match fault {
            Fault::Lasting(reason) => *reasons.entry(reason).or_default() += 1,
            Fault::Crowded(causes) => causes.iter().for_each(|cause| *reasons.entry(cause).or_default() += 1),
        }
    }
    let crowded = faults.iter().filter(|fault| matches!(fault, Fault::Crowded(_))).count();
    let counts = [
        ("No preemption victims found for incoming pod", crowded),
        ("Preemption is not helpful for scheduling", faults.len() - crowded),
    ];
    let preemption = listed(counts.into_iter().filter(|(_, count)| *count > 0));
    format!("0/{nodes} nodes are available: {}. preemption: 0/{nodes} nodes are available: {preemption}.", listed(reasons))
}

fn listed<'a>(counts: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let mut parts: Vec<_> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    parts.sort();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_sorted() {
        let faults = [
            Fault::Crowded(vec!["Insufficient memory".into(), "Insufficient cpu".into()]),
            Fault::Lasting("node(s) were unschedulable".into()),
            Fault::Crowded(vec!["Insufficient cpu".into()]),
        ];
        assert_eq!(
            verdict(3, &faults),
            "0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 2 Insufficient cpu. \
             preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, \
             2 No preemption victims found for incoming pod."
        );
        assert_eq!(verdict(0, &[]), "no nodes available to schedule pods");
    }
}
