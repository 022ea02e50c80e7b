//! `/debug/reconcilers` and `/debug/recordings`: looking into the engines of this process.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use futures::stream;
use kontiki_apiserver::http::{Page, Pages};
use kontiki_reconcilers::Setup;
use kontiki_runtime::engine::EngineHandle;
use kontiki_runtime::record::Sink;
use parking_lot::RwLock;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Lines of a recording that may wait for its reader; one that is slower loses the rest.
const WAITING: usize = 16_384;

/// The engines of this process, by name. Filled as they start.
#[derive(Default)]
pub struct Debug {
    engines: RwLock<BTreeMap<&'static str, EngineHandle>>,
    setup: RwLock<Value>,
}

impl Debug {
    /// Shows `engine` as `name` from now on.
    pub fn show(&self, name: &'static str, engine: &EngineHandle) {
        self.engines.write().insert(name, engine.clone());
    }

    /// Tells how reconcilers are set up, for recordings.
    pub fn set_up(&self, setup: &Setup) {
        *self.setup.write() = setup.to_json();
    }

    /// Every engine that started so far.
    pub fn engines(&self) -> BTreeMap<&'static str, EngineHandle> {
        self.engines.read().clone()
    }

    /// The engine shown as `name`, where one has started.
    pub fn engine(&self, name: &str) -> Option<EngineHandle> {
        self.engines.read().get(name).cloned()
    }

    /// A sink of a recording into `writer`.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn sink(&self, writer: impl io::Write + Send + 'static) -> io::Result<Sink> {
        let mut key = [0; 32];
        let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut key);
        filled.map_err(|_| io::Error::other("the system has no randomness to give"))?;
        Ok(Sink::new(writer, &key).setup(self.setup.read().clone()))
    }

    fn list(&self) -> Value {
        let engines = self.engines();
        let rows = engines.iter().flat_map(|(engine, handle)| {
            handle.figures().iter().map(move |(name, figures)| {
                json!({
                    "name": name, "engine": engine, "queue": figures.queue(), "passes": figures.passes(),
                    "stuck": figures.stuck(), "writes": figures.intents(), "refused": figures.refused(),
                    "time_in_passes_us": u64::try_from(figures.time_in_passes().as_micros()).unwrap_or(u64::MAX),
                })
            })
        });
        json!({ "reconcilers": rows.collect::<Vec<_>>() })
    }

    fn one(&self, name: &str) -> BoxFuture<'static, Option<Page>> {
        let engine = self.engines().into_values().find(|engine| engine.figures().contains_key(name));
        let name = name.to_owned();
        async move { engine?.debug(&name).await.map(Page::Json) }.boxed()
    }

    fn recording(&self, engine: &str, query: &[(String, String)]) -> Option<Page> {
        let engine = self.engines.read().get(engine).cloned()?;
        let only = query.iter().filter(|(name, _)| name == "reconcilers").flat_map(|(_, value)| value.split(','));
        let only: Vec<String> = only.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let (lines, waiting) = mpsc::channel(WAITING);
        engine.record(Some(self.sink(Lines(lines)).ok()?.only(only)));
        let lines = stream::unfold(waiting, |mut waiting| async { Some((waiting.recv().await?, waiting)) });
        Some(Page::Lines(Box::pin(lines)))
    }
}

impl Pages for Debug {
    fn page(&self, path: &str, query: &[(String, String)]) -> BoxFuture<'static, Option<Page>> {
        let page = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "debug", "reconcilers", name] => return self.one(name),
            ["", "debug", "reconcilers"] => Some(Page::Json(self.list())),
            ["", "debug", "recordings", engine] => self.recording(engine, query),
            _ => None,
        };
        async { page }.boxed()
    }
}

/// The pages that anybody on this machine may see: without recordings, which hold the whole cluster.
pub struct Local(pub Arc<Debug>);

impl Pages for Local {
    fn page(&self, path: &str, query: &[(String, String)]) -> BoxFuture<'static, Option<Page>> {
        if path.starts_with("/debug/reconcilers") { self.0.page(path, query) } else { async { None }.boxed() }
    }
}

/// Passes lines on to a reader.
struct Lines(mpsc::Sender<bytes::Bytes>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let passed = self.0.try_send(bytes::Bytes::copy_from_slice(bytes));
        passed.map(|()| bytes.len()).map_err(|error| io::Error::new(io::ErrorKind::BrokenPipe, error.to_string()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use kontiki_runtime::clock::SystemClock;
    use kontiki_runtime::engine::EngineBuilder;
    use kontiki_runtime::testing::MemoryClient;
    use tokio_util::sync::CancellationToken;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reconcilers_are_listed_shown_and_recorded_and_strangers_get_no_recording() {
        let setup = Setup {
            kinds: Arc::new(kontiki_api::kind::Kinds::builtin()),
            ca_pem: "PEM".into(),
            event_ttl: std::time::Duration::ZERO,
        };
        let builder = EngineBuilder::new(Arc::new(MemoryClient::default()), Arc::new(SystemClock::default()));
        let stop = CancellationToken::new();
        let engine = kontiki_reconcilers::register_controllers(builder, &setup);
        let engine = engine.start(&tokio::runtime::Handle::current(), &stop).expect("a thread");
        let debug = Arc::<Debug>::default();
        debug.set_up(&setup);
        debug.show("controllers", &engine);
        let page = |path: &str| debug.page(path, &[("reconcilers".into(), "deployment".into())]);
        let Some(Page::Json(list)) = page("/debug/reconcilers").await else { panic!("a list") };
        let names: Vec<_> = list["reconcilers"].as_array().expect("rows").iter().map(|row| &row["name"]).collect();
        assert!(names.contains(&&json!("deployment")) && names.len() > 10, "{names:?}");
        let Some(Page::Json(one)) = page("/debug/reconcilers/deployment").await else { panic!("a reconciler") };
        assert_eq!((&one["name"], &one["queue"]), (&json!("deployment"), &json!(0)));
        assert!(page("/debug/reconcilers/nobody").await.is_none());
        let Some(Page::Lines(mut lines)) = page("/debug/recordings/controllers").await else { panic!("a recording") };
        let first = lines.next().await.expect("a line");
        assert!(first.starts_with(br#"{"start":"#) && first.windows(3).any(|part| part == b"PEM"), "{first:?}");
        assert!(Local(debug.clone()).page("/debug/recordings/controllers", &[]).await.is_none());
        stop.cancel();
        engine.join().await;
    }
}
