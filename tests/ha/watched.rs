//! What the watches of one master tell.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use serde_json::Value;

use super::masters::{LIMIT, call};

/// One watch of the ConfigMaps in `default`, and everything it has told so far.
pub struct Watched {
    told: Arc<Mutex<Vec<(u64, String, u64)>>>,
    task: tokio::task::JoinHandle<String>,
}

impl Watched {
    /// Begins at what is now.
    pub async fn start(config: HttpConfig) -> Self {
        let client = HttpClient::new(&config).unwrap();
        let collection = "/api/v1/namespaces/default/configmaps";
        let (_, list) = call(&client, Method::GET, &format!("{collection}?limit=1"), "").await.unwrap();
        let from = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
        let path = format!("{collection}?watch=true&resourceVersion={from}");
        let answer = client.send(Method::GET, &path, HeaderMap::new(), Default::default()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let told = Arc::<Mutex<Vec<_>>>::default();
        let telling = told.clone();
        let task = tokio::spawn(async move {
            let (mut body, mut rest) = (answer.into_body(), Vec::new());
            while let Some(frame) = body.frame().await {
                let frame = match frame {
                    Ok(frame) => frame,
                    Err(error) => return format!("{error:?}"),
                };
                rest.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
                while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Value = serde_json::from_slice(&rest[..end]).unwrap();
                    rest.drain(..=end);
                    match number(&line["object"]) {
                        Some(event) if matches!(line["type"].as_str(), Some("ADDED" | "MODIFIED")) => {
                            telling.lock().unwrap().push(event)
                        }
                        _ => return line.to_string(),
                    }
                }
            }
            "its end".into()
        });
        Self { told, task }
    }

    /// Waits until the newest of `acknowledged` were told; then checks that each change came once, in order, without a
    /// gap, and that the watch has never ended.
    pub async fn finish(self, acknowledged: &BTreeMap<String, u64>) -> Vec<(u64, String, u64)> {
        let start = Instant::now();
        let newest = |name: &String| self.told.lock().unwrap().iter().filter(|told| told.1 == *name).map(|told| told.2).max();
        while !acknowledged.iter().all(|(name, number)| newest(name) >= Some(*number)) {
            assert!(!self.task.is_finished(), "the watch was cut short: {}", self.task.await.unwrap());
            assert!(start.elapsed() < LIMIT, "the watch does not tell of everything");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.task.abort();
        let told = self.told.lock().unwrap().clone();
        assert!(told.is_sorted_by(|one, next| one.0 < next.0), "not in order, or twice: {told:?}");
        for name in acknowledged.keys() {
            let numbers: Vec<u64> = told.iter().filter(|told| told.1 == *name).map(|told| told.2).collect();
            assert!(numbers.is_sorted_by(|one, next| one + 1 == *next), "{name}: a gap in {numbers:?}");
        }
        told
    }
}

/// Revision, name and written number of a ConfigMap of ours.
fn number(object: &Value) -> Option<(u64, String, u64)> {
    let text = |pointer: &str| object.pointer(pointer)?.as_str();
    let revision = text("/metadata/resourceVersion")?.parse().ok()?;
    Some((revision, text("/metadata/name")?.to_owned(), text("/data/number")?.parse().ok()?))
}
