//! The options of a connection to a pod, read from its query once: what is admitted is what is carried out.
//!
//! Follows upstream's conversion of `url.Values`: the first value of a name counts, and other names count for nothing.

use kontiki_api::request::{is_yes, param};
use kontiki_api::status::Status;
use serde_json::{Map, Value};

/// How a parameter is read.
#[derive(Clone, Copy)]
enum Form {
    /// Yes or no.
    Flag,
    /// One text.
    Text,
    /// All its values, in order.
    Texts,
    /// Port numbers, in any number of lists.
    Ports,
}

const ATTACH: [(&str, Form); 5] =
    [("container", Form::Text), ("stderr", Form::Flag), ("stdin", Form::Flag), ("stdout", Form::Flag), ("tty", Form::Flag)];
const PORTS: [(&str, Form); 1] = [("ports", Form::Ports)];
const COMMAND: [(&str, Form); 1] = [("command", Form::Texts)];

/// The fields of the options called `kind` (`PodExecOptions`) that `query` sets; no kind that is unknown has any.
///
/// # Errors
/// 400 for ports that are no numbers.
pub(crate) fn options(kind: &str, query: &[(String, String)]) -> Result<Map<String, Value>, Status> {
    let forms: [&[(&str, Form)]; 2] = match kind {
        "PodExecOptions" => [&ATTACH, &COMMAND],
        "PodAttachOptions" => [&ATTACH, &[]],
        "PodPortForwardOptions" => [&PORTS, &[]],
        _ => [&[], &[]],
    };
    let mut options = Map::new();
    for (name, form) in forms.into_iter().flatten() {
        if let Some(value) = form.read(query, name)? {
            options.insert((*name).to_owned(), value);
        }
    }
    Ok(options)
}

/// Whether the flag `name` is set.
pub(crate) fn is_set(query: &[(String, String)], name: &str) -> bool {
    param(query, name).is_some_and(is_yes)
}

impl Form {
    /// What `query` says of `name`; `None` for nothing, which for a flag is no.
    fn read(self, query: &[(String, String)], name: &str) -> Result<Option<Value>, Status> {
        let values = || query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        Ok(match self {
            Self::Flag => is_set(query, name).then_some(Value::Bool(true)),
            Self::Text => param(query, name).filter(|text| !text.is_empty()).map(Value::from),
            Self::Texts => Some(values().map(Value::from).collect::<Vec<_>>()).filter(|list| !list.is_empty()).map(Value::from),
            Self::Ports => {
                let ports: Vec<Value> = values().flat_map(|list| list.split(',')).map(port).collect::<Result<_, _>>()?;
                Some(ports).filter(|list| !list.is_empty()).map(Value::from)
            }
        })
    }
}

fn port(text: &str) -> Result<Value, Status> {
    // Go takes no sign either.
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    let number = text.parse::<u16>().ok().filter(|_| is_number);
    let wrong = || Status::bad_request(format!("cannot convert to []int32: strconv.ParseUint: parsing {text:?}: {why}"));
    number.map(Value::from).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: &str, query: &str) -> Result<Value, Status> {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        options(kind, &pairs).map(Value::Object)
    }

    #[test]
    fn a_flag_is_set_by_whatever_upstream_takes_for_yes() {
        for (query, set) in [
            ("stdin=true", true),
            ("stdin=True", true),
            ("stdin=1", true),
            ("stdin=no", true),
            ("stdin=", true),
            ("stdin", true),
            ("stdin=0", false),
            ("stdin=false", false),
            ("stdin=FaLsE", false),
            ("stdin=false&stdin=true", false),
            ("stdin=true&stdin=false", true),
            ("Stdin=true&input=1", false),
        ] {
            let wanted = if set { json!({"stdin": true}) } else { json!({}) };
            assert_eq!(read("PodAttachOptions", query).unwrap(), wanted, "{query}");
        }
    }

    #[test]
    fn the_first_value_counts_of_a_command_all_and_nothing_of_what_is_no_option() {
        let query = "container=a&container=b&command=sh&x=1&command=-c&input=1&tty=1&ports=80&kind=Other";
        let wanted = json!({"container": "a", "command": ["sh", "-c"], "tty": true});
        assert_eq!(read("PodExecOptions", query).unwrap(), wanted);
        assert_eq!(read("PodAttachOptions", query).unwrap(), json!({"container": "a", "tty": true}));
        assert_eq!(read("PodProxyOptions", query).unwrap(), json!({}));
    }

    #[test]
    fn ports_are_numbers() {
        let ports = read("PodPortForwardOptions", "ports=80,81&ports=82&port=9").unwrap();
        assert_eq!(ports, json!({"ports": [80, 81, 82]}));
        for (query, why) in
            [("ports=http", "invalid syntax"), ("ports=70000", "value out of range"), ("ports=+80", "invalid syntax")]
        {
            let refused = read("PodPortForwardOptions", query).unwrap_err();
            assert!(refused.code() == 400 && refused.message.ends_with(why), "{query}: {}", refused.message);
        }
    }
}
