//! Port-forward over WebSocket channels: the way of clients other than kubectl.

use axum::extract::ws::{Message, WebSocket};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc;

use super::channels::Channels;
use super::dial::dial;
use super::routes::Served;

/// Messages that may wait for a slow client.
const QUEUE: usize = 16;
/// Bytes read from the pod at once.
const CHUNK: usize = 16 << 10;

/// Forwards `ports`. Channels 2n and 2n+1 are data and error of the n-th port; each begins with the port's number.
pub async fn forward_channels(served: Served, namespace: String, pod: String, ports: Vec<u16>, socket: WebSocket) {
    let channels = Channels::of(socket.protocol().and_then(|protocol| protocol.to_str().ok()));
    let (mut sink, mut stream) = socket.split();
    let (sender, mut outgoing) = mpsc::channel::<Message>(QUEUE);
    let mut inputs = Vec::with_capacity(ports.len());
    for (channel, port) in (0_u8..).step_by(2).zip(ports) {
        let (input, bytes) = mpsc::channel::<bytes::Bytes>(QUEUE);
        inputs.push(input);
        let (served, namespace, pod, sender) = (served.clone(), namespace.clone(), pod.clone(), sender.clone());
        tokio::spawn(async move {
            for channel in [channel, channel + 1] {
                // A client that has gone shows below.
                let _ = sender.send(channels.message(channel, &port.to_le_bytes())).await;
            }
            match dial(&served, &namespace, &pod, port).await {
                Ok(stream) => carry(stream, (channels, channel), bytes, sender).await,
                Err(error) => {
                    let _ = sender.send(channels.message(channel + 1, error.to_string().as_bytes())).await;
                }
            }
        });
    }
    drop(sender);
    loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(out) => if sink.send(out).await.is_err() { break },
                None => break,
            },
            incoming = stream.next() => match incoming {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(message)) => {
                    let Some((channel, bytes)) = channels.split(message) else { continue };
                    if let Some(input) = inputs.get(usize::from(channel / 2)).filter(|_| channel % 2 == 0) {
                        // A connection that the pod has closed takes no more.
                        let _ = input.send(bytes).await;
                    }
                }
            },
        }
    }
    // A client that has gone needs no farewell.
    let _ = sink.close().await;
}

/// Carries one connection's bytes both ways until either side ends.
async fn carry(
    stream: TcpStream,
    channel: (Channels, u8),
    mut input: mpsc::Receiver<bytes::Bytes>,
    output: mpsc::Sender<Message>,
) {
    let (reader, mut writer) = stream.into_split();
    let reading = tokio::spawn(read(reader, channel, output));
    while let Some(bytes) = input.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            break;
        }
    }
    reading.abort();
}

async fn read(mut reader: OwnedReadHalf, (channels, channel): (Channels, u8), output: mpsc::Sender<Message>) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(length) = reader.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
        if output.send(channels.message(channel, bytes)).await.is_err() {
            return;
        }
    }
}
