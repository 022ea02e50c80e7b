//! Which of the possible nodes is best: each score is 0 to 100, weighted as by upstream.

use super::amounts::Amounts;
use super::filter::{Needs, tolerates};
use super::node_affinity::preference;
use super::snapshot::Place;

const FULL: i64 = 100;
/// What a container without requests is taken to use.
const LEAST_CPU: i64 = 100;
const LEAST_MEMORY: i64 = 200 * 1024 * 1024;

/// What speaks for and against one node; comparable only after [`weigh`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// Free share after placing.
    free: i64,
    /// How evenly cpu and memory are used after placing.
    balance: i64,
    /// Weights of preferences met.
    preferred: i64,
    /// `PreferNoSchedule` taints not borne.
    disliked: i64,
    /// Pods of the same controller there.
    siblings: i64,
}

/// Marks `place` for the pod of `needs`.
pub(super) fn marks(place: &Place<'_>, needs: &Needs<'_>) -> Marks {
    let pod = needs.pod;
    let shares = [share(place, &needs.requests, "cpu", LEAST_CPU), share(place, &needs.requests, "memory", LEAST_MEMORY)];
    let soft = place.node.spec.taints.iter().filter(|taint| &*taint.effect == "PreferNoSchedule");
    let disliked = soft.filter(|taint| !tolerates(&pod.spec.tolerations, taint)).count();
    Marks {
        free: FULL - (shares[0] + shares[1]) / 2,
        balance: FULL - (shares[0] - shares[1]).abs() / 2,
        preferred: preference(pod, place.node),
        disliked: i64::try_from(disliked).unwrap_or(i64::MAX),
        siblings: pod.head().controller().map_or(0, |owner| place.siblings(&owner.uid)),
    }
}

/// The share of `name`, in hundredths, that is used once the pod is there.
fn share(place: &Place<'_>, requests: &Amounts, name: &str, least: i64) -> i64 {
    let all = place.allocatable.get(name);
    if all <= 0 {
        return FULL;
    }
    let pods = i64::try_from(place.pods.len()).unwrap_or(i64::MAX);
    let taken = place.taken.get(name).max(pods.saturating_mul(least));
    let wanted = taken.saturating_add(requests.get(name).max(least));
    (i128::from(wanted) * i128::from(FULL) / i128::from(all)).clamp(0, i128::from(FULL)).try_into().unwrap_or(FULL)
}

/// The score of each of `all`.
pub(super) fn weigh(all: &[Marks]) -> Vec<i64> {
    let most = |of: fn(&Marks) -> i64| all.iter().map(of).max().unwrap_or_default().max(1);
    let (preferred, disliked, siblings) = (most(|m| m.preferred), most(|m| m.disliked), most(|m| m.siblings));
    let score = |marks: &Marks| {
        marks.free
            + marks.balance
            + 2 * (marks.preferred * FULL / preferred)
            + 3 * (FULL - marks.disliked * FULL / disliked)
            + 2 * (FULL - marks.siblings * FULL / siblings)
    };
    all.iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emptier_node_without_siblings_scores_best() {
        let busy = Marks { free: 20, balance: 100, ..Marks::default() };
        let crowded = Marks { free: 90, balance: 100, siblings: 2, ..Marks::default() };
        let free = Marks { free: 90, balance: 100, ..Marks::default() };
        let disliked = Marks { free: 100, balance: 100, disliked: 1, ..Marks::default() };
        let scores = weigh(&[busy, crowded, free, disliked]);
        assert_eq!(scores.iter().max(), scores.get(2));
    }
}
