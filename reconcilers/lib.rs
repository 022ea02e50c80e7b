//! One folder per reconciler, the scheduler among them: pure functions from a World to a plan.

pub mod garbage_collector;
pub mod node_lifecycle;
pub mod pod_gc;
