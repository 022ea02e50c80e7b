//! Short names of definitions, as the tables in `data/` write them.

/// The full name of the definition that tables call `short`: `core.v1.Pod`, `meta.v1.ObjectMeta`.
pub(crate) fn full_name(short: &str) -> String {
    let package = match short.split('.').next() {
        Some("meta") => "io.k8s.apimachinery.pkg.apis",
        Some("apiextensions") => "io.k8s.apiextensions-apiserver.pkg.apis",
        Some("apiregistration") => "io.k8s.kube-aggregator.pkg.apis",
        _ => "io.k8s.api",
    };
    format!("{package}.{short}")
}
