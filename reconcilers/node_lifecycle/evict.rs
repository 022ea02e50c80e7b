//! Eviction of pods that do not bear their node's `NoExecute` taints.

use std::time::Duration;

use kontiki_api::time::Time;
use kontiki_api::view::{Node, Pod, Taint};
use kontiki_runtime::plan::{Intent, Propagation};
use kontiki_runtime::world::Seen;

/// How long `pod` may stay on `node`; `None` for ever.
pub(super) fn may_stay(pod: &Pod, node: &Node, now: Time) -> Option<Duration> {
    let taints = node.spec.taints.iter().filter(|taint| &*taint.effect == "NoExecute");
    taints.filter_map(|taint| bears(pod, taint, now)).min()
}

/// How long `pod` bears `taint`: the shortest of the tolerations that name seconds; `None` for ever.
fn bears(pod: &Pod, taint: &Taint, now: Time) -> Option<Duration> {
    let tolerations: Vec<_> = pod.spec.tolerations.iter().filter(|toleration| toleration.tolerates(taint)).collect();
    if tolerations.is_empty() {
        return Some(Duration::ZERO);
    }
    let seconds = tolerations.iter().filter_map(|toleration| toleration.toleration_seconds).min()?;
    let allowed = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Some(allowed.saturating_sub(now.since(taint.time_added.unwrap_or(now))))
}

/// Deletes the pod with its own grace.
pub(super) fn evict(pod: &Seen<Pod>) -> Intent {
    Intent::Delete { on: pod.precondition(), grace_seconds: None, propagation: Propagation::Background }
}
