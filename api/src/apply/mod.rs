//! Server-side apply: who manages which fields of an object, and merging what a manager applies.
//!
//! Follows upstream's page "Server-Side Apply". Everything works from a [`crate::schema::Schema`], never from
//! a kind, and takes the time as an argument. [`Tracker`] is the way in: it keeps `metadata.managedFields` true for
//! creates, updates and patches, and merges applied configurations.

mod applied;
mod brand_new;
mod cap;
mod change;
mod changes;
mod check;
mod compare;
mod conflict;
mod element;
mod entries;
mod entry;
mod error;
mod field_set;
mod fields_v1;
mod last_applied;
mod list_items;
mod merge;
mod merge_list;
mod named;
mod node_type;
mod order;
mod prune;
mod reconcile;
mod remove;
mod scale;
mod set;
mod tracker;
mod upgrade;
mod versions;
mod zero;

pub use element::Element;
pub use error::ApplyError;
pub use scale::{Replicas, scale_to_parent, to_scale};
pub use set::{Node, Path, Set};
pub use tracker::{Reset, Tracker};
pub use upgrade::upgrade;
pub use versions::{OneVersion, Versions};

#[cfg(test)]
mod tests;
