//! How often an image is pulled that does not say it itself.

/// The policy for `image`, as upstream's `ParseImageName` reads it: a tag of `latest`, and neither tag nor digest, is
/// always pulled. What is no image name is left to who pulls it.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if is_latest(image).unwrap_or_default() { "Always" } else { "IfNotPresent" }
}

/// Whether the name asks for the newest; `None` where it is no name of an image.
fn is_latest(image: &str) -> Option<bool> {
    let (named, digest) = image.split_once('@').map_or((image, None), |(named, digest)| (named, Some(digest)));
    let path = named.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match named.get(path..)?.split_once(':') {
        Some((last, tag)) => (named.get(..path + last.len())?, Some(tag)),
        None => (named, None),
    };
    let fits = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    fits.then(|| tag.map_or(digest.is_none(), |tag| tag == "latest"))
}

/// A host, where the first part looks like one, and the parts of a path.
fn is_name(name: &str) -> bool {
    let looks_like_host =
        |part: &str| part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|byte| byte.is_ascii_uppercase());
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if looks_like_host(first) => (Some(first), rest),
        _ => (None, name),
    };
    let is_id = host.is_none() && name.len() == 64 && name.bytes().all(is_lower_hex);
    !is_id && name.len() <= 255 && host.is_none_or(is_host) && path.split('/').all(is_path_part)
}

/// Labels with dots, or an address in brackets, and a port behind it.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let named = match address {
        Some(address) => address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'),
        None => name.split('.').all(is_label),
    };
    named && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words of small letters and digits; between two of them a dot, one or two underscores, or dashes.
fn is_path_part(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(is_word);
    let is_separator = |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    ends(part.bytes().next())
        && ends(part.bytes().next_back())
        && part.split(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit()).all(is_separator)
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// One of the algorithms that registries know, and as many digits as it makes.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, digits)) = digest.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    digits.len() == length && digits.bytes().all(is_lower_hex)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_cut_off_before_the_tag_is_read() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (image, policy) in [
            ("app", "Always"),
            ("app:latest", "Always"),
            ("app:1", "IfNotPresent"),
            ("host:5000/app", "Always"),
            ("host:5000/app:1", "IfNotPresent"),
            ("localhost/a__b/c--d.e", "Always"),
            (&*format!("repo/app:latest@{digest}"), "Always"),
            (&*format!("repo/app:1@{digest}"), "IfNotPresent"),
            (&*format!("repo/app@{digest}"), "IfNotPresent"),
            ("repo/app:latest@sha256:12", "IfNotPresent"),
            ("repo/App", "IfNotPresent"),
            ("re po/app", "IfNotPresent"),
            ("repo//app", "IfNotPresent"),
            ("app:", "IfNotPresent"),
            ("", "IfNotPresent"),
            (&*"0a".repeat(32), "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
