//! Logs of Docker containers.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::convert;
use crate::runtime::{LogChunk, LogOptions, RuntimeError, StdStream};

/// The log of container `id`.
pub fn stream(
    client: &bollard::Docker,
    id: &str,
    options: LogOptions,
) -> impl Stream<Item = Result<LogChunk, RuntimeError>> + Send + use<> {
    let since = options.since.map_or(0, |time| i32::try_from(time.as_micros().div_euclid(1_000_000)).unwrap_or(i32::MAX));
    let asked = LogsOptions {
        follow: options.follow,
        stdout: true,
        stderr: true,
        since,
        timestamps: true,
        tail: options.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
        ..LogsOptions::default()
    };
    client.logs(id, Some(asked)).map(|chunk| chunk.map(parse).map_err(convert::error))
}

/// Takes the time stamp that Docker puts before each line apart from the line.
fn parse(output: LogOutput) -> LogChunk {
    let (stream, message) = match output {
        LogOutput::StdErr { message } => (StdStream::Err, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (StdStream::Out, message)
        }
    };
    match message.iter().position(|byte| *byte == b' ') {
        Some(at) => {
            let stamp = String::from_utf8_lossy(message.get(..at).unwrap_or_default()).into_owned();
            LogChunk { stamp, stream, bytes: message.slice(at + 1..) }
        }
        None => LogChunk { stamp: String::new(), stream, bytes: Bytes::new() },
    }
}
