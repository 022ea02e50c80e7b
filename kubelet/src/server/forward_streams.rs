//! Port-forward over SPDY: for each connection a stream of data and one of errors.

use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::dial::dial;
use super::routes::Served;
use super::spdy::{Session, Stream, StreamReader, StreamWriter};

/// Bytes read from the pod at once.
const CHUNK: usize = 16 << 10;

/// Serves connections to ports of a pod until the client ends the session.
pub async fn forward_streams(io: impl AsyncRead + AsyncWrite + Send + 'static, served: Served, namespace: String, pod: String) {
    let mut session = Session::start(io);
    // As many wait for their other half as a session may have streams.
    let mut halves: BTreeMap<String, Stream> = BTreeMap::new();
    let mut connections = JoinSet::new();
    while let Some(stream) = session.accept().await {
        let request = request_of(&stream);
        let Some(other) = halves.remove(&request) else {
            halves.insert(request, stream);
            continue;
        };
        let (data, error) = if stream.header("streamtype") == "error" { (other, stream) } else { (stream, other) };
        let (served, namespace, pod) = (served.clone(), namespace.clone(), pod.clone());
        connections.spawn(async move { connect(&served, &namespace, &pod, data, error.writer).await });
        while connections.try_join_next().is_some() {}
    }
}

/// What joins the two streams of a connection; older clients number it only by its streams, the error stream first.
fn request_of(stream: &Stream) -> String {
    match (stream.header("requestid"), stream.header("streamtype")) {
        ("", "error") => stream.id.to_string(),
        ("", _) => stream.id.saturating_sub(2).to_string(),
        (id, _) => id.to_owned(),
    }
}

async fn connect(served: &Served, namespace: &str, pod: &str, data: Stream, error: StreamWriter) {
    let port = data.header("port").to_owned();
    let dialled = match port.parse() {
        Ok(port) => dial(served, namespace, pod, port).await.map_err(|error| error.to_string()),
        Err(_) => Err(format!("{port:?} is no port")),
    };
    match dialled {
        Ok(stream) => carry(stream, data.reader, &data.writer).await,
        Err(why) => {
            let words = format!("error forwarding port {port} to pod {namespace}/{pod}: {why}");
            // A client that has gone needs no reason.
            let _ = error.send(words.into()).await;
        }
    }
    error.finish().await;
    data.writer.finish().await;
}

/// Carries bytes both ways until the pod has ended its half or the client is gone.
async fn carry(stream: TcpStream, mut from_client: StreamReader, to_client: &StreamWriter) {
    let (mut reader, mut writer) = stream.into_split();
    let inward = async {
        while let Some(bytes) = from_client.next().await {
            if writer.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // The pod may have ended already.
        let _ = writer.shutdown().await;
        std::future::pending::<()>().await;
    };
    let outward = async {
        let mut buffer = vec![0; CHUNK];
        while let Ok(length) = reader.read(&mut buffer).await {
            let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            if to_client.send(Bytes::copy_from_slice(bytes)).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = inward => {}
        () = outward => {}
        () = to_client.gone() => {}
    }
}
