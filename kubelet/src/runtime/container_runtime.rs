//! The port.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::{
    ContainerConfig, ContainerInfo, ExecOutput, ExecRequest, ExecSession, ImageInfo, LogChunk, LogOptions, RuntimeError,
    RuntimeEvent, RuntimeVersion,
};

/// Most output kept of a process that is waited for.
const OUTPUT_LIMIT: usize = 10 * 1024;

/// Runs containers. Only containers made through it (found by its node label) are ever reported.
/// Implementations pass the suite in `runtime::suite`.
#[async_trait]
pub trait ContainerRuntime: Send + Sync + 'static {
    /// Who runs the containers.
    ///
    /// # Errors
    /// `Unreachable` where it does not answer.
    async fn version(&self) -> Result<RuntimeVersion, RuntimeError>;

    /// What is there and every change from now on; reconnects by itself and never ends.
    fn events(&self) -> BoxStream<'static, RuntimeEvent>;

    /// Makes a container and returns its id. Where one of that name is there already, its id.
    ///
    /// # Errors
    /// `NotFound` where the image is missing; `Refused` where the configuration is not possible.
    async fn create(&self, config: &ContainerConfig) -> Result<String, RuntimeError>;

    /// Starts a container; nothing where it runs.
    ///
    /// # Errors
    /// `Refused` in the runtime's words, such as a missing program.
    async fn start(&self, id: &str) -> Result<(), RuntimeError>;

    /// The container now.
    ///
    /// # Errors
    /// `NotFound` where it is gone.
    async fn inspect(&self, id: &str) -> Result<ContainerInfo, RuntimeError>;

    /// Asks a container to end and kills it after `grace`; returns when it has ended.
    ///
    /// # Errors
    /// Never for one that has ended or is gone.
    async fn stop(&self, id: &str, grace: Duration) -> Result<(), RuntimeError>;

    /// Removes a container, running or not.
    ///
    /// # Errors
    /// Never for one that is gone.
    async fn remove(&self, id: &str) -> Result<(), RuntimeError>;

    /// The image called `name`, where it is on the node.
    ///
    /// # Errors
    /// Only where the runtime does not answer.
    async fn image(&self, name: &str) -> Result<Option<ImageInfo>, RuntimeError>;

    /// Fetches `name` from its registry; `auth` is a `.dockerconfigjson` entry (user, password).
    ///
    /// # Errors
    /// The registry's or the network's refusal.
    async fn pull(&self, name: &str, auth: Option<(String, String)>) -> Result<(), RuntimeError>;

    /// Loads a `docker save` archive.
    ///
    /// # Errors
    /// Where the archive is not one.
    async fn load(&self, archive: Bytes) -> Result<(), RuntimeError>;

    /// A container's log. Ends where the log does, or with `follow` where the container does.
    async fn logs(&self, id: &str, options: LogOptions) -> BoxStream<'static, Result<LogChunk, RuntimeError>>;

    /// Starts a process in a running container.
    ///
    /// # Errors
    /// `NotFound` where the container is not running.
    async fn exec(&self, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError>;

    /// Connects to the streams of a container's own process; of `request` the command is not used. The session ends
    /// with the process, with the exit code 0 whatever it ended with.
    ///
    /// # Errors
    /// `NotFound` or `Conflict` where the container is not running.
    async fn attach(&self, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError>;

    /// Runs a process in a container to its end.
    ///
    /// # Errors
    /// As [`ContainerRuntime::exec`].
    async fn exec_wait(&self, id: &str, command: &[String]) -> Result<ExecOutput, RuntimeError> {
        let request = ExecRequest { command: command.to_vec(), stdout: true, stderr: true, ..ExecRequest::default() };
        let mut session = self.exec(id, request).await?;
        let mut output = Vec::new();
        while let Some(chunk) = session.output.next().await {
            let (_, bytes) = chunk?;
            let room = OUTPUT_LIMIT.saturating_sub(output.len()).min(bytes.len());
            output.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        Ok(ExecOutput { code: session.exit.await?, output })
    }
}
