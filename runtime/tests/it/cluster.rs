//! An engine on a cluster in memory.

use std::io::Write;
use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle};
use kontiki_runtime::testing::MemoryClient;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Starts what `build` registers on `client`; ends with the token.
pub fn start(client: &MemoryClient, build: impl FnOnce(EngineBuilder) -> EngineBuilder) -> (EngineHandle, CancellationToken) {
    let token = CancellationToken::new();
    let builder = EngineBuilder::new(Arc::new(client.clone()), Arc::new(SystemClock::default())).leader(7);
    let engine = build(builder).start(&tokio::runtime::Handle::current(), &token).expect("a thread");
    (engine, token)
}

pub fn replica_set(name: &str, replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "namespace": "ns"}, "spec": {"replicas": replicas}})
}

pub fn pods() -> impl Fn(&kontiki_runtime::testing::MemoryCluster) -> usize {
    |cluster| cluster.objects().filter(|object| object.key.resource.as_str() == "pods").count()
}

pub fn set_key(name: &str) -> Key {
    Key::new("replicasets.apps", "ns", name)
}

/// A writer that can be read.
#[derive(Clone, Default)]
pub struct Shared(pub Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
