//! The simulated runtime.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use kontiki_api::time::Time;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::state::{Script, State};
use crate::clock::Clock;
use crate::runtime::{
    ContainerConfig, ContainerInfo, ContainerRuntime, ExecRequest, ExecSession, ImageInfo, LogChunk, LogOptions, Phase,
    RuntimeError, RuntimeEvent, RuntimeVersion, StdStream,
};

/// Exit code of a process that SIGTERM ended.
const TERMINATED: i64 = 143;

/// Containers without processes: a program `exit N` ends with that code, `echo WORDS` writes them,
/// anything else runs until it is stopped.
#[derive(Clone)]
pub struct SimulatedRuntime {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

impl SimulatedRuntime {
    /// A runtime that has `images` and reads `clock`.
    pub fn new(images: impl IntoIterator<Item = String>, clock: Clock) -> Self {
        let images = images.into_iter().collect();
        let state = State { containers: std::collections::BTreeMap::new(), images, next_id: 0, listeners: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// Ends a container from outside, as a crash would.
    pub fn crash(&self, id: &str, code: i64) {
        let now = self.now();
        self.state.lock().end(id, code, now);
    }

    fn now(&self) -> Time {
        self.clock.now()
    }
}

#[async_trait]
impl ContainerRuntime for SimulatedRuntime {
    async fn version(&self) -> Result<RuntimeVersion, RuntimeError> {
        Ok(RuntimeVersion { name: "simulated".into(), version: "1".into() })
    }

    fn events(&self) -> BoxStream<'static, RuntimeEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.state.lock();
        // The receiver is in hand: the send cannot fail.
        let _ = sender.send(state.up());
        state.listeners.push(sender);
        futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) })
            .boxed()
    }

    async fn create(&self, config: &ContainerConfig) -> Result<String, RuntimeError> {
        let now = self.now();
        let mut state = self.state.lock();
        let there = state.find(&config.name).ok().map(|container| container.info.id.clone());
        there.map_or_else(|| state.create(config, now), Ok)
    }

    async fn start(&self, id: &str) -> Result<(), RuntimeError> {
        let now = self.now();
        let mut state = self.state.lock();
        let container = state.find_mut(id)?;
        if container.info.phase == Phase::Running {
            return Ok(());
        }
        container.info.phase = Phase::Running;
        container.info.started = Some(now);
        container.info.pid = 1;
        let words: Vec<String> = {
            let program = &container.config.program;
            program.command.iter().chain(&program.args).cloned()
        }
        .collect();
        let script = Script::of(&words);
        if let Some(text) = script.output {
            container.log.push(LogChunk { stamp: now.micros(), stream: StdStream::Out, bytes: Bytes::from(text) });
        }
        let id = container.info.id.clone();
        state.changed(&id);
        if let Some(code) = script.exit {
            state.end(&id, code, now);
        }
        Ok(())
    }

    async fn inspect(&self, id: &str) -> Result<ContainerInfo, RuntimeError> {
        self.state.lock().find(id).map(|container| container.info.clone())
    }

    async fn stop(&self, id: &str, _grace: Duration) -> Result<(), RuntimeError> {
        let now = self.now();
        self.state.lock().end(id, TERMINATED, now);
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<(), RuntimeError> {
        let mut state = self.state.lock();
        let Ok(id) = state.find(id).map(|container| container.info.id.clone()) else { return Ok(()) };
        if let Some(container) = state.containers.remove(&id) {
            container.ended.send_replace(true);
        }
        state.tell(&RuntimeEvent::Gone(id));
        Ok(())
    }

    async fn image(&self, name: &str) -> Result<Option<ImageInfo>, RuntimeError> {
        Ok(self.state.lock().image_infos().into_iter().find(|image| image.id == name))
    }

    async fn pull(&self, name: &str, _auth: Option<(String, String)>) -> Result<(), RuntimeError> {
        Err(RuntimeError::Refused(format!("no registry can be reached for {name}")))
    }

    /// Images are names here, and those are given at the start.
    async fn load(&self, _archive: Bytes) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn logs(&self, id: &str, options: LogOptions) -> BoxStream<'static, Result<LogChunk, RuntimeError>> {
        let found = self.state.lock().find(id).map(|container| (container.log.clone(), container.ended.subscribe()));
        let (log, mut ended) = match found {
            Ok(found) => found,
            Err(error) => return futures::stream::once(async { Err(error) }).boxed(),
        };
        let skip = options.tail.map_or(0, |tail| log.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX)));
        let lines = futures::stream::iter(log.into_iter().skip(skip).map(Ok));
        let end = async move {
            if options.follow {
                // An error says that the container was removed: also an end.
                let _ = ended.wait_for(|ended| *ended).await;
            }
        };
        lines.chain(futures::stream::once(end).filter_map(|()| async { None })).boxed()
    }

    /// Shows what the container wrote so far.
    async fn attach(&self, id: &str, _request: ExecRequest) -> Result<ExecSession, RuntimeError> {
        let state = self.state.lock();
        let container = state.find(id)?;
        if container.info.phase != Phase::Running {
            return Err(RuntimeError::Conflict(format!("Container {id} is not running")));
        }
        let log: Vec<_> = container.log.iter().map(|chunk| Ok((chunk.stream, chunk.bytes.clone()))).collect();
        let (resize, _) = mpsc::channel(1);
        Ok(ExecSession {
            input: Box::pin(tokio::io::sink()),
            output: futures::stream::iter(log).boxed(),
            resize,
            exit: async { Ok(0) }.boxed(),
        })
    }

    async fn exec(&self, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError> {
        let phase = self.state.lock().find(id)?.info.phase;
        if phase != Phase::Running {
            return Err(RuntimeError::Conflict(format!("Container {id} is not running")));
        }
        let script = Script::of(&request.command);
        let code = script.exit.unwrap_or_default();
        let output = script.output.map(|text| Ok((StdStream::Out, Bytes::from(text))));
        let (resize, _) = mpsc::channel(1);
        Ok(ExecSession {
            input: Box::pin(tokio::io::sink()),
            output: futures::stream::iter(output).boxed(),
            resize,
            exit: async move { Ok(code) }.boxed(),
        })
    }
}
