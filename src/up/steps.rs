//! Start-up, told step by step.

use std::fmt::Display;
use std::time::Instant;

/// Prints each finished step with the time it took.
pub struct Steps {
    start: Instant,
    last: Instant,
}

impl Steps {
    /// Starts the clock.
    pub fn new() -> Self {
        let now = Instant::now();
        Self { start: now, last: now }
    }

    /// A step is done.
    pub fn done(&mut self, what: impl Display) {
        let now = Instant::now();
        println!("  {:>7.1} ms  {what}", now.duration_since(self.last).as_secs_f64() * 1e3);
        self.last = now;
    }

    /// Milliseconds since the start.
    pub fn total_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }
}
