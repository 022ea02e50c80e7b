//! What no webhook is asked about.

use super::Subject;

/// The group of webhook configurations and admission policies.
const ADMISSION: &str = "admissionregistration.k8s.io";
/// Namespaces of the leases by which nodes and leaders are known to be alive.
const ALIVE: [&str; 2] = ["kube-system", "kube-node-lease"];

/// Whether a broken webhook must not stand in the way of `subject`: upstream exempts webhook configurations and
/// admission policies; the leases that keep nodes and leaders alive are exempt besides.
pub(super) fn is_exempt(subject: &Subject<'_>) -> bool {
    match (&*subject.kind.group, &*subject.kind.plural) {
        (ADMISSION, _) => true,
        ("coordination.k8s.io", "leases") => ALIVE.contains(&&*subject.target.namespace),
        _ => false,
    }
}
