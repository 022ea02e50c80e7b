//! API server, log and reconcilers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use kontiki_api::kind::Kinds;
use kontiki_apiserver::aggregate;
use kontiki_apiserver::audit::Audit;
use kontiki_apiserver::authenticate::{Authenticator, Tokens, system_clock};
use kontiki_apiserver::authorize::rbac::Rbac;
use kontiki_apiserver::authorize::{Masters, NodeAuthorizer, Union};
use kontiki_apiserver::bootstrap::Bootstrap;
use kontiki_apiserver::custom::establish;
use kontiki_apiserver::flow;
use kontiki_apiserver::forward::Forwarder;
use kontiki_apiserver::pki::{self, MemberTls, Pki, ShownCertificate, api_server_names};
use kontiki_apiserver::review::{Reviewers, reviews};
use kontiki_apiserver::stream::connects;
use kontiki_apiserver::{Server, ServerConfig, apart, http};
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_store::peers::TlsTransport;
use kontiki_store::{Member, SqliteConfig, SqliteStore, Start, Store};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::args::UpArgs;
use super::client::InProcess;
use super::components;
use super::debug::Debug;
use super::machine;
use super::port;
use super::steps::Steps;
use crate::keys::{Keys, TokenKeys};
use crate::members::{self, Identity, Members, Record, Renewal, Renewed, Shared, Subject};

/// First address of the service range: the Service `kubernetes`.
pub const SERVICE_IP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);

/// Tells the member that says that the cluster was recovered without this one.
pub type LeftBehind = watch::Receiver<Option<u64>>;

/// The running control plane.
pub struct ControlPlane {
    /// The log.
    pub store: Arc<dyn Store>,
    /// The same, as one of its members.
    pub log: Arc<SqliteStore>,
    /// The kinds served.
    pub kinds: Arc<Kinds>,
    /// Certificates and keys.
    pub pki: Arc<Pki>,
    /// The same as they are renewed.
    pub issued: watch::Receiver<Arc<Pki>>,
    /// Signs service-account tokens.
    pub tokens: Arc<Tokens>,
    /// Who is asking, for components that serve on their own.
    pub authenticator: Arc<Authenticator>,
    /// Whether they may.
    pub authorizer: Arc<Union>,
    /// Looks into the engines of this process.
    pub debug: Arc<Debug>,
    /// The client of components in this process.
    pub client: Arc<InProcess>,
    /// Address under which the node and its pods reach the API server.
    pub address: Ipv4Addr,
    /// What tells this start from every other on the same cluster.
    pub start_id: u64,
    /// This master.
    pub record: Record,
    /// Told when the members may have changed.
    pub members_changed: Arc<Notify>,
    /// Tells the member that says that the cluster was recovered without this one.
    pub left_behind: LeftBehind,
    audit: Option<Arc<Audit>>,
    /// What the kubelet of this machine shows.
    pub kubelet_certificate: Arc<ShownCertificate>,
    listening: Listening,
}

/// What serves the API's clients, and is called once nothing does any more.
struct Listening {
    task: tokio::task::JoinHandle<()>,
    over: CancellationToken,
}

impl ControlPlane {
    /// Opens the data folder and serves the API.
    pub async fn start(args: &UpArgs, address: Ipv4Addr, stop: &CancellationToken, steps: &mut Steps) -> Result<Self> {
        let now = SystemClock::default().now();
        std::fs::create_dir_all(&args.data_dir)
            .with_context(|| format!("cannot make the data folder {}", args.data_dir.display()))?;
        let identity = Identity::open(&args.data_dir, &args.master_name())?;
        identity.check()?;
        let pki = Arc::new(Pki::open_for(&args.data_dir, now, args.certificate_life)?);
        let renewed = Renewed::new(&pki, subject(args, address, &identity))?;
        steps.done("certificates and keys");
        let (log, left_behind) = open_log(args, address, &identity, renewed.members.clone()).await?;
        let store: Arc<dyn Store> = log.clone();
        let status = store.status();
        steps.done(format!("log open: revision {}, {} objects", status.revision, status.objects));
        let kinds = Arc::new(Kinds::builtin());
        let tokens = Arc::new(Tokens::new(pki.token_key())?);
        let authenticator = Arc::new(args.api.authenticator(&store, &tokens, pki.authority())?);
        let rbac = Rbac::start(store.clone(), stop.clone());
        let node = NodeAuthorizer::new(store.clone(), &kinds);
        let authorizer = Arc::new(Union::new(vec![Arc::new(Masters), Arc::new(node), Arc::new(rbac.clone())]));
        let mut config = ServerConfig::new((*kinds).clone(), store.clone(), authenticator.clone(), authorizer.clone());
        args.api.configure(&mut config, &rbac)?;
        let audit = config.audit.clone();
        config.tokens = Some(tokens.clone());
        let debug = Arc::<Debug>::default();
        components::show(&mut config, &debug);
        config.virtuals = reviews(Reviewers {
            store: store.clone(),
            authenticator: authenticator.clone(),
            authorizer: authorizer.clone(),
            rbac,
            tokens: tokens.clone(),
            clock: system_clock(),
        });
        outward(&mut config, args, &renewed, &pki, stop)?;
        config.address = format!("{address}:{}", args.port);
        let (renewing, issued) = watch::channel(pki.clone());
        let members = Arc::new(cluster(args, &log, &issued, &identity, &tokens));
        config.cluster = Some(members.clone());
        let known = store.clone();
        config.forwarder = Some(Forwarder::new(Arc::new(move |id| members::address_of(&*known, id)), renewed.front()));
        let record = Record { id: identity.id, name: identity.name, api: config.address.clone(), learner: false, removed: false };
        tokio::spawn(members::announce(log.clone(), pki.clone(), record.clone(), stop.clone()));
        let server = Server::new(config);
        follow(&server, stop);
        let kubelet_certificate = renewed.kubelet.clone();
        let listening = listen(args, &renewed.serving, server.clone(), stop).await?;
        tokio::spawn(renewal(args, &store, renewing).run(renewed, stop.clone()));
        steps.done(format!("API server on https://{}:{}", args.listen, args.port));
        let client = Arc::new(InProcess::new(server, store.clone(), kinds.clone()));
        Ok(Self {
            store,
            log,
            kinds,
            pki,
            issued,
            tokens,
            authenticator,
            authorizer,
            debug,
            client,
            address,
            start_id: now.as_micros().unsigned_abs(),
            record,
            members_changed: members.changed.clone(),
            left_behind,
            audit,
            kubelet_certificate,
            listening,
        })
    }

    /// What every cluster starts with, reached at this master's address.
    pub fn bootstrap(&self, args: &UpArgs) -> Bootstrap {
        Bootstrap {
            address: IpAddr::V4(self.address),
            further: Vec::new(),
            port: args.port,
            service_ip: IpAddr::V4(SERVICE_IP),
            authority: self.pki.authority().into(),
            front_proxy: self.pki.front_proxy_authority().into(),
        }
    }

    /// Waits until nothing listens for the API's clients any more.
    pub async fn deaf(&self) {
        self.listening.over.cancelled().await;
    }

    /// Waits until running requests are finished, then closes the log.
    pub async fn end(self) {
        if let Err(error) = self.listening.task.await {
            tracing::error!(%error, "the API server ended badly");
        }
        if let Some(audit) = &self.audit {
            audit.flush().await;
        }
        self.store.close().await;
    }
}

/// How the server reaches others: kubelets, pods, aggregated servers; in a sandbox none of them.
fn outward(config: &mut ServerConfig, args: &UpArgs, renewed: &Renewed, pki: &Pki, stop: &CancellationToken) -> Result<()> {
    let to_kubelets = renewed.to_kubelets.client_config(pki.authority())?;
    let connects = connects(config.store.clone(), to_kubelets, stop.clone())?;
    config.connects = if args.apart { apart(connects) } else { connects };
    config.apart = args.apart;
    config.front_proxy = Some(renewed.aggregated.clone());
    Ok(())
}

/// What answers about the members of this master's cluster.
fn cluster(
    args: &UpArgs,
    log: &Arc<SqliteStore>,
    issued: &watch::Receiver<Arc<Pki>>,
    identity: &Identity,
    tokens: &Arc<Tokens>,
) -> Members {
    let cluster_key = store_folder(args).join("cluster.key");
    let shared = Shared { issued: issued.clone(), cluster_key, cluster: identity.cluster.clone() };
    let tokens = TokenKeys { tokens: tokens.clone(), data_dir: args.data_dir.clone(), turn: Default::default() };
    Members::new(log, shared, Keys::new(identity.id, issued.borrow().clone(), tokens), args.retention())
}

/// Whom the certificates of this machine are for.
fn subject(args: &UpArgs, address: Ipv4Addr, identity: &Identity) -> Subject {
    let names = [machine::host_name(), address.to_string(), args.listen.to_string()];
    let node = args.node_name.clone().unwrap_or_else(machine::host_name);
    let node_names = vec![node.clone(), address.to_string(), "127.0.0.1".into(), "localhost".into()];
    let names = api_server_names(&SERVICE_IP.to_string(), &names);
    Subject { name: identity.name.clone(), names, node: format!("system:node:{node}"), node_names }
}

/// How this machine's certificates are renewed; a renewed kubeconfig names all masters.
fn renewal(args: &UpArgs, store: &Arc<dyn Store>, issued: watch::Sender<Arc<Pki>>) -> Renewal {
    let (store, renewing) = (Arc::clone(store), args.clone());
    let kubeconfig = move |pki: &Pki| {
        let own = url(&renewing);
        let known = members::all_records(&*store).into_iter().filter(|record| !record.removed);
        let others = known.map(|record| format!("https://{}", record.api)).filter(|other| *other != own);
        let servers: Vec<String> = std::iter::once(own.clone()).chain(others).collect();
        write_private(&own_kubeconfig(&renewing), &pki::kubeconfig_of(&servers, pki.authority(), pki.admin()))?;
        merged(&renewing, pki);
        Ok(())
    };
    Renewal { data_dir: args.data_dir.clone(), life: args.certificate_life, kubeconfig: Box::new(kubeconfig), issued }
}

/// What the server does on its own while it runs.
fn follow(server: &Arc<Server>, stop: &CancellationToken) {
    establish(server, stop.clone());
    aggregate::follow(server, stop.clone());
    flow::follow(server, stop.clone());
}

fn store_folder(args: &UpArgs) -> std::path::PathBuf {
    args.data_dir.join("store")
}

/// How long a disk that was full or failed is left alone.
const TRIED_EVERY: std::time::Duration = std::time::Duration::from_millis(500);

/// Opens the log as the member `identity`, reached at `address`.
async fn open_log(
    args: &UpArgs,
    address: Ipv4Addr,
    identity: &Identity,
    tls: Arc<MemberTls>,
) -> Result<(Arc<SqliteStore>, LeftBehind)> {
    let member = Member { id: identity.id, address: SocketAddr::from((address, args.peer_port)).to_string() };
    let start = if identity.joined { Start::Join } else { Start::Found };
    let config = SqliteConfig { member, start, retention: args.retention(), ..SqliteConfig::single(store_folder(args)) };
    if args.peer_port == 0 {
        return Ok((SqliteStore::open(config).await?, watch::channel(None).1));
    }
    let at = SocketAddr::new(args.listen, args.peer_port);
    let transport = TlsTransport::bind(at, tls, identity.cluster_id())
        .with_context(|| format!("other masters cannot be listened for on {at}"))?;
    let left_behind = transport.left_behind();
    Ok((open_at_last(config, Arc::new(transport)).await?, left_behind))
}

/// Opens the log. Where the disk is full or fails, it is tried again until it is not: an operator makes room, and has
/// nothing else to do. Nothing tells when there is room, so it is looked now and then.
async fn open_at_last(config: SqliteConfig, transport: Arc<TlsTransport>) -> Result<Arc<SqliteStore>> {
    let mut told = String::new();
    loop {
        match SqliteStore::open_among(config.clone(), transport.clone()).await {
            Err(error) if error.may_pass() => {
                let text = error.to_string();
                if told != text {
                    tracing::error!(error = text, "the log does not open on this disk; it is tried again until it does");
                }
                told = text;
                tokio::time::sleep(TRIED_EVERY).await;
            }
            opened => return Ok(opened?),
        }
    }
}

async fn listen(
    args: &UpArgs,
    serving: &Arc<ShownCertificate>,
    server: Arc<Server>,
    stop: &CancellationToken,
) -> Result<Listening> {
    let tls = serving.server_config()?;
    let at = SocketAddr::new(args.listen, args.port);
    let listener = port::listen(at).with_context(|| format!("the API server cannot listen on {at}"))?;
    if let Some(port) = args.insecure_port {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let plain = TcpListener::bind(at).await.with_context(|| format!("the insecure API port cannot listen on {at}"))?;
        tracing::warn!(%at, "everybody on this machine may do everything through the insecure port");
        tokio::spawn(http::serve_plain(server.clone(), plain, stop.clone()));
    }
    let (serving, over) = (http::serve(server, listener, tls, stop.clone()), CancellationToken::new());
    let guard = over.clone().drop_guard();
    let task = tokio::spawn(async move {
        serving.await;
        drop(guard);
    });
    Ok(Listening { task, over })
}

/// Writes the admin's kubeconfig to the data folder and, where wanted, a context into `~/.kube/config`.
/// Returns the sentence that tells the user which to use.
pub fn kubeconfigs(args: &UpArgs, pki: &Pki) -> Result<String> {
    let own = own_kubeconfig(args);
    write_private(&own, &pki::kubeconfig(&url(args), pki.authority(), pki.admin()))?;
    Ok(match merged(args, pki).as_deref() {
        Some("kontiki") => "kubectl get nodes".into(),
        Some(_) => "kubectl --context kontiki get nodes".into(),
        None => format!("export KUBECONFIG={}", own.display()),
    })
}

fn own_kubeconfig(args: &UpArgs) -> PathBuf {
    args.data_dir.join("admin.kubeconfig")
}

/// Where clients on this machine reach the API.
fn url(args: &UpArgs) -> String {
    let host = if args.listen.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { args.listen };
    format!("https://{}", SocketAddr::new(host, args.port))
}

/// Puts our context into the user's own kubeconfig, where that is wanted; answers its current context.
fn merged(args: &UpArgs, pki: &Pki) -> Option<String> {
    let home = std::env::var_os("HOME").filter(|_| !args.no_kubeconfig)?;
    let path = Path::new(&home).join(".kube/config");
    match pki::merge_kubeconfig(&path, &url(args), pki.authority(), pki.admin()) {
        Ok(merged) => Some(merged.current_context),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "the context kontiki was not added");
            None
        }
    }
}

/// Replaces `path` by `text`, for its owner alone; a crash leaves the old or the new content.
///
/// # Errors
/// Where it cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let context = || format!("cannot write {}", path.display());
    let part = path.with_extension("part");
    let mut file =
        std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&part).with_context(context)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(context)?;
    std::fs::rename(&part, path).with_context(context)
}
