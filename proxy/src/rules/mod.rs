//! What the node's packets need to know: computed from the World, independent of the back end.

mod host_ports;
mod model;
mod reconcile;
mod ruleset;

pub use model::{Backend, Frontend, Of, PortName, Protocol, Ruleset, SetRules};
pub use reconcile::{ProxyReconciler, interest};
pub use ruleset::{ProxyConfig, ruleset};

pub(crate) use ruleset::{by_service, on_node};

use kontiki_runtime::world::Seen;

use crate::view::SliceView;

/// The label by which a slice names its Service.
pub(crate) const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// The name of the Service a slice belongs to.
pub(crate) fn service_of(slice: &Seen<SliceView>) -> Option<&str> {
    slice.head().label(SERVICE_LABEL)
}
