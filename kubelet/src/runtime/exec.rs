//! Processes started inside a running container.

use std::pin::Pin;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

use super::{RuntimeError, StdStream};

/// What to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Whether to connect standard input.
    pub stdin: bool,
    /// Whether to connect standard output.
    pub stdout: bool,
    /// Whether to connect standard error.
    pub stderr: bool,
    /// Whether to give it a terminal.
    pub tty: bool,
}

/// A new size of the terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A started process and its streams.
pub struct ExecSession {
    /// Its input; dropping it or shutting it down gives the process end of file.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
    /// Its output, until it ends.
    pub output: BoxStream<'static, Result<(StdStream, Bytes), RuntimeError>>,
    /// New terminal sizes go here.
    pub resize: mpsc::Sender<Resize>,
    /// Its exit code; await it after the output has ended.
    pub exit: BoxFuture<'static, Result<i64, RuntimeError>>,
}

/// What a process that was waited for said and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecOutput {
    /// Exit code.
    pub code: i64,
    /// Both output streams, as they came, at most 10 KiB.
    pub output: Vec<u8>,
}
