//! One folder per reconciler, the scheduler among them.
