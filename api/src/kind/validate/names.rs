//! The syntax of names.

use crate::kind::Kind;

/// What names of a kind look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// Lower case letters, digits, `-` and `.`; 253 at most.
    Subdomain,
    /// Lower case letters, digits and `-`; 63 at most.
    Label,
    /// Anything that can stand between the slashes of a path.
    PathSegment,
}

impl NameRule {
    /// The rule of the names of `kind`.
    pub fn of(kind: &Kind) -> Self {
        match (&*kind.group, &*kind.kind) {
            ("", "Namespace" | "Service") | ("apps", "StatefulSet") => Self::Label,
            ("", "Event")
            | ("rbac.authorization.k8s.io", _)
            | ("networking.k8s.io", "IPAddress")
            | ("policy", "PodDisruptionBudget")
            | ("certificates.k8s.io", "CertificateSigningRequest") => Self::PathSegment,
            _ => Self::Subdomain,
        }
    }

    /// What is wrong with `name`; `None` where nothing is.
    pub fn fault(self, name: &str) -> Option<String> {
        match self {
            Self::Subdomain => dns_subdomain_fault(name),
            Self::Label => dns_label_fault(name),
            Self::PathSegment => path_segment_fault(name),
        }
    }
}

/// What is wrong with `name` as an RFC 1123 subdomain, in upstream's words.
pub fn dns_subdomain_fault(name: &str) -> Option<String> {
    if name.len() > 253 {
        return Some("must be no more than 253 characters".into());
    }
    let fine = name.split('.').all(|label| is_label(label, false));
    (!fine).then(|| {
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end \
         with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            .into()
    })
}

/// What is wrong with `name` as an RFC 1123 label, in upstream's words.
pub fn dns_label_fault(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".into());
    }
    (!is_label(name, false)).then(|| {
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an \
         alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            .into()
    })
}

/// What is wrong with `name` as an RFC 1035 label, in upstream's words.
pub fn dns1035_label_fault(name: &str) -> Option<String> {
    if name.len() > 63 {
        return Some("must be no more than 63 characters".into());
    }
    (!is_label(name, true)).then(|| {
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end \
         with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
            .into()
    })
}

/// What is wrong with `name` between the slashes of a path, in upstream's words.
pub fn path_segment_fault(name: &str) -> Option<String> {
    if name == "." || name == ".." {
        return Some(format!("may not be '{name}'"));
    }
    let bad = ['/', '%'].into_iter().find(|bad| name.contains(*bad))?;
    Some(format!("may not contain '{bad}'"))
}

fn is_label(text: &str, letter_first: bool) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let first = bytes.first().is_some_and(|&byte| if letter_first { byte.is_ascii_lowercase() } else { plain(byte) });
    first && bytes.last().is_some_and(|&byte| plain(byte)) && bytes.iter().all(|&byte| plain(byte) || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_of_their_kind() {
        for (rule, good, bad) in
            [(NameRule::Subdomain, "a.b-c.1", "A"), (NameRule::Label, "1a", "a.b"), (NameRule::PathSegment, "system:node", "a/b")]
        {
            assert_eq!(rule.fault(good), None, "{rule:?}");
            assert!(rule.fault(bad).is_some(), "{rule:?}");
        }
        assert!(dns1035_label_fault("1a").is_some() && dns1035_label_fault("a1").is_none());
        assert!(dns_label_fault(&"a".repeat(64)).is_some_and(|why| why.contains("63")));
        assert!(dns_subdomain_fault("a..b").is_some());
    }
}
