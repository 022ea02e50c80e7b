//! Clients that know nothing of us: the Python client, an operator in kopf, Helm's library and kube-rs, each
//! against a control plane of its own with a simulated node.

mod kube;
mod python;

pub use kube::client as kube_client;
pub use python::run as run_python;
