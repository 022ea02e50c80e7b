//! What the node's packets need to know: computed from the World, independent of the back end.

mod model;
mod reconcile;
mod ruleset;

pub use model::{Backend, Frontend, PortName, Protocol, Ruleset, SetRules};
pub use reconcile::ProxyReconciler;
pub use ruleset::{ProxyConfig, ruleset};

use kontiki_runtime::world::Seen;

use crate::view::SliceView;

/// The label by which a slice names its Service.
pub(crate) const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// The name of the Service a slice belongs to.
pub(crate) fn service_of(slice: &Seen<SliceView>) -> Option<&str> {
    slice.head().label(SERVICE_LABEL)
}
