//! Docker as a container runtime.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptions, ImportImageOptions, RemoveContainerOptions, StopContainerOptions,
};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::connection::{Connection, TIMEOUT_SECONDS};
use super::{convert, events, exec, logs};
use crate::labels::Owner;
use crate::runtime::{
    ContainerConfig, ContainerInfo, ContainerRuntime, ExecRequest, ExecSession, ImageInfo, LogChunk, LogOptions, RuntimeError,
    RuntimeEvent, RuntimeVersion,
};

/// Docker Engine behind its socket. The version of its API is agreed on by `version` and with every
/// connection of `events`, for all clones: call one of them first.
#[derive(Clone)]
pub struct Docker {
    connection: Connection,
    owner: BTreeMap<String, String>,
}

impl Docker {
    /// The engine behind `socket`; containers that carry the labels of `owner` are ours.
    /// Does not connect yet: an absent daemon shows in `events`, and so does one that comes later.
    pub fn new(socket: &Path, owner: &Owner) -> Self {
        Self { connection: Connection::new(socket), owner: owner.labels() }
    }

    fn client(&self) -> Result<bollard::Docker, RuntimeError> {
        self.connection.client()
    }

    /// Names the socket in an error of the connection, which says nothing by itself.
    fn explain(&self, error: bollard::errors::Error) -> RuntimeError {
        self.connection.explain(error)
    }
}

#[async_trait]
impl ContainerRuntime for Docker {
    async fn version(&self) -> Result<RuntimeVersion, RuntimeError> {
        let client = self.client()?.negotiate_version().await.map_err(|error| self.explain(error))?;
        let version = client.version().await.map_err(|error| self.explain(error))?;
        Ok(RuntimeVersion { name: "docker".into(), version: version.version.unwrap_or_default() })
    }

    fn events(&self) -> BoxStream<'static, RuntimeEvent> {
        events::stream(self.connection.clone(), self.owner.clone())
    }

    async fn create(&self, config: &ContainerConfig) -> Result<String, RuntimeError> {
        let options = CreateContainerOptions { name: Some(config.name.clone()), ..CreateContainerOptions::default() };
        let created = self.client()?.create_container(Some(options), convert::create_body(config)?).await;
        match created.map_err(|error| self.explain(error)) {
            Ok(created) => Ok(created.id),
            Err(RuntimeError::Conflict(_)) => Ok(self.inspect(&config.name).await?.id),
            Err(error) => Err(error),
        }
    }

    async fn start(&self, id: &str) -> Result<(), RuntimeError> {
        self.client()?.start_container(id, None).await.map_err(|error| self.explain(error))
    }

    async fn inspect(&self, id: &str) -> Result<ContainerInfo, RuntimeError> {
        let response = self.client()?.inspect_container(id, None).await.map_err(|error| self.explain(error))?;
        Ok(convert::container(response))
    }

    async fn stop(&self, id: &str, grace: Duration) -> Result<(), RuntimeError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let patient = self.client()?.with_timeout(grace + Duration::from_secs(TIMEOUT_SECONDS));
        let options = StopContainerOptions { t: Some(seconds), ..StopContainerOptions::default() };
        match patient.stop_container(id, Some(options)).await.map_err(|error| self.explain(error)) {
            Err(RuntimeError::NotFound(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn remove(&self, id: &str) -> Result<(), RuntimeError> {
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        match self.client()?.remove_container(id, Some(options)).await.map_err(|error| self.explain(error)) {
            // A conflict says that its removal is under way.
            Err(RuntimeError::NotFound(_) | RuntimeError::Conflict(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn image(&self, name: &str) -> Result<Option<ImageInfo>, RuntimeError> {
        match self.client()?.inspect_image(name).await.map_err(|error| self.explain(error)) {
            Ok(inspect) => Ok(Some(convert::image_of(inspect))),
            Err(RuntimeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn pull(&self, name: &str, auth: Option<(String, String)>) -> Result<(), RuntimeError> {
        let options = CreateImageOptions { from_image: Some(name.into()), ..CreateImageOptions::default() };
        let credentials = auth.map(|(username, password)| bollard::auth::DockerCredentials {
            username: Some(username),
            password: Some(password),
            ..bollard::auth::DockerCredentials::default()
        });
        let progress = self.client()?.create_image(Some(options), None, credentials);
        progress.try_for_each(|_| async { Ok(()) }).await.map_err(|error| self.explain(error))
    }

    async fn load(&self, archive: Bytes) -> Result<(), RuntimeError> {
        let options = ImportImageOptions { quiet: true, ..ImportImageOptions::default() };
        let progress = self.client()?.import_image(options, bollard::body_full(archive), None);
        progress.try_for_each(|_| async { Ok(()) }).await.map_err(|error| self.explain(error))
    }

    async fn logs(&self, id: &str, options: LogOptions) -> BoxStream<'static, Result<LogChunk, RuntimeError>> {
        match self.client() {
            Ok(client) => logs::stream(&client, id, options).boxed(),
            Err(error) => futures::stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn exec(&self, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError> {
        exec::start(self.client()?, id, request).await
    }

    async fn attach(&self, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError> {
        exec::attach(self.client()?, id, request).await
    }
}
