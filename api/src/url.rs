//! Requests as URLs write them.

use std::fmt::Write as _;

use crate::request::{Request, Target, Verb};

/// Path and query of a request.
pub fn path_and_query(request: &Request) -> String {
    let mut out = path(&request.target);
    let watch = ("watch".to_owned(), "true".to_owned());
    let watch = (request.verb == Verb::Watch && request.param("watch").is_none()).then_some(&watch);
    for (at, (name, value)) in request.query.iter().chain(watch).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        escape(&mut out, name);
        out.push('=');
        escape(&mut out, value);
    }
    out
}

/// The path of a target.
pub fn path(target: &Target) -> String {
    let mut out = match &*target.group {
        "" => String::from("/api/"),
        group => format!("/apis/{group}/"),
    };
    out.push_str(&target.version);
    if !target.namespace.is_empty() {
        out.push_str("/namespaces/");
        escape(&mut out, &target.namespace);
    }
    for part in [&target.plural, &target.name, &target.subresource].into_iter().filter(|part| !part.is_empty()) {
        out.push('/');
        escape(&mut out, part);
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            // Writing into memory cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_become_the_paths_of_the_api() {
        let target = |group: &str, namespace: &str, name: &str, subresource: &str| Target {
            group: group.into(),
            version: "v1".into(),
            plural: "things".into(),
            namespace: namespace.into(),
            name: name.into(),
            subresource: subresource.into(),
        };
        assert_eq!(path(&target("", "ns", "a", "status")), "/api/v1/namespaces/ns/things/a/status");
        assert_eq!(path(&target("apps", "", "", "")), "/apis/apps/v1/things");
        assert_eq!(path(&target("g", "", "system:a/b", "")), "/apis/g/v1/things/system:a%2Fb");
    }
}
