//! Processes in Docker containers.

use bollard::container::LogOutput;
use bollard::exec::{ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use bollard::query_parameters::{AttachContainerOptions, ResizeContainerTTYOptions};
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::convert;
use crate::runtime::{ExecRequest, ExecSession, Resize, RuntimeError, StdStream};

/// Starts `request` in container `id`.
pub async fn start(client: bollard::Docker, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError> {
    let config = ExecConfig {
        attach_stdin: Some(request.stdin),
        attach_stdout: Some(request.stdout),
        attach_stderr: Some(request.stderr),
        tty: Some(request.tty),
        cmd: Some(request.command),
        ..ExecConfig::default()
    };
    let exec = client.create_exec(id, config).await.map_err(convert::error)?.id;
    let options = StartExecOptions { detach: false, tty: request.tty, output_capacity: None };
    let StartExecResults::Attached { output, input } = client.start_exec(&exec, Some(options)).await.map_err(convert::error)?
    else {
        return Err(RuntimeError::Refused("Docker started the process without its streams".into()));
    };
    let output = output.map(|chunk| chunk.map(split).map_err(convert::error)).boxed();
    Ok(ExecSession { input, output, resize: resizer(client.clone(), exec.clone()), exit: exit(client, exec).boxed() })
}

/// Connects to the streams of the process of container `id`.
pub async fn attach(client: bollard::Docker, id: &str, request: ExecRequest) -> Result<ExecSession, RuntimeError> {
    let running = client.inspect_container(id, None).await.map_err(convert::error)?;
    if running.state.and_then(|state| state.running) != Some(true) {
        return Err(RuntimeError::Conflict(format!("container {id} is not running")));
    }
    let options = AttachContainerOptions {
        stream: true,
        stdin: request.stdin,
        stdout: request.stdout,
        stderr: request.stderr,
        ..AttachContainerOptions::default()
    };
    let attached = client.attach_container(id, Some(options)).await.map_err(convert::error)?;
    let output = attached.output.map(|chunk| chunk.map(split).map_err(convert::error)).boxed();
    let (resize, mut sizes) = mpsc::channel::<Resize>(8);
    let id = id.to_owned();
    tokio::spawn(async move {
        while let Some(Resize { width, height }) = sizes.recv().await {
            let size = ResizeContainerTTYOptions { h: height.into(), w: width.into() };
            // A terminal of the wrong size is no reason to end the session.
            let _ = client.resize_container_tty(&id, size).await;
        }
    });
    Ok(ExecSession { input: attached.input, output, resize, exit: async { Ok(0) }.boxed() })
}

fn split(chunk: LogOutput) -> (StdStream, bytes::Bytes) {
    match chunk {
        LogOutput::StdErr { message } => (StdStream::Err, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (StdStream::Out, message)
        }
    }
}

fn resizer(client: bollard::Docker, exec: String) -> mpsc::Sender<Resize> {
    let (sender, mut sizes) = mpsc::channel::<Resize>(8);
    tokio::spawn(async move {
        while let Some(Resize { width, height }) = sizes.recv().await {
            // A terminal of the wrong size is no reason to end the session.
            let _ = client.resize_exec(&exec, ResizeExecOptions { height, width }).await;
        }
    });
    sender
}

async fn exit(client: bollard::Docker, exec: String) -> Result<i64, RuntimeError> {
    let inspect = client.inspect_exec(&exec).await.map_err(convert::error)?;
    Ok(inspect.exit_code.unwrap_or(-1))
}
