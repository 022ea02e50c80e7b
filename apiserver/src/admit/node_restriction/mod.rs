//! A kubelet writes its own objects only: upstream's `NodeRestriction`.

mod labels;
mod node;
mod plugin;
mod pod;
mod token;

pub(super) use plugin::NodeRestriction;
