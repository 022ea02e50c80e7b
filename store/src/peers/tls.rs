use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::client::Connection;
use super::cluster_id::{greet, welcome};
use super::serve::answer;
use super::{ClusterId, Handler, Lane, Stranger, Transport, TransportError};
use crate::Member;

/// The name that every member's certificate holds, and nobody else's: it, not the address, shows the role.
pub const MEMBER_NAME: &str = "member.kontiki.internal";

/// A peer has this long to finish its handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a connection to a member may take that is made before there is anything to send.
const DIAL: Duration = Duration::from_secs(1);
/// Between two tries to reach a member that cannot be reached.
const REDIAL: Duration = Duration::from_millis(500);
/// Before the first try after a connection broke that could not be made again; twice as long before each further one.
const RETRY: Duration = Duration::from_millis(5);
/// A connection on which an answer is late is given up only when nothing else has come for so long: a new one
/// would cost a busy peer more than the answer.
const SILENCE: Duration = Duration::from_secs(1);
/// How long nothing is accepted after accepting failed, so that a full table of files is no busy loop.
const PAUSE: Duration = Duration::from_millis(50);

/// This member's certificates towards its peers. They are asked for at every connection, so that renewed ones are
/// taken up without a restart. Both sides must verify that the other holds [`MEMBER_NAME`].
pub trait PeerTls: Send + Sync + 'static {
    /// For connections to peers.
    fn client(&self) -> Arc<rustls::ClientConfig>;

    /// For connections from peers.
    fn server(&self) -> Arc<rustls::ServerConfig>;
}

/// Messages over mutual TLS. There is one connection per member and lane, made when it is needed.
pub struct TlsTransport {
    listener: std::net::TcpListener,
    tls: Arc<dyn PeerTls>,
    cluster: Arc<ClusterId>,
    left_behind: watch::Sender<Option<u64>>,
    connections: Mutex<HashMap<(u64, Lane), (String, Connection)>>,
}

impl TlsTransport {
    /// Listens on `address` for members of `cluster`. Connections are accepted once the store serves.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
    pub fn bind(address: SocketAddr, tls: Arc<dyn PeerTls>, cluster: ClusterId) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let left_behind = watch::Sender::default();
        Ok(Self { listener, tls, cluster: Arc::new(cluster), left_behind, connections: Mutex::default() })
    }

    /// Tells the member that says that the cluster was recovered without this one, as soon as one does.
    pub fn left_behind(&self) -> watch::Receiver<Option<u64>> {
        self.left_behind.subscribe()
    }

    /// The address listened on.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    async fn connection(&self, to: &Member, lane: Lane) -> io::Result<Connection> {
        let known = self.connections.lock().get(&(to.id, lane)).cloned();
        if let Some((address, connection)) = known
            && address == to.address
            && connection.is_open()
        {
            return Ok(connection);
        }
        let stream = connect(&*self.tls, &self.cluster, &to.address).await.inspect_err(|error| {
            if is_left_behind(error) {
                self.left_behind.send_replace(Some(to.id));
            }
        })?;
        let connection = Connection::start(stream);
        self.connections.lock().insert((to.id, lane), (to.address.clone(), connection.clone()));
        Ok(connection)
    }

    /// A connection for each lane that must not wait, once there is a way to `to`.
    async fn stand(&self, to: &Member) -> Connection {
        loop {
            if let Ok(pulse) = self.dial(to).await {
                return pulse;
            }
            // Nothing tells when a member that cannot be reached can be reached again.
            tokio::time::sleep(REDIAL).await;
        }
    }

    async fn dial(&self, to: &Member) -> io::Result<Connection> {
        let pulse = tokio::time::timeout(DIAL, self.connection(to, Lane::Pulse)).await??;
        // What cannot be made now is made when it is needed.
        let _ = tokio::time::timeout(DIAL, self.connection(to, Lane::Log)).await;
        Ok(pulse)
    }

    /// The next call makes a new connection.
    fn forget(&self, to: &Member, lane: Lane) {
        self.connections.lock().remove(&(to.id, lane));
    }
}

/// Whether a member of `cluster` answers at `address`.
///
/// # Errors
/// Where none does, within a few seconds.
pub async fn probe(tls: &dyn PeerTls, cluster: &ClusterId, address: &str) -> io::Result<()> {
    tokio::time::timeout(HANDSHAKE, connect(tls, cluster, address)).await?.map(drop)
}

async fn connect(tls: &dyn PeerTls, cluster: &ClusterId, address: &str) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from(MEMBER_NAME).map_err(io::Error::other)?;
    let mut stream = TlsConnector::from(tls.client()).connect(name, stream).await?;
    greet(&mut stream, cluster).await?;
    Ok(stream)
}

fn is_left_behind(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref()) == Some(&Stranger::LeftBehind)
}

#[async_trait]
impl Transport for TlsTransport {
    async fn call(&self, to: &Member, lane: Lane, message: Bytes, limit: Duration) -> Result<Bytes, TransportError> {
        let unreachable = |why: String| TransportError::Unreachable(to.id, why);
        let end = tokio::time::Instant::now() + limit;
        let connection = match tokio::time::timeout_at(end, self.connection(to, lane)).await {
            Ok(connection) => connection.map_err(|error| unreachable(error.to_string()))?,
            Err(_) => return Err(unreachable(format!("no connection within {limit:?}"))),
        };
        let unanswered = |why: String| {
            self.forget(to, lane);
            TransportError::Unanswered(to.id, why)
        };
        match tokio::time::timeout_at(end, connection.call(message)).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(unanswered("the connection broke".into())),
            Err(_) if connection.silence() > SILENCE => Err(unanswered(format!("nothing for {SILENCE:?}"))),
            Err(_) => Err(TransportError::Unanswered(to.id, format!("nothing within {limit:?}"))),
        }
    }

    async fn gone(&self, member: &Member) {
        self.stand(member).await.closed().await;
        let mut pause = RETRY;
        loop {
            match self.dial(member).await {
                Ok(pulse) => {
                    pulse.closed().await;
                    pause = RETRY;
                }
                // Nothing listens there any more.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return,
                // A process that ends may close its connections before it stops to listen; nothing tells when it does.
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(REDIAL);
                }
            }
        }
    }

    async fn serve(&self, handler: Arc<dyn Handler>) {
        let listener = self.listener.try_clone().and_then(TcpListener::from_std);
        let listener = match listener {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "peers cannot connect"),
        };
        let mut connections = JoinSet::new();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let tls = TlsAcceptor::from(self.tls.server());
                    connections.spawn(accept(stream, tls, Arc::clone(&self.cluster), Arc::clone(&handler)));
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a peer's connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn accept(stream: TcpStream, tls: TlsAcceptor, cluster: Arc<ClusterId>, handler: Arc<dyn Handler>) {
    let _ = stream.set_nodelay(true);
    let handshake = async {
        let mut stream = tls.accept(stream).await?;
        welcome(&mut stream, &cluster).await?;
        io::Result::Ok(stream)
    };
    match tokio::time::timeout(HANDSHAKE, handshake).await {
        Ok(Ok(stream)) => answer(stream, handler).await,
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => tracing::debug!(%error, "a peer went away"),
        Ok(Err(error)) => tracing::warn!(%error, "a peer was refused"),
        Err(_) => tracing::warn!("a peer's handshake took too long"),
    }
}

impl std::fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsTransport").field("listener", &self.listener).finish_non_exhaustive()
    }
}
