//! Limit ranges: what a namespace fills in and allows for each container, pod and claim.

mod constraints;
mod defaults;
mod limit_ranger;

pub(super) use limit_ranger::LimitRanger;
