//! Where the server is and how to prove who is asking: kubeconfig files.

mod connection;
mod kubeconfig;

pub(crate) use connection::{Access, Overrides};
pub(crate) use kubeconfig::Kubeconfig;
