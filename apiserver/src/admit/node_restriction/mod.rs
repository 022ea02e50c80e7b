//! A kubelet writes its own objects only: upstream's `NodeRestriction`.

mod audience;
mod claim;
mod labels;
mod node;
mod plugin;
mod pod;
mod signing_request;
#[cfg(test)]
mod tests;
mod token;

pub(super) use plugin::NodeRestriction;
