//! Named formats: `format.dns1123Label().validate('x')`.

use base64::Engine;

use super::function::Native;
use super::parse_timestamp;
use crate::evaluate::{EvaluationError, Tools};
use crate::value::{Inner, List, Value};

type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// A format that text may have.
#[derive(Debug)]
pub(crate) struct NamedFormat {
    name: &'static str,
    /// Characters that upstream reckons its pattern to have.
    pub(crate) regex_size: u64,
    faults: fn(&str) -> Vec<String>,
}

static FORMATS: [NamedFormat; 13] = [
    NamedFormat { name: "dns1123Label", regex_size: 30, faults: |text| label(text, false) },
    NamedFormat { name: "dns1123Subdomain", regex_size: 60, faults: |text| subdomain(text, false) },
    NamedFormat { name: "dns1035Label", regex_size: 30, faults: |text| label1035(text, false) },
    NamedFormat { name: "qualifiedName", regex_size: 60, faults: qualified_name },
    NamedFormat { name: "dns1123LabelPrefix", regex_size: 30, faults: |text| label(text, true) },
    NamedFormat { name: "dns1123SubdomainPrefix", regex_size: 60, faults: |text| subdomain(text, true) },
    NamedFormat { name: "dns1035LabelPrefix", regex_size: 30, faults: |text| label1035(text, true) },
    NamedFormat { name: "labelValue", regex_size: 40, faults: label_value },
    NamedFormat { name: "uri", regex_size: 800, faults: |text| super::url::faults(text) },
    NamedFormat { name: "uuid", regex_size: 80, faults: |text| fault(!is_uuid(text), "does not match the UUID format") },
    NamedFormat { name: "byte", regex_size: 64, faults: |text| fault(!is_base64(text), "invalid base64") },
    NamedFormat { name: "date", regex_size: 120, faults: |text| fault(!is_date(text), "invalid date") },
    NamedFormat { name: "datetime", regex_size: 120, faults: |text| fault(parse_timestamp(text).is_none(), "invalid datetime") },
];

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an \
                     alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and \
                         end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and \
                          end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                          '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                     with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
                    (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

fn fault(wrong: bool, text: &str) -> Vec<String> {
    if wrong { vec![text.into()] } else { Vec::new() }
}

fn too_long(text: &str, most: usize) -> Vec<String> {
    if text.len() > most { vec![format!("must be no more than {most} characters")] } else { Vec::new() }
}

/// A prefix may end with a dash: another letter follows it.
fn without_dash(text: &str, prefix: bool) -> std::borrow::Cow<'_, str> {
    match text.strip_suffix('-').filter(|_| prefix && text.len() > 1) {
        Some(rest) => format!("{rest}a").into(),
        None => text.into(),
    }
}

pub(super) fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn label(text: &str, prefix: bool) -> Vec<String> {
    let text = without_dash(text, prefix);
    [too_long(&text, 63), fault(!is_label(&text), LABEL)].concat()
}

fn subdomain(text: &str, prefix: bool) -> Vec<String> {
    let text = without_dash(text, prefix);
    [too_long(&text, 253), fault(!text.split('.').all(is_label), SUBDOMAIN)].concat()
}

fn label1035(text: &str, prefix: bool) -> Vec<String> {
    let text = without_dash(text, prefix);
    let legal = is_label(&text) && text.starts_with(|c: char| c.is_ascii_lowercase());
    [too_long(&text, 63), fault(!legal, LABEL_1035)].concat()
}

fn is_name(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.bytes().all(inner) && text.starts_with(edge) && text.ends_with(edge)
}

fn label_value(text: &str) -> Vec<String> {
    [too_long(text, 63), fault(!text.is_empty() && !is_name(text), VALUE)].concat()
}

fn qualified_name(text: &str) -> Vec<String> {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let mut faults = match prefix {
        Some("") => vec!["prefix part must be non-empty".into()],
        Some(prefix) => subdomain(prefix, false).into_iter().map(|fault| format!("prefix part {fault}")).collect(),
        None => Vec::new(),
    };
    faults.extend(fault(name.is_empty(), "name part must be non-empty"));
    faults.extend(too_long(name, 63).into_iter().map(|fault| format!("name part {fault}")));
    faults.extend(fault(!is_name(name), NAME));
    faults
}

fn is_uuid(text: &str) -> bool {
    let hex = text.replace('-', "");
    hex.len() == 32
        && hex.bytes().all(|c| c.is_ascii_hexdigit())
        && (text.len() == 32 || text.split('-').map(str::len).eq([8, 4, 4, 4, 12]))
}

fn is_base64(text: &str) -> bool {
    base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && parse_timestamp(&format!("{text}T00:00:00Z")).is_some()
}

fn by_name(name: &str) -> Option<&'static NamedFormat> {
    FORMATS.iter().find(|format| format.name == name)
}

fn make<'a, const AT: usize>(_: &mut Tools<'_>, _: &[Value<'a>]) -> Outcome<'a> {
    FORMATS.get(AT).map(|format| Value::inner(Inner::Format(format))).ok_or(EvaluationError::NoSuchOverload)
}

/// The function that gives the format of this name.
pub(super) fn constructor(name: &str) -> Option<Native> {
    const MAKERS: [Native; 13] = [
        make::<0>, make::<1>, make::<2>, make::<3>, make::<4>, make::<5>, make::<6>, make::<7>, make::<8>, make::<9>, make::<10>,
        make::<11>, make::<12>,
    ];
    let at = FORMATS.iter().position(|format| format.name == name)?;
    MAKERS.get(at).copied()
}

pub(super) fn named<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    match values {
        [Value::String(name)] => Ok(match by_name(name) {
            Some(format) => Value::some(Value::inner(Inner::Format(format))),
            None => Value::Optional(None),
        }),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

pub(super) fn validate<'a>(_: &mut Tools<'_>, values: &[Value<'a>]) -> Outcome<'a> {
    let [Value::Opaque(foreign), Value::String(text)] = values else { return Err(EvaluationError::NoSuchOverload) };
    let Inner::Format(format) = &foreign.0 else { return Err(EvaluationError::NoSuchOverload) };
    let faults: Vec<Value<'a>> = (format.faults)(text).into_iter().map(Value::text).collect();
    Ok(if faults.is_empty() { Value::Optional(None) } else { Value::some(Value::List(List::from(faults))) })
}
