//! Exec and attach over SPDY: one stream each for errors, input, both outputs and terminal sizes.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::exec::size;
use super::session_status::{exit_status, failure, last_words};
use super::spdy::{Session, StreamReader, StreamWriter};
use crate::runtime::{ExecRequest, ExecSession, Resize, RuntimeError, StdStream};

/// What is spoken above SPDY, the newest first.
pub const PROTOCOLS: [&str; 4] = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
/// How long a client may take to open its streams.
const CREATION: Duration = Duration::from_secs(30);

/// The streams of a session, by what they are for.
#[derive(Default)]
struct Streams {
    error: Option<StreamWriter>,
    stdin: Option<StreamReader>,
    stdout: Option<StreamWriter>,
    stderr: Option<StreamWriter>,
    resize: Option<StreamReader>,
    /// Halves that carry nothing, kept open.
    idle: Vec<StreamWriter>,
}

/// Takes the streams that `request` needs from the client at the other end of `io`, has the session started and carries
/// it to its end.
pub async fn remote_command(
    io: impl AsyncRead + AsyncWrite + Send + 'static,
    protocol: &str,
    request: &ExecRequest,
    start: impl Future<Output = Result<ExecSession, RuntimeError>>,
) {
    let sized = request.tty && matches!(protocol, "v4.channel.k8s.io" | "v3.channel.k8s.io");
    let wanted = [true, request.stdin, request.stdout, request.stderr, sized].into_iter().filter(|wanted| *wanted).count();
    let mut session = Session::start(io);
    let Ok(Some(mut streams)) = tokio::time::timeout(CREATION, collect(&mut session, wanted)).await else {
        return tracing::debug!("a client did not open the streams of its session");
    };
    let Some(error) = streams.error.take() else { return };
    let status = tokio::select! {
        status = carry(start, &mut streams) => status,
        () = error.gone() => return,
    };
    for writer in [streams.stdout, streams.stderr].into_iter().flatten() {
        writer.finish().await;
    }
    // A client that has gone needs no last words.
    let _ = error.send(last_words(&status, protocol == PROTOCOLS[0]).into()).await;
    error.finish().await;
    session.close().await;
}

async fn collect(session: &mut Session, wanted: usize) -> Option<Streams> {
    let mut streams = Streams::default();
    for _ in 0..wanted {
        let stream = session.accept().await?;
        let role = stream.header("streamtype").to_owned();
        match role.as_str() {
            "error" => streams.error = Some(stream.writer),
            "stdout" => streams.stdout = Some(stream.writer),
            "stderr" => streams.stderr = Some(stream.writer),
            "stdin" => {
                streams.stdin = Some(stream.reader);
                streams.idle.push(stream.writer);
            }
            "resize" => {
                streams.resize = Some(stream.reader);
                streams.idle.push(stream.writer);
            }
            _ => return None,
        }
    }
    Some(streams)
}

async fn carry(start: impl Future<Output = Result<ExecSession, RuntimeError>>, streams: &mut Streams) -> serde_json::Value {
    let ExecSession { input, mut output, resize, exit } = match start.await {
        Ok(session) => session,
        Err(error) => return failure(&error.to_string()),
    };
    let feeding = futures::future::join(feed(streams.stdin.take(), input), sizes(streams.resize.take(), resize));
    let (stdout, stderr) = (&streams.stdout, &streams.stderr);
    let showing = async {
        while let Some(chunk) = output.next().await {
            let (stream, bytes) = chunk?;
            let writer = if stream == StdStream::Out { stdout } else { stderr };
            if let Some(writer) = writer
                && writer.send(bytes).await.is_err()
            {
                break;
            }
        }
        exit.await
    };
    let fed = async {
        feeding.await;
        std::future::pending().await
    };
    let ended: Result<i64, RuntimeError> = tokio::select! { ended = showing => ended, never = fed => never };
    ended.map_or_else(|error| failure(&error.to_string()), exit_status)
}

/// Hands on what the client sends, and then the end of it.
async fn feed(stdin: Option<StreamReader>, mut input: Pin<Box<dyn AsyncWrite + Send>>) {
    let Some(mut stdin) = stdin else { return };
    while let Some(bytes) = stdin.next().await {
        if input.write_all(&bytes).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
    // The process sees the end of its input in any case.
    let _ = input.shutdown().await;
}

async fn sizes(asked: Option<StreamReader>, resize: mpsc::Sender<Resize>) {
    let Some(mut asked) = asked else { return };
    while let Some(bytes) = asked.next().await {
        for size in bytes.split(|byte| *byte == b'\n').filter_map(size) {
            // The session is over where nobody takes it.
            let _ = resize.send(size).await;
        }
    }
}
