//! Records what a running cluster's reconcilers see and decide.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::try_join_all;
use http_body_util::{BodyDataStream, BodyExt};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method};
use kontiki_runtime::client::http::{HttpClient, Kubeconfig, accepted};
use serde::Deserialize;

/// `kontiki record`.
#[derive(clap::Args, Clone, Debug)]
pub struct RecordArgs {
    /// Folder for the recordings: one file per engine, `controllers.jsonl`, `scheduler.jsonl`, …
    folder: PathBuf,
    /// Kubeconfig of a user who may read `/debug/*`; that of the data folder where not given.
    #[arg(long, env = "KUBECONFIG", default_value = "/var/lib/kontiki/admin.kubeconfig")]
    kubeconfig: PathBuf,
    /// Record the passes of these reconcilers alone, and of the cluster what they look at.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    reconcilers: Vec<String>,
    /// Stop after so many seconds; until Ctrl-C where not given.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

#[derive(Deserialize)]
struct Listing {
    reconcilers: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    engine: String,
}

/// Records until told to stop.
///
/// # Errors
/// Where the cluster is not reached or refuses, a reconciler is not known, or a file cannot be written.
pub async fn record(args: RecordArgs) -> Result<()> {
    let config = Kubeconfig::read(&args.kubeconfig, None)?;
    let client = HttpClient::new(&config.http)?;
    let engines = engines(&client, &args.reconcilers).await?;
    std::fs::create_dir_all(&args.folder).with_context(|| format!("cannot make the folder {}", args.folder.display()))?;
    let recordings = engines.iter().map(|engine| one(&client, engine, &args));
    let end = async {
        match args.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = try_join_all(recordings) => ended.map(drop),
        () = end => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped.context("cannot listen for Ctrl-C"),
    }
}

/// The engines that run `wanted`; all of them where nothing is named.
async fn engines(client: &HttpClient, wanted: &[String]) -> Result<BTreeSet<String>> {
    let mut pages = get(client, "/debug/reconcilers").await?;
    let mut bytes = Vec::new();
    while let Some(part) = pages.next().await {
        bytes.extend_from_slice(&part?);
    }
    let listing: Listing = serde_json::from_slice(&bytes).context("/debug/reconcilers does not read")?;
    if let Some(unknown) = wanted.iter().find(|name| listing.reconcilers.iter().all(|listed| listed.name != **name)) {
        let names: Vec<_> = listing.reconcilers.iter().map(|listed| &*listed.name).collect();
        bail!("there is no reconciler {unknown:?}, but {}", names.join(", "));
    }
    let chosen = listing.reconcilers.into_iter().filter(|listed| wanted.is_empty() || wanted.contains(&listed.name));
    Ok(chosen.map(|listed| listed.engine).collect())
}

async fn one(client: &HttpClient, engine: &str, args: &RecordArgs) -> Result<()> {
    let path = args.folder.join(engine).with_extension("jsonl");
    let mut file = create(&path)?;
    let only = args.reconcilers.join(",");
    let mut lines = get(client, &format!("/debug/recordings/{engine}?reconcilers={only}")).await?;
    println!("recording {engine} into {}", path.display());
    while let Some(part) = lines.next().await {
        file.write_all(&part?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    bail!("the recording of {engine} ended: the cluster stopped, or this reader was too slow")
}

/// The body at `path`, as it arrives.
async fn get(client: &HttpClient, path: &str) -> Result<BodyDataStream<Incoming>> {
    let answer = client.send(Method::GET, path, HeaderMap::new(), Bytes::new()).await?;
    Ok(accepted(answer).await?.into_body().into_data_stream())
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot make {}", path.display()))
}
