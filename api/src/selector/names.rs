//! The syntax of label keys and values.

const NAME: &str = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const KEY_EXAMPLE: &str = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                           '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_EXAMPLE: &str = "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                         and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
                         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// What is wrong with `key` as a label key (a qualified name), in upstream's words; empty where nothing is.
pub fn label_key_faults(key: &str) -> Vec<String> {
    match key.split_once('/') {
        None => name_faults(key),
        Some((_, name)) if name.contains('/') => {
            vec![format!(
                "a valid label key must consist of {NAME} {KEY_EXAMPLE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )]
        }
        Some((prefix, name)) => {
            let mut faults = prefix_faults(prefix);
            faults.extend(name_faults(name));
            faults
        }
    }
}

/// What is wrong with `value` as a label value, in upstream's words; empty where nothing is.
pub fn label_value_faults(value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if value.len() > 63 {
        faults.push("must be no more than 63 bytes".into());
    }
    if !value.is_empty() && !is_name(value) {
        faults.push(format!("a valid label must be an empty string or consist of {NAME} {VALUE_EXAMPLE}"));
    }
    faults
}

fn prefix_faults(prefix: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if prefix.is_empty() {
        faults.push("prefix part must be non-empty".into());
    } else if !prefix.split('.').all(is_dns_label) {
        faults.push(format!("prefix part {SUBDOMAIN}"));
    } else if prefix.len() > 253 {
        faults.push("prefix part must be no more than 253 bytes".into());
    }
    faults
}

fn name_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        faults.push("name part must be no more than 63 bytes".into());
    }
    if !is_name(name) {
        faults.push(format!("name part must consist of {NAME} {KEY_EXAMPLE}"));
    }
    faults
}

fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().copied().all(inner)
}

fn is_dns_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.copied().is_some_and(plain);
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|&byte| plain(byte) || byte == b'-')
}
