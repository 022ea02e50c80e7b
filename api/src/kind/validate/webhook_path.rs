//! Where at a Service a webhook is.

use super::{Faults, Path, dns_subdomain_fault};

/// Checks `place`, the path of a webhook: none, the root, or segments that are each an RFC 1123 subdomain, as upstream has it.
pub fn webhook_path(place: &str, path: &Path<'_>, faults: &mut Faults) {
    if matches!(place, "" | "/") {
        return;
    }
    if !place.starts_with('/') {
        faults.invalid_text(path, place, "must start with a '/'");
    }
    let inner = place.split_at_checked(1).map_or(place, |(_, rest)| rest);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    for (at, segment) in inner.split('/').enumerate() {
        if segment.is_empty() {
            faults.invalid_text(path, place, format!("segment[{at}] may not be empty"));
        } else if let Some(why) = dns_subdomain_fault(segment) {
            faults.invalid_text(path, place, format!("segment[{at}]: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(place: &str) -> Vec<String> {
        let mut faults = Faults::default();
        webhook_path(place, &Path::new("path"), &mut faults);
        faults.into_errors().iter().map(|error| error.detail.split(' ').take(4).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_path_is_empty_or_made_of_names() {
        for fine in ["", "/", "/a", "/a/b-c.d/", "/0"] {
            assert!(told(fine).is_empty(), "{fine}");
        }
        assert_eq!(told("//"), ["segment[0] may not be"]);
        assert_eq!(told("/a//b"), ["segment[1] may not be"]);
        assert_eq!(told("/A"), ["segment[0]: a lowercase RFC"]);
        assert_eq!(told("a"), ["must start with a", "segment[0] may not be"]);
        assert_eq!(told("é"), ["must start with a", "segment[0]: a lowercase RFC"]);
    }
}
