//! The way to Docker.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::convert;
use crate::runtime::RuntimeError;

/// Longest silence of the daemon on one request, besides streams and waits.
pub const TIMEOUT_SECONDS: u64 = 120;

/// Docker's socket, and the client that is made when it is first there: a socket that is missing may come later.
/// Clones share the client, and with it the version of the API that it agreed on.
#[derive(Clone)]
pub struct Connection {
    socket: PathBuf,
    client: Arc<OnceLock<bollard::Docker>>,
}

impl Connection {
    /// The way to Docker through `socket`. Does not connect yet.
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.into(), client: Arc::default() }
    }

    /// The socket's path.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The client.
    ///
    /// # Errors
    /// `Unreachable` where there is no socket.
    pub fn client(&self) -> Result<bollard::Docker, RuntimeError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let path = self.socket.to_string_lossy();
        let made = bollard::Docker::connect_with_unix(&path, TIMEOUT_SECONDS, bollard::API_DEFAULT_VERSION);
        let made = made.map_err(|error| self.explain(error))?;
        Ok(self.client.get_or_init(|| made).clone())
    }

    /// Docker's error; where nothing answers, with the socket and what to do.
    pub fn explain(&self, error: bollard::errors::Error) -> RuntimeError {
        match convert::error(error) {
            RuntimeError::Unreachable(why) => RuntimeError::Unreachable(format!(
                "Docker does not answer on {} ({why}): is the daemon running?",
                self.socket.display()
            )),
            other => other,
        }
    }
}
