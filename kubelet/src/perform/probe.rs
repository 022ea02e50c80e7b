//! Probing: one observer per probe of a running container, for as long as it is wanted.

use std::time::Duration;

use kontiki_runtime::observe::Observation;

use super::stop::Reach;
use super::{NodeObservation, Performer, handler};
use crate::effect::{Act, EffectKey, ProbeSpec};
use crate::observed::{ProbeKey, ProbeKind, ProbeResult};

/// Tries again and again; tells each change of the verdict and each failure. A startup probe ends when
/// it has passed.
pub async fn run(performer: &Performer, key: &EffectKey, spec: &ProbeSpec) -> Result<(), String> {
    let Act::Probe(container, kind) = &key.act else { return Err("not a probe".into()) };
    let told = ProbeKey { pod: key.pod.clone(), container: container.clone(), kind: *kind };
    performer.registry.told(|keys| keys.probes.insert(told.clone()));
    let passed = performer.clock.now().since(spec.started);
    tokio::time::sleep(Duration::from_secs(u64::from(spec.probe.initial_delay_seconds)).saturating_sub(passed)).await;
    let period = Duration::from_secs(u64::from(spec.probe.period_seconds.unwrap_or(10).max(1)));
    let mut verdict = Verdict::default();
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let tried = once(performer, spec).await;
        if verdict.count(spec, tried) {
            performer.sink.tell(NodeObservation::Probe(Observation::Seen(told.clone(), verdict.result.clone())));
        }
        if *kind == ProbeKind::Startup && verdict.result.passing == Some(true) {
            return Ok(());
        }
    }
}

async fn once(performer: &Performer, spec: &ProbeSpec) -> Result<(), String> {
    let limit = Duration::from_secs(u64::from(spec.probe.timeout_seconds.unwrap_or(1).max(1)));
    let reach = Reach { ip: spec.ip.clone(), ports: spec.ports.clone() };
    let id = spec.container.split_once("://").map_or(&*spec.container, |(_, id)| id);
    let tried = tokio::time::timeout(limit, handler::run(&*performer.runtime, id, &spec.probe.handler, &reach)).await;
    tried.unwrap_or_else(|_| Err(format!("command timed out: context deadline exceeded after {} s", limit.as_secs())))
}

/// Tries counted against the thresholds.
struct Verdict {
    result: ProbeResult,
    in_a_row: u32,
    last_passed: bool,
}

impl Default for Verdict {
    fn default() -> Self {
        Self { result: ProbeResult { passing: None, failures: 0, message: String::new() }, in_a_row: 0, last_passed: false }
    }
}

impl Verdict {
    /// Counts one try; true where there is something to tell.
    fn count(&mut self, spec: &ProbeSpec, tried: Result<(), String>) -> bool {
        let passed = tried.is_ok();
        self.in_a_row = if self.last_passed == passed { self.in_a_row + 1 } else { 1 };
        self.last_passed = passed;
        let before = self.result.clone();
        if let Err(message) = tried {
            self.result.failures += 1;
            self.result.message = message;
        }
        let threshold =
            if passed { spec.probe.success_threshold.unwrap_or(1) } else { spec.probe.failure_threshold.unwrap_or(3) };
        if self.in_a_row >= threshold.max(1) {
            self.result.passing = Some(passed);
        }
        self.result != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Probe;

    #[test]
    fn a_verdict_changes_only_at_its_threshold() {
        let probe = Probe { failure_threshold: Some(2), success_threshold: Some(2), ..Probe::default() };
        let spec = ProbeSpec { container: "".into(), probe, ip: "".into(), ports: vec![], started: Default::default() };
        let mut verdict = Verdict::default();
        let mut seen = Vec::new();
        for passed in [true, true, false, true, false, false] {
            verdict.count(&spec, if passed { Ok(()) } else { Err("no".into()) });
            seen.push(verdict.result.passing);
        }
        assert_eq!(seen, [None, Some(true), Some(true), Some(true), Some(true), Some(false)]);
        assert_eq!(verdict.result.failures, 3);
    }
}
