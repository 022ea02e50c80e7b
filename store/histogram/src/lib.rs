//! Stands in for the crate `base2histogram`, with which openraft counts its own batches: the part of its interface
//! that openraft uses, over one counter per power of two.
//!
//! The crate itself fills tables of 26 MB at its first count, nearly half of what this whole control plane may take
//! (docs/adr/0017-a-smaller-histogram.md). The figures are coarser: a percentile is the lower end of its power of two.

use std::fmt;
use std::marker::PhantomData;

/// Values of `u64`: zero, and one bucket per power of two.
const BUCKETS: usize = 65;

/// How often values of each size were recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram<T = ()> {
    counts: Box<[u64; BUCKETS]>,
    data: PhantomData<T>,
}

impl<T> Default for Histogram<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Histogram<T> {
    /// One that has recorded nothing.
    pub fn new() -> Self {
        Self { counts: Box::new([0; BUCKETS]), data: PhantomData }
    }

    /// Counts `value` once.
    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts `value` `count` times.
    pub fn record_n(&mut self, value: u64, count: u64) {
        let bucket = (u64::BITS - value.leading_zeros()) as usize;
        if let Some(counted) = self.counts.get_mut(bucket) {
            *counted = counted.saturating_add(count);
        }
    }

    /// How many values were recorded.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The lower end of the bucket that the fraction `p` (0 to 1) of all values reaches; 0 where there is none.
    pub fn percentile(&self, p: f64) -> u64 {
        let wanted = (self.total() as f64 * p).ceil().max(1.0) as u64;
        let mut reached = 0_u64;
        let bucket = self.counts.iter().position(|count| {
            reached = reached.saturating_add(*count);
            reached >= wanted
        });
        bucket.filter(|bucket| *bucket > 0).map_or(0, |bucket| 1 << (bucket - 1))
    }

    /// The usual percentiles.
    pub fn percentile_stats(&self) -> PercentileStats {
        PercentileStats {
            samples: self.total(),
            p0_1: self.percentile(0.001),
            p1: self.percentile(0.01),
            p5: self.percentile(0.05),
            p10: self.percentile(0.1),
            p50: self.percentile(0.5),
            p90: self.percentile(0.9),
            p99: self.percentile(0.99),
            p99_9: self.percentile(0.999),
        }
    }
}

/// Percentiles of a [`Histogram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the percentile that its name says")]
pub struct PercentileStats {
    pub samples: u64,
    pub p0_1: u64,
    pub p1: u64,
    pub p5: u64,
    pub p10: u64,
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p99_9: u64,
}

impl fmt::Display for PercentileStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples, p50 {}, p90 {}, p99 {}, p99.9 {}", self.samples, self.p50, self.p90, self.p99, self.p99_9)
    }
}

/// Several histograms under their names, a line each.
#[derive(Clone, Debug, Default)]
pub struct AsciiChart(Vec<(String, Histogram)>);

impl AsciiChart {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// With `histogram` added.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "the name that openraft calls")]
    pub fn add(mut self, name: impl Into<String>, histogram: Histogram) -> Self {
        self.0.push((name.into(), histogram));
        self
    }
}

impl fmt::Display for AsciiChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, histogram)| writeln!(f, "{name}: {}", histogram.percentile_stats()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_lower_end_of_its_power_of_two() {
        let mut histogram = Histogram::<()>::new();
        assert_eq!(histogram.percentile(0.5), 0);
        histogram.record_n(5, 90);
        histogram.record_n(1000, 9);
        histogram.record(u64::MAX);
        let stats = histogram.percentile_stats();
        assert_eq!((stats.samples, stats.p50, stats.p99, stats.p99_9), (100, 4, 512, 1 << 63));
    }
}
