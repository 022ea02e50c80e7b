//! One pod: its spec compared with what is seen, and what to do about the difference. Pure.

mod admit;
mod back_off;
mod conditions;
mod container_status;
mod containers;
mod draft;
mod env;
mod expand;
mod facts;
mod fields;
mod hook;
mod images;
mod phase;
mod pod_reconciler;
mod probes;
mod run;
mod sandbox;
mod specs;
mod status;
mod volumes;
mod wind_down;

#[cfg(test)]
mod tests;

pub use pod_reconciler::PodReconciler;
