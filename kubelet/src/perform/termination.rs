//! Last words of containers.

use std::path::Path;

use futures::StreamExt;

use crate::runtime::{ContainerRuntime, LogOptions};

/// Most of a message that is kept, bytes (upstream's `MaxContainerTerminationMessageLength`).
const MESSAGE_LIMIT: usize = 4096;
/// Most of a log that stands for a message (upstream's limits).
const LOG_LIMIT: usize = 2048;
const LOG_LINES: u64 = 80;

/// What the container wrote to its termination message's file; where that is empty and `from_logs`
/// is set, the end of its log.
pub async fn message(runtime: &dyn ContainerRuntime, id: &str, file: &Path, from_logs: bool) -> String {
    let written = std::fs::read(file).unwrap_or_default();
    if !written.is_empty() || !from_logs {
        return end(&written, MESSAGE_LIMIT);
    }
    let options = LogOptions { follow: false, tail: Some(LOG_LINES), since: None };
    let mut log = Vec::new();
    let mut chunks = runtime.logs(id, options).await;
    while let Some(Ok(chunk)) = chunks.next().await {
        log.extend_from_slice(&chunk.bytes);
    }
    end(&log, LOG_LIMIT)
}

fn end(bytes: &[u8], limit: usize) -> String {
    let from = bytes.len().saturating_sub(limit);
    String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned()
}
