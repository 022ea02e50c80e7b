//! The grammar of API paths.

use crate::http::percent_decode;

/// What a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// `/api`.
    Core,
    /// `/apis`.
    Groups,
    /// `/apis/G`.
    Group(String),
    /// `/api/v1`, `/apis/G/V`.
    Version(String, String),
    /// An object, a collection or a subresource.
    Resource(ResourcePath),
    /// Anything else.
    Other,
}

/// The parts of a resource's path; empty where absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourcePath {
    /// API group; empty for core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Whether the path has upstream's deprecated `/watch/` in front.
    pub watch: bool,
    /// Namespace.
    pub namespace: String,
    /// Plural.
    pub plural: String,
    /// Name.
    pub name: String,
    /// Subresource.
    pub subresource: String,
    /// What follows the subresource, with its slashes.
    pub rest: String,
}

/// Subresources of namespaces themselves; anything else behind a namespace is a collection in it.
const OF_NAMESPACES: [&str; 2] = ["status", "finalize"];

impl Path {
    /// Reads the path of a URI, percent-encoded as it came. Slashes at its end are passed over; a part that is empty is one all the
    /// same, so that nothing is served by two paths.
    pub fn parse(path: &str) -> Self {
        let trimmed = path.trim_end_matches('/');
        let segments: Vec<&str> = trimmed.strip_prefix('/').unwrap_or_default().split('/').collect();
        if !path.contains('%') {
            return Self::read(&segments, &segments, path);
        }
        // An escaped slash separates nothing here: what is deleted must be named plainly.
        let decoded: Vec<String> = segments.iter().map(|segment| percent_decode(segment)).collect();
        Self::read(&decoded.iter().map(String::as_str).collect::<Vec<_>>(), &segments, path)
    }

    fn read(segments: &[&str], written: &[&str], path: &str) -> Self {
        match segments {
            ["api"] => Self::Core,
            ["apis", "", ..] => Self::Other,
            ["api", version] => Self::Version(String::new(), (*version).into()),
            ["api", version, tail @ ..] => Self::Resource(resource("", version, tail, written, path)),
            // Upstream knows the groups by exactly two paths.
            ["apis"] if path.ends_with("//") => Self::Other,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group((*group).into()),
            ["apis", group, version] => Self::Version((*group).into(), (*version).into()),
            ["apis", group, version, tail @ ..] => Self::Resource(resource(group, version, tail, written, path)),
            _ => Self::Other,
        }
    }
}

fn resource(group: &str, version: &str, tail: &[&str], written: &[&str], path: &str) -> ResourcePath {
    let (watch, tail) = match tail {
        ["watch", tail @ ..] if !tail.is_empty() => (true, tail),
        _ => (false, tail),
    };
    let mut out = ResourcePath { group: group.into(), version: version.into(), watch, ..ResourcePath::default() };
    let own = match tail {
        ["namespaces", namespace, plural, own @ ..] if !OF_NAMESPACES.contains(plural) => {
            out.namespace = (*namespace).into();
            out.plural = (*plural).into();
            own
        }
        [plural, own @ ..] => {
            out.plural = (*plural).into();
            own
        }
        [] => own_nothing(),
    };
    if let [name, behind @ ..] = own {
        out.name = (*name).into();
        if let [subresource, rest @ ..] = behind {
            out.subresource = (*subresource).into();
            out.rest = rest_of(written.get(written.len() - rest.len()..).unwrap_or_default(), path);
        }
    }
    out
}

const fn own_nothing() -> &'static [&'static str] {
    &[]
}

/// The rest as it was written, a trailing slash included: proxies pass it on.
fn rest_of(rest: &[&str], path: &str) -> String {
    let slash = if path.ends_with('/') { "/" } else { "" };
    if rest.is_empty() { slash.into() } else { format!("/{}{slash}", rest.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> ResourcePath {
        match Path::parse(path) {
            Path::Resource(parts) => parts,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn a_namespace_is_an_object_and_holds_collections() {
        let object = parts("/api/v1/namespaces/n1");
        assert_eq!((object.plural.as_str(), object.name.as_str(), object.namespace.as_str()), ("namespaces", "n1", ""));
        let status = parts("/api/v1/namespaces/n1/finalize");
        assert_eq!((status.name.as_str(), status.subresource.as_str()), ("n1", "finalize"));
        let inside = parts("/apis/apps/v1/namespaces/n1/deployments/web/scale");
        assert_eq!((inside.group.as_str(), inside.namespace.as_str(), inside.plural.as_str()), ("apps", "n1", "deployments"));
        assert_eq!((inside.name.as_str(), inside.subresource.as_str()), ("web", "scale"));
    }

    #[test]
    fn what_follows_a_subresource_is_kept_as_written() {
        let proxy = parts("/api/v1/namespaces/n1/services/https:web:443/proxy/a/b/");
        assert_eq!((proxy.name.as_str(), proxy.rest.as_str()), ("https:web:443", "/a/b/"));
        assert_eq!(parts("/api/v1/nodes/n1/proxy/").rest, "/");
        assert_eq!(parts("/api/v1/nodes/n1/proxy").rest, "");
        let escaped = parts("/api/v1/nodes/n%31/proxy/a%2Fb/%20/");
        assert_eq!((escaped.name.as_str(), escaped.rest.as_str()), ("n1", "/a%2Fb/%20/"));
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        let exec = parts("/%61pi/v%31/namespaces/n%31/%70ods/web/%65xec");
        assert_eq!((exec.namespace.as_str(), exec.plural.as_str()), ("n1", "pods"));
        assert_eq!((exec.name.as_str(), exec.subresource.as_str()), ("web", "exec"));
        let odd = parts("/api/v1/namespaces/n1/pods/%2F");
        assert_eq!((odd.plural.as_str(), odd.name.as_str()), ("pods", "/"), "never the collection");
    }

    #[test]
    fn slashes_at_the_end_are_forgiven_and_others_are_not() {
        for same in
            ["/api/v1/namespaces/n1/pods/web", "/api/v1/namespaces/n1/pods", "/apis/apps", "/apis/apps/v1", "/api", "/api/v1"]
        {
            for end in ["/", "//"] {
                assert_eq!(Path::parse(&format!("{same}{end}")), Path::parse(same), "{same}{end}");
            }
        }
        for other in ["//api/v1/pods", "//api", "/apis//", "/apis//v1", "/apis//v1/pods", "/", "//", ""] {
            assert_eq!(Path::parse(other), Path::Other, "{other:?}");
        }
        let of = |path: &str| parts(path);
        let all = of("/api/v1/namespaces//pods");
        assert_eq!((&*all.plural, &*all.namespace, &*all.name), ("pods", "", ""), "of all namespaces");
        let one = of("/api/v1/namespaces/n1//pods");
        assert_eq!((&*one.plural, &*one.namespace, &*one.name), ("", "n1", "pods"));
        let none = of("/api//v1/pods");
        assert_eq!((&*none.version, &*none.plural, &*none.name), ("", "v1", "pods"));
        let unnamed = of("/api/v1/namespaces/n1/pods//log");
        assert_eq!((&*unnamed.name, &*unnamed.subresource), ("", "log"));
        let rest = of("/api/v1/namespaces/n1/pods/web//log");
        assert_eq!((&*rest.name, &*rest.subresource, &*rest.rest), ("web", "", "/log"));
    }

    #[test]
    fn groups_and_versions_are_told_from_resources() {
        assert_eq!(Path::parse("/api"), Path::Core);
        assert_eq!(Path::parse("/apis/"), Path::Groups);
        assert_eq!(Path::parse("/apis/apps"), Path::Group("apps".into()));
        assert_eq!(Path::parse("/api/v1"), Path::Version(String::new(), "v1".into()));
        assert_eq!(Path::parse("/version"), Path::Other);
        assert!(parts("/api/v1/watch/pods").watch);
    }
}
