//! Every namespace has a service account called `default` (upstream's `serviceaccount` controller).

mod reconcile;

pub use reconcile::DefaultServiceAccount;
