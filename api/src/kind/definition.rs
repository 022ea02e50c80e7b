//! Names of OpenAPI definitions.

/// The name of the OpenAPI definition of a built-in `kind`, such as `io.k8s.api.apps.v1.Deployment`.
pub fn definition_of(group: &str, version: &str, kind: &str) -> String {
    let package = match group {
        "" => "io.k8s.api.core",
        "apiextensions.k8s.io" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
        "apiregistration.k8s.io" => "io.k8s.kube-aggregator.pkg.apis.apiregistration",
        "meta.k8s.io" => "io.k8s.apimachinery.pkg.apis.meta",
        _ => return ["io.k8s.api.", group.split('.').next().unwrap_or_default(), ".", version, ".", kind].concat(),
    };
    [package, ".", version, ".", kind].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_named_as_upstream_names_them() {
        assert_eq!(definition_of("", "v1", "Pod"), "io.k8s.api.core.v1.Pod");
        assert_eq!(definition_of("rbac.authorization.k8s.io", "v1", "Role"), "io.k8s.api.rbac.v1.Role");
        assert_eq!(
            definition_of("apiregistration.k8s.io", "v1", "APIService"),
            "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService"
        );
    }
}
