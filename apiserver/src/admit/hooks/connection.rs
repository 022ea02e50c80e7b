//! What webhooks see of a connection.

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, User};
use serde_json::{Value, json};
use std::sync::Arc;

use super::Subject;
use super::form::Form;
use super::options::Options;
use crate::admit::Operation;
use crate::http::write_query;
use crate::server::Server;

/// Parameters of connections that are yes or no.
const SWITCHES: [&str; 4] = ["stdin", "stdout", "stderr", "tty"];

/// The subject of a connection of `user` to `target`, and its options object (`PodExecOptions`), which stands for the
/// object; `None` where upstream reads the subresource rather than connecting to it.
pub(crate) fn connection<'a>(
    server: &'a Server,
    kind: &'a Arc<Kind>,
    target: &'a Target,
    user: &'a User,
    query: &[(String, String)],
) -> Option<(Subject<'a>, Value)> {
    let sub = kind.subresource(&target.subresource).filter(|sub| sub.kind.ends_with("Options") && &*sub.name != "log")?;
    let version = if sub.group.is_empty() { sub.version.to_string() } else { format!("{}/{}", sub.group, sub.version) };
    let mut options = json!({"kind": &*sub.kind, "apiVersion": version});
    for (name, value) in query {
        match name.as_str() {
            switch if SWITCHES.contains(&switch) => options[switch] = matches!(value.as_str(), "true" | "1" | "").into(),
            "command" => push(&mut options, name, value.as_str().into()),
            "ports" => {
                value
                    .split(',')
                    .filter_map(|port| port.parse::<u16>().ok())
                    .for_each(|port| push(&mut options, name, port.into()));
            }
            _ => options[name.as_str()] = value.as_str().into(),
        }
    }
    let subject = Subject {
        server,
        operation: Operation::Connect,
        kind,
        stored: Arc::clone(kind),
        target,
        user,
        dry_run: false,
        options: Options::default(),
        form: Form::Sent,
    };
    Some((subject, options))
}

/// The query of a connection with `options`, which admission made of those in `query`. Parameters that are no options
/// stay as they are.
pub(crate) fn query_of(options: &Value, query: &[(String, String)]) -> String {
    let own = |name: &str| matches!(name, "container" | "command" | "ports") || SWITCHES.contains(&name);
    let mut pairs: Vec<(String, String)> = query.iter().filter(|(name, _)| !own(name)).cloned().collect();
    for (name, value) in options.as_object().into_iter().flatten().filter(|(name, _)| own(name)) {
        let list = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        let texts = list.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        pairs.extend(texts.map(|text| (name.clone(), text)));
    }
    write_query(&pairs)
}

fn push(options: &mut Value, name: &str, value: Value) {
    match options[name].as_array_mut() {
        Some(list) => list.push(value),
        None => options[name] = Value::Array(vec![value]),
    }
}
