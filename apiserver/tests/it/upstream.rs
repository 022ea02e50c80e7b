//! Answers of the genuine v1.36 server, recorded (docs/conformance.md says how), and ours to the same requests.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kontiki_apiserver::Server;
use serde::Deserialize;
use serde_json::Value;

use crate::custom::{DEFINITIONS, Establishing, condition};
use crate::harness::{config, guard};
use crate::listening::Listening;

/// One request, and what upstream's server answered; what differs each time is a word in angle brackets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    say: String,
    method: String,
    path: String,
    body: Option<Value>,
    #[serde(rename = "type")]
    media_type: Option<String>,
    /// `None` where the recording says nothing, which means JSON.
    accept: Option<String>,
    code: u16,
    #[serde(default)]
    warnings: Vec<String>,
    answer: Value,
    /// Known to be answered otherwise by ours: sent for what it changes. These may only become fewer.
    #[serde(default)]
    unlike: bool,
}

/// What stands for a value that is another one in each run.
const PLACES: [&str; 4] = ["<rv>", "<uid>", "<time>", "<continue>"];

/// Whether `text` is `pattern`, whose places stand for anything but nothing.
fn fits(pattern: &str, text: &str) -> bool {
    let place = PLACES.iter().filter_map(|place| pattern.find(place).map(|at| (at, place.len()))).min();
    let Some((at, length)) = place else { return pattern == text };
    let (Some(rest), after) = (text.strip_prefix(&pattern[..at]), &pattern[at + length..]) else { return false };
    (1..=rest.len()).filter(|end| rest.is_char_boundary(*end)).any(|end| fits(after, &rest[end..]))
}

/// Whether `found` is as recorded: columns are described in words of our own, and the order of managers is free.
fn alike(wanted: &Value, found: &Value, key: &str) -> bool {
    match (wanted, found) {
        (Value::String(wanted), Value::String(found)) if key == "cells" && is_age(wanted) => is_age(found),
        (Value::String(wanted), Value::String(found)) => fits(wanted, found),
        (Value::Array(wanted), Value::Array(found)) if key == "managedFields" => {
            wanted.len() == found.len() && wanted.iter().all(|one| found.iter().any(|other| alike(one, other, "")))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            let within = if matches!(key, "columnDefinitions" | "cells") { key } else { "" };
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(one, other)| alike(one, other, within))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let counts = |name: &&String| key != "columnDefinitions" || *name != "description";
            wanted.keys().filter(counts).count() == found.keys().filter(counts).count()
                && wanted.iter().all(|(name, one)| found.get(name).is_some_and(|other| alike(one, other, name)))
        }
        _ => wanted == found,
    }
}

/// Whether `cell` is the age of what was just made, which is another one where the machine is slow.
fn is_age(cell: &str) -> bool {
    cell.strip_suffix('s').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

struct Player {
    client: Client<HttpConnector, Full<Bytes>>,
    listening: Listening,
    establishing: Establishing,
}

impl Player {
    async fn new() -> Self {
        let mut config = config();
        guard(&mut config).await;
        let server = Server::new(config);
        let listening = Listening::plain(server.clone()).await;
        Self { client: Client::builder(TokioExecutor::new()).build_http(), listening, establishing: Establishing::of(server) }
    }

    /// What differs, in words.
    async fn play(&self, exchange: &Exchange) -> Option<String> {
        let body = match &exchange.body {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let request = Request::builder()
            .method(Method::from_bytes(exchange.method.as_bytes()).unwrap())
            .uri(format!("http://{}{}", self.listening.address, exchange.path))
            .header("accept", exchange.accept.as_deref().unwrap_or("application/json"))
            .header("content-type", exchange.media_type.as_deref().unwrap_or("application/json"));
        let response = self.client.request(request.body(Full::from(body)).unwrap()).await.unwrap();
        let code = response.status().as_u16();
        let warnings: Vec<_> = response.headers().get_all("warning").iter().map(|one| one.to_str().unwrap().to_owned()).collect();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let found = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        if exchange.method == "POST" && exchange.path == DEFINITIONS && code == 201 {
            self.established(&found).await;
        }
        let same = code == exchange.code && warnings == exchange.warnings && alike(&exchange.answer, &found, "");
        if exchange.unlike {
            return same.then(|| format!("{}: is alike now: take the mark away", exchange.say));
        }
        (!same).then(|| {
            let Exchange { say, method, path, code: wanted, warnings: warned, answer, .. } = exchange;
            format!("{say}: {method} {path}\n  ours:   {code} {warnings:?} {found}\n  theirs: {wanted} {warned:?} {answer}")
        })
    }

    /// Waits until the definition that was just made is served.
    async fn established(&self, definition: &Value) {
        let name = definition["metadata"]["name"].as_str().unwrap();
        self.establishing
            .until(&format!("{DEFINITIONS}/{name}"), |found| {
                condition(found, "NamesAccepted") == "False" || condition(found, "Established") == "True"
            })
            .await;
    }
}

#[tokio::test]
async fn answers_are_those_of_upstreams_server() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upstream");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    assert!(!files.is_empty(), "nothing is recorded in {folder}");
    let mut differences = Vec::new();
    for file in files {
        let player = Player::new().await;
        for (at, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let exchange: Exchange = serde_json::from_str(line).unwrap();
            if let Some(difference) = player.play(&exchange).await {
                differences.push(format!("{}:{}: {difference}", file.file_name().unwrap().display(), at + 1));
            }
        }
    }
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
}
