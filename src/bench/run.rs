//! The run: start or find a server, measure, print.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::connection::Peer;
use super::load::{self, Make};
use super::process::Server;
use super::table::{Row, print};

/// `kontiki bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// Another API server to measure, such as `127.0.0.1:6443`; without it a fresh one of ours is started and ended.
    #[arg(long, requires = "token")]
    server: Option<String>,
    /// Bearer token of a user who may do everything there.
    #[arg(long)]
    token: Option<String>,
    /// CA certificate (PEM) of that server; without it its certificate is not checked.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Requests per load; pods of the LIST are half as many at most 10,000.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// Watchers of the larger fan-out.
    #[arg(long, default_value_t = 1_000)]
    watchers: usize,
}

impl BenchArgs {
    /// Pods of the loads that make or read many.
    fn pods(&self) -> usize {
        (self.requests / 2).min(10_000)
    }
}

/// Measures and prints the table.
pub async fn run(args: BenchArgs) -> Result<()> {
    let mut rows = Vec::new();
    if let (Some(server), Some(token)) = (&args.server, &args.token) {
        let peer = Peer { authority: server.clone(), token: token.clone(), tls: Arc::new(foreign_tls(args.ca.as_deref())?) };
        measure(&peer, None, &args, &mut rows).await?;
        print(&rows);
        return Ok(());
    }
    fresh(&args, &mut rows).await?;
    populated(&args, &mut rows).await?;
    print(&rows);
    Ok(())
}

/// A fresh server of ours: how it starts, and everything that is timed.
async fn fresh(args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    let (folder, port) = place()?;
    let server = Server::start(folder.path(), port, || own_peer(folder.path(), port)).await?;
    let ready = format!("{} ms", server.ready.as_millis());
    rows.push(Row { name: "ready after start", figure: ready, target: "< 500 ms", cpu: None });
    rows.push(Row {
        name: "resident memory, idle, no node",
        figure: megabytes(server.resident()?),
        target: "< 60 MB",
        cpu: None,
    });
    measure(&own_peer(folder.path(), port)?, Some(&server), args, rows).await?;
    let what = "resident memory after these loads";
    rows.push(Row { name: what, figure: megabytes(server.resident()?), target: "-", cpu: None });
    Ok(())
}

/// Another server of ours that holds what a large cluster holds.
async fn populated(args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    let (folder, port) = place()?;
    let server = Server::start(folder.path(), port, || own_peer(folder.path(), port)).await?;
    let peer = own_peer(folder.path(), port)?;
    load::prepare(&peer).await?;
    let pods = args.pods();
    load::throughput(&peer, pods / 10, load::create_node).await?;
    load::throughput(&peer, pods, load::create_pod).await?;
    let figure = format!("{} ({pods})", megabytes(server.resident()?));
    rows.push(Row { name: "resident memory, 10,000 pods, 1,000 nodes", figure, target: "< 250 MB", cpu: None });
    Ok(())
}

/// Where a server of ours keeps its data and listens.
fn place() -> Result<(tempfile::TempDir, u16)> {
    let folder = tempfile::tempdir().context("cannot make a folder for the server's data")?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok((folder, port))
}

async fn measure(peer: &Peer, server: Option<&Server>, args: &BenchArgs, rows: &mut Vec<Row>) -> Result<()> {
    load::prepare(peer).await?;
    let loads: [(&str, &str, Make); 3] = [
        ("create ConfigMap, 64 connections", "16,000/s", load::create_config_map),
        ("merge patch, 64 connections", "11,000/s", load::patch_config_map),
        ("GET, 64 connections", "32,500/s", load::get_config_map),
    ];
    for (name, target, make) in loads {
        rows.push(rate(peer, server, args.requests, name, target, make).await?);
    }
    let serial = load::serial(peer, 500, load::create_serially).await?;
    let figure = format!("{:.2} ms", serial.as_secs_f64() * 1e3);
    rows.push(Row { name: "one serial create, median", figure, target: "-", cpu: None });
    let pods = args.pods();
    rows.push(rate(peer, server, pods, "create Pod, 64 connections", "10,500/s", load::create_pod).await?);
    let list = load::serial(peer, 9, load::list_pods).await?;
    let figure = format!("{:.1} ms ({pods})", list.as_secs_f64() * 1e3);
    rows.push(Row { name: "LIST 10,000 pods, uncompressed, median", figure, target: "27 ms", cpu: None });
    for (name, target, watchers) in
        [("watch fan-out, 100 watchers", "460,000/s", 100), ("watch fan-out, many watchers", "-", args.watchers)]
    {
        let events = load::fan_out(peer, watchers, 2_000).await?;
        rows.push(Row { name, figure: format!("{events:.0}/s ({watchers})"), target, cpu: None });
    }
    load::clean(peer).await
}

async fn rate(
    peer: &Peer,
    server: Option<&Server>,
    total: usize,
    name: &'static str,
    target: &'static str,
    make: Make,
) -> Result<Row> {
    let before = server.map(Server::cpu).transpose()?;
    let rate = load::throughput(peer, total, make).await.with_context(|| name.to_string())?;
    let after = server.map(Server::cpu).transpose()?;
    let cpu = before.zip(after).map(|(before, after)| (after - before) * 1000.0 / total as f64);
    Ok(Row { name, figure: format!("{rate:.0}/s"), target, cpu })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The way into our own server: the admin's certificate from its data folder.
fn own_peer(folder: &Path, port: u16) -> Result<Peer> {
    let pki = folder.join("pki");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(pki.join("ca.crt"))?)?;
    let chain = vec![CertificateDer::from_pem_file(pki.join("admin.crt"))?];
    let key = PrivateKeyDer::from_pem_file(pki.join("admin.key"))?;
    let tls = builder()?.with_root_certificates(roots).with_client_auth_cert(chain, key)?;
    Ok(Peer { authority: format!("127.0.0.1:{port}"), token: String::new(), tls: Arc::new(tls) })
}

fn foreign_tls(ca: Option<&Path>) -> Result<rustls::ClientConfig> {
    let Some(ca) = ca else {
        let config = builder()?.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer));
        return Ok(config.with_no_client_auth());
    };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).with_context(|| format!("cannot read {}", ca.display()))?)?;
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?)
}

/// Takes any server certificate: measuring a server whose CA was not given.
#[derive(Debug)]
struct AnyServer;

impl rustls::client::danger::ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
