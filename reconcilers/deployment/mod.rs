//! Moves pods from one template to the next, by ReplicaSets (upstream's `deployment` controller).
//!
//! A pass claims the Deployment's ReplicaSets, decides new sizes for them (`scale`, `rolling`,
//! `recreate`), and tells in the status how far it came (`status`, `progress`).

mod annotations;
mod draft;
mod hash;
mod history;
mod limits;
mod new_set;
mod progress;
mod reconcile;
mod recreate;
mod rolling;
mod scale;
mod sets;
mod status;

pub use reconcile::Deployments;

use crate::registered::{Registered, Setup};

impl Registered for Deployments {
    fn make(_: &Setup) -> Self {
        Self
    }
}
