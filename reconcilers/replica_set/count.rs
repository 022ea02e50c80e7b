//! Pods, counted.

use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::time::Time;
use kontiki_api::view::Pod;
use kontiki_runtime::world::Seen;
use serde_json::Value;

/// How many pods there are, and in what state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub replicas: i32,
    pub fully_labeled: i32,
    pub ready: i32,
    pub available: i32,
    /// When the next one becomes available.
    pub next_available: Option<Duration>,
}

/// Counts `pods`, made from `template`, that are available after `min_ready_seconds`.
pub(super) fn count(pods: &[&Seen<Pod>], template: &Value, min_ready_seconds: i32, now: Time) -> Count {
    let wanted = template_labels(template);
    let patience = Duration::from_secs(u64::try_from(min_ready_seconds).unwrap_or(0));
    let mut count = Count { replicas: i32::try_from(pods.len()).unwrap_or(i32::MAX), ..Count::default() };
    for pod in pods {
        count.fully_labeled += i32::from(wanted.iter().all(|(key, value)| pod.head().label(key) == Some(value)));
        let Some(since) = pod.ready_since() else { continue };
        count.ready += 1;
        let remaining = since.plus(patience).since(now);
        if patience.is_zero() || remaining.is_zero() {
            count.available += 1;
        } else {
            count.next_available = Some(count.next_available.map_or(remaining, |other| other.min(remaining)));
        }
    }
    count
}

fn template_labels(template: &Value) -> Vec<(Text, &str)> {
    let labels = template.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?))).collect()
}
