//! A connection's options in the words of kubelets.

use serde_json::Value;

use crate::http::write_query;

/// What the API and what kubelets call the parameters that are yes or no.
const FLAGS: [(&str, &str); 4] = [("stdin", "input"), ("stdout", "output"), ("stderr", "error"), ("tty", "tty")];

/// The query by which upstream's API server asks a kubelet for a connection with `options`.
pub(super) fn kubelet_query(options: &Value) -> String {
    let is_set = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or_default();
    let list = |name: &str| options.get(name).and_then(Value::as_array).into_iter().flatten();
    let flags = FLAGS.iter().filter(|(name, _)| is_set(name)).map(|(_, told)| ((*told).to_owned(), "1".to_owned()));
    let words = list("command").filter_map(Value::as_str).map(|word| ("command".to_owned(), word.to_owned()));
    let ports: Vec<String> = list("ports").filter_map(Value::as_u64).map(|port| port.to_string()).collect();
    let ports = (!ports.is_empty()).then(|| ("port".to_owned(), ports.join(",")));
    let pairs: Vec<_> = flags.chain(words).chain(ports).collect();
    write_query(&pairs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kubelet_is_told_in_its_own_words() {
        let options = json!({"kind": "PodExecOptions", "container": "c", "command": ["sh", "a b"], "stdin": true, "tty": false});
        assert_eq!(kubelet_query(&options), "input=1&command=sh&command=a%20b");
        let outputs = json!({"stdout": true, "stderr": true, "tty": true, "x": true});
        assert_eq!(kubelet_query(&outputs), "output=1&error=1&tty=1");
        assert_eq!(kubelet_query(&json!({"ports": [80, 81]})), "port=80%2C81");
        assert_eq!(kubelet_query(&Value::Null), "");
    }
}
