//! Every namespace has the ConfigMap `kube-root-ca.crt` (upstream's `root-ca-cert-publisher`).

mod reconcile;

pub use reconcile::RootCa;
