//! A connection inside a WebSocket: its bytes are the contents of binary messages, wherever those are cut.

use axum::extract::ws::{Message, WebSocket};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Bytes on the way in each direction.
const BUFFER: usize = 64 << 10;
const CHUNK: usize = 32 << 10;

/// The connection inside `socket`. It ends with it.
pub fn tunnel(socket: WebSocket) -> DuplexStream {
    let (inside, outside) = tokio::io::duplex(BUFFER);
    let (mut sink, mut messages) = socket.split();
    let (mut reader, mut writer) = tokio::io::split(outside);
    let outward = async move {
        let mut buffer = vec![0; CHUNK];
        while let Ok(length) = reader.read(&mut buffer).await {
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            if sink.send(Message::Binary(bytes.to_vec().into())).await.is_err() {
                return;
            }
        }
        // Who has gone needs no farewell.
        let _ = sink.close().await;
    };
    let inward = async move {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Binary(bytes) if writer.write_all(&bytes).await.is_err() => return,
                Message::Close(_) => return,
                _ => {}
            }
        }
    };
    tokio::spawn(async move {
        tokio::select! { () = outward => {}, () = inward => {} }
    });
    inside
}
