//! A histogram that many may write at once without waiting for each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Sizes in bytes, counted by powers of two from 1 KiB to 128 KiB: upstream's bounds of watch events.
#[derive(Clone, Debug, Default)]
pub struct Sizes(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// One more than there are bounds: the last is without.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum: AtomicU64,
}

const BOUNDS: [u64; 8] = [1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10];

impl Sizes {
    /// Counts `count` things of `bytes` together, each as large as the other.
    pub fn observe(&self, count: u64, bytes: u64) {
        let Some(each) = bytes.checked_div(count) else { return };
        let at = BOUNDS.iter().position(|bound| each <= *bound).unwrap_or(BOUNDS.len());
        self.0.sum.fetch_add(bytes, Ordering::Relaxed);
        if let Some(bucket) = self.0.buckets.get(at) {
            bucket.fetch_add(count, Ordering::Relaxed);
        }
    }
}

impl EncodeMetric for Sizes {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counts: Vec<u64> = self.0.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let bounds = BOUNDS.iter().map(|bound| *bound as f64).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
        let sum = self.0.sum.load(Ordering::Relaxed) as f64;
        encoder.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Sizes {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn sizes_are_counted_below_their_bounds() {
        let (sizes, mut registry, mut text) = (Sizes::default(), Registry::default(), String::new());
        registry.register("s", "Sizes.", sizes.clone());
        sizes.observe(1, 1000);
        sizes.observe(2, 4000);
        sizes.observe(1, 1 << 20);
        sizes.observe(0, 7);
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            "s_sum 1053576.0",
            "s_count 4",
            r#"s_bucket{le="1024.0"} 1"#,
            r#"s_bucket{le="2048.0"} 3"#,
            r#"s_bucket{le="+Inf"} 4"#,
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
