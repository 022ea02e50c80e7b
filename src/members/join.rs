//! `kontiki join`: this machine becomes a master of a cluster that is there.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use http::Method;
use kontiki_apiserver::pki::{self, KeyBundle};
use kontiki_runtime::client::http::HttpConfig;
use serde_json::Value;

use super::api::{JoinAnswer, JoinRequest};
use super::ask::ask;
use super::identity::Identity;
use super::token::JoinToken;
use crate::up::{self, UpArgs};

/// The flags of `kontiki join`.
#[derive(clap::Args, Clone, Debug)]
pub struct JoinArgs {
    /// A master of the cluster, such as `https://192.0.2.1:6443`.
    pub master: String,
    /// What `kontiki token create` printed there.
    #[arg(long, env = "KONTIKI_TOKEN")]
    pub token: String,
    /// Follow the log without a vote, until `kontiki member promote`.
    #[arg(long)]
    pub learner: bool,
    /// How this master runs.
    #[command(flatten)]
    pub up: UpArgs,
}

/// Fetches number and keys, unless this data folder has joined before; then runs the master.
///
/// # Errors
/// Where the cluster refuses, or a part cannot start.
pub async fn join(args: JoinArgs) -> Result<()> {
    if Identity::read(&args.up.data_dir)?.is_none() {
        become_member(&args).await.with_context(|| format!("cannot join {}", args.master))?;
    }
    up::run(args.up).await
}

async fn become_member(args: &JoinArgs) -> Result<()> {
    let token = JoinToken::parse(&args.token)?;
    let authority = authority(&args.master, &token.pin).await?;
    let address = args.up.address();
    let name = args.up.master_name();
    let request = JoinRequest {
        name: name.clone(),
        peer: SocketAddr::new(address.into(), args.up.peer_port).to_string(),
        api: SocketAddr::new(address.into(), args.up.port).to_string(),
        learner: args.learner,
    };
    let config = HttpConfig {
        server: args.master.clone(),
        ca_pem: authority.into(),
        token: Some(format!("{}.{}", token.id, token.secret)),
        // The name that every master's certificate holds, whatever address it is reached at.
        server_name: Some("kubernetes".into()),
        ..HttpConfig::default()
    };
    let answer = ask(&config, Method::POST, "join", serde_json::to_value(request)?).await?;
    let JoinAnswer { id, keys, cluster_key, cluster } = serde_json::from_value(answer).context("the answer does not read")?;
    let keys = KeyBundle::read(&keys)?;
    keep(args, &keys, &cluster_key)?;
    Identity::joined(id, name, cluster).write(&args.up.data_dir)?;
    println!("member {id} of the cluster at {}", args.master);
    Ok(())
}

/// The cluster's authority, asked for without trust and believed because of its pin.
async fn authority(master: &str, pin: &str) -> Result<String> {
    let anybody = HttpConfig { server: master.into(), insecure: true, ..HttpConfig::default() };
    let value = ask(&anybody, Method::GET, "authority", Value::Null).await?;
    let authority = value.get("authority").and_then(Value::as_str).unwrap_or_default();
    if pki::pin(authority)? != pin {
        bail!("its authority is not the one that the token names: this may be another cluster, or somebody between");
    }
    Ok(authority.into())
}

fn keep(args: &JoinArgs, keys: &KeyBundle, cluster_key: &str) -> Result<()> {
    let store = args.up.data_dir.join("store");
    std::fs::create_dir_all(&store).with_context(|| format!("cannot make {}", store.display()))?;
    keys.store(&args.up.data_dir)?;
    up::write_private(&store.join("cluster.key"), cluster_key)
}
