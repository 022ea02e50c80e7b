//! The forms of texts: what is wrong with one, in upstream's words; nothing where it is fine.

use std::net::IpAddr;

use crate::kind::validate::{dns_label_fault, dns_subdomain_fault, path_segment_fault};
use crate::selector::{label_key_faults, label_value_faults};

const IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const ZEROS: &str = "must not have leading 0s in IP or prefix length";

/// What may be wrong with the form of an address or a network: an older object may have it, and keeps it.
pub(crate) const ADDRESS_FAULTS: &[&str] = &[
    IP,
    CIDR,
    ZEROS,
    "must not have leading 0s",
    "must not be an IPv4-mapped IPv6 address",
    "must not have an IPv4-mapped IPv6 address",
    "must not have bits set beyond the prefix length",
];
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or \
                          'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// A form: the faults of a text.
pub(super) type Form = fn(&str) -> Vec<String>;

/// The forms by the names that the table of rules has for them.
const FORMS: &[(&str, Form)] = &[
    ("label", |text| dns_label_fault(text).into_iter().collect()),
    ("subdomain", |text| dns_subdomain_fault(text).into_iter().collect()),
    ("qualified", label_key_faults),
    ("label-key", |text| if text.is_empty() { Vec::new() } else { label_key_faults(text) }),
    ("label-value", label_value_faults),
    ("path-segment", |text| path_segment_fault(text).into_iter().collect()),
    ("ip", |text| ip_fault(text).map(str::to_owned).into_iter().collect()),
    ("cidr", |text| cidr_fault(text).map(str::to_owned).into_iter().collect()),
    ("config-key", config_key),
    ("no-backsteps", no_backsteps),
    ("inside", inside),
    ("plain-path", plain_path),
    ("absolute", |text| one(text.starts_with('/'), "must be an absolute path")),
    ("domain-path", domain_path),
    ("search", search),
];

/// The form called `name`.
pub(super) fn named(name: &str) -> Option<Form> {
    FORMS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
}

fn one(fine: bool, why: &str) -> Vec<String> {
    if fine { Vec::new() } else { vec![why.to_owned()] }
}

/// What is wrong with `text` as an address. Older objects may have what new ones may not: zeros in front, and addresses that
/// some read as of version 4 and others as of version 6.
pub(super) fn ip_fault(text: &str) -> Option<&'static str> {
    match text.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => Some("must not be an IPv4-mapped IPv6 address"),
        Ok(_) => None,
        Err(_) if bare(text).parse::<IpAddr>().is_ok() => Some("must not have leading 0s"),
        Err(_) => Some(IP),
    }
}

/// What is wrong with `text` as a network such as `10.0.0.0/8`.
pub(super) fn cidr_fault(text: &str) -> Option<&'static str> {
    let Some((address, length)) = network(text) else {
        let (address, length) = text.split_once('/').unwrap_or_default();
        let length = length.trim_start_matches('0');
        let length = if length.is_empty() && text.ends_with('0') { "0" } else { length };
        let read = network(&format!("{}/{length}", bare(address))).is_some();
        return Some(if read { ZEROS } else { CIDR });
    };
    let digits = text.rsplit('/').next().unwrap_or_default();
    let beyond = match address {
        IpAddr::V4(address) => u128::from(u32::MAX.checked_shr(length.into()).unwrap_or_default() & address.to_bits()),
        IpAddr::V6(address) => u128::MAX.checked_shr(length.into()).unwrap_or_default() & address.to_bits(),
    };
    match address {
        _ if digits.len() > 1 && digits.starts_with('0') => Some(ZEROS),
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => Some("must not have an IPv4-mapped IPv6 address"),
        _ if beyond != 0 => Some("must not have bits set beyond the prefix length"),
        _ => None,
    }
}

/// An address without the zeros in front of its decimal numbers.
fn bare(address: &str) -> String {
    let (head, tail) = address.rsplit_once(':').map_or(("", address), |(_, tail)| address.split_at(address.len() - tail.len()));
    if !tail.contains('.') {
        return address.to_owned();
    }
    let numbers = tail.split('.').map(|number| match number.trim_start_matches('0') {
        "" if !number.is_empty() => "0",
        rest => rest,
    });
    format!("{head}{}", numbers.collect::<Vec<_>>().join("."))
}

/// Address and length of the prefix of the network `text`.
pub(super) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| plain)?;
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

/// The keys of ConfigMaps and Secrets.
pub(super) fn config_key(key: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if key.len() > 253 {
        faults.push("must be no more than 253 characters".to_owned());
    }
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        faults.push(CONFIG_KEY.to_owned());
    }
    match key {
        "." => faults.push("must not be '.'".to_owned()),
        ".." => faults.push("must not be '..'".to_owned()),
        key if key.starts_with("..") => faults.push("must not start with '..'".to_owned()),
        _ => {}
    }
    faults
}

/// A service name of IANA: what names of ports look like.
pub(super) fn port_name(name: &str) -> Vec<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let rules = [
        (name.len() <= 15, "must be no more than 15 characters"),
        (
            name.bytes().all(|byte| plain(byte) || byte == b'-'),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (name.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (!name.contains("--"), "must not contain consecutive hyphens"),
        (!name.starts_with('-') && !name.ends_with('-') && !name.is_empty(), "must not begin or end with a hyphen"),
    ];
    rules.into_iter().filter(|(fine, _)| !fine).map(|(_, why)| why.to_owned()).collect()
}

/// A path that never goes up.
pub(super) fn no_backsteps(place: &str) -> Vec<String> {
    one(!place.split('/').any(|part| part == ".."), "must not contain '..'")
}

/// A path that must not lead out of a volume.
pub(super) fn inside(place: &str) -> Vec<String> {
    let mut faults = one(!place.starts_with('/'), "must be a relative path");
    faults.extend(no_backsteps(place));
    faults
}

/// The same, not beginning with two dots.
pub(super) fn plain_path(place: &str) -> Vec<String> {
    let mut faults = inside(place);
    if place.starts_with("..") && !place.starts_with("../") && place != ".." {
        faults.push("must not start with '..'".to_owned());
    }
    faults
}

/// The name of a header of HTTP.
pub(super) fn header(name: &str) -> Vec<String> {
    let fine = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    one(
        fine,
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is \
         '[-A-Za-z0-9]+')",
    )
}

/// The name of an environment variable.
pub(super) fn env_name(name: &str) -> Vec<String> {
    one(
        !name.is_empty() && name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'='),
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
    )
}

/// At least three labels, as names of webhooks have.
pub(super) fn fully_qualified(name: &str) -> Vec<String> {
    if let Some(why) = dns_subdomain_fault(name) {
        return vec![why];
    }
    one(name.split('.').count() >= 3, "should be a domain with at least three segments separated by dots")
}

/// A domain and a path below it, `example.com/name`.
fn domain_path(text: &str) -> Vec<String> {
    let Some((host, path)) = text.split_once('/').filter(|(host, path)| !host.is_empty() && !path.is_empty()) else {
        return vec!["must be a domain-prefixed path (such as \"acme.io/foo\")".to_owned()];
    };
    if let Some(why) = dns_subdomain_fault(host) {
        return vec![why];
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/%:@-._~!$&'()*+,;=".contains(&byte);
    one(path.bytes().all(plain), "Invalid path")
}

/// A domain that names are looked up in; it may have underscores.
fn search(domain: &str) -> Vec<String> {
    if domain == "." {
        return Vec::new();
    }
    let bare = domain.strip_suffix('.').unwrap_or(domain);
    let plain = bare.replace('_', "a");
    dns_subdomain_fault(&plain).into_iter().collect()
}

/// The name of a CSI driver.
pub(super) fn driver(name: &str) -> Vec<String> {
    dns_subdomain_fault(&name.to_ascii_lowercase()).into_iter().collect()
}

/// A name with a wildcard as its first label.
pub(super) fn wildcard(name: &str) -> Vec<String> {
    let rest = name.strip_prefix("*.");
    one(
        rest.is_some_and(|rest| dns_subdomain_fault(rest).is_none()) && name.len() <= 253,
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case \
         alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for \
         validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    )
}

/// What services and endpoints never have as an address.
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    };
    let link_local_multicast = match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    };
    if address.is_unspecified() {
        Some("may not be unspecified")
    } else if address.is_loopback() {
        Some("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    } else if link_local {
        Some("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    } else if link_local_multicast {
        Some("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_from_addresses_in_them() {
        for (text, wrong) in [
            ("10.0.0.0/8", None),
            ("10.1.2.3/32", None),
            ("0.0.0.0/0", None),
            ("::/0", None),
            ("2001:db8::/64", None),
            ("10.1.2.3/8", Some("must not have bits set beyond the prefix length")),
            ("2001:db8::1/64", Some("must not have bits set beyond the prefix length")),
            ("10.0.0.0/08", Some(ZEROS)),
            ("010.0.0.0/8", Some(ZEROS)),
            ("::ffff:10.0.0.0/104", Some("must not have an IPv4-mapped IPv6 address")),
            ("10.0.0.0/33", Some(CIDR)),
            ("10.0.0.0", Some(CIDR)),
            ("x/0", Some(CIDR)),
            ("", Some(CIDR)),
        ] {
            assert_eq!(cidr_fault(text), wrong, "{text}");
        }
        for (text, wrong) in [
            ("1.2.3.4", None),
            ("::1", None),
            ("1.2.3.04", Some("must not have leading 0s")),
            ("::ffff:1.2.3.4", Some("must not be an IPv4-mapped IPv6 address")),
            ("1.2.3", Some(IP)),
            ("1.2.3.x", Some(IP)),
        ] {
            assert_eq!(ip_fault(text), wrong, "{text}");
        }
    }

    #[test]
    fn each_form_tells_good_from_bad() {
        for (form, good, bad) in [
            ("ip", "::1", "1.2.3"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("config-key", "a.B_c", "a b"),
            ("plain-path", "a/..b", "..a"),
            ("inside", "a/b", "/a"),
            ("domain-path", "a.b/c", "a"),
            ("search", "a_b.c.", "a b"),
        ] {
            let form = named(form).unwrap();
            assert!(form(good).is_empty(), "{good}");
            assert!(!form(bad).is_empty(), "{bad}");
        }
        assert!(port_name("http-1").is_empty() && !port_name("8080").is_empty());
        assert!(env_name("a.b-c").is_empty() && !env_name("a=b").is_empty());
        assert!(fully_qualified("a.b.c").is_empty() && !fully_qualified("a.b").is_empty());
        assert!(wildcard("*.a.b").is_empty() && !wildcard("a.*.b").is_empty());
        assert!(special("127.0.0.1".parse().unwrap()).is_some() && special("10.0.0.1".parse().unwrap()).is_none());
    }
}
