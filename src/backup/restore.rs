//! `kontiki restore` and `kontiki fork`.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use kontiki_api::meta::Resource;
use kontiki_store::backup::{Archive, KeyFile, Moment, Restored};

use super::Sandbox;
use super::args::RestoreArgs;
use super::keys::{CLUSTER_KEY, put_back};
use super::passphrase::passphrase;

/// What masters say of each other: those of the old cluster are not there.
const OF_MASTERS: &str = "kontiki-members";

/// Makes a data folder of a backup.
///
/// # Errors
/// Where the backup is not whole, the passphrase is another one, or the folder is not empty.
pub async fn restore(args: RestoreArgs) -> Result<()> {
    let restored = unpack(&args, |_| true).await?;
    println!("{} is as of revision {} ({})", args.data_dir.display(), restored.revision, restored.time);
    println!("revisions go on from {}; start it with: kontiki up --data-dir {}", restored.next, args.data_dir.display());
    Ok(())
}

/// The same as a sandbox: with an authority of its own, whose nodes are simulated.
///
/// # Errors
/// As [`restore`].
pub async fn fork(args: RestoreArgs) -> Result<()> {
    // Without the cluster's certificates nothing that it runs believes the sandbox.
    let restored = unpack(&args, |key| key.name == CLUSTER_KEY).await?;
    Sandbox { revision: restored.revision, time: restored.time }.write(&args.data_dir)?;
    println!("{} is a sandbox as of revision {} ({})", args.data_dir.display(), restored.revision, restored.time);
    println!("start it with: kontiki up --data-dir {} --port 7443", args.data_dir.display());
    Ok(())
}

async fn unpack(args: &RestoreArgs, wanted: impl Fn(&KeyFile) -> bool) -> Result<Restored> {
    ensure!(is_empty(&args.data_dir)?, "{} is not empty: a backup is restored into a new folder", args.data_dir.display());
    let archive = Archive::open(&args.file).await?;
    let mut keys = archive.keys(&passphrase(&args.passphrase, false)?)?;
    keys.retain(wanted);
    let moment = args.at.unwrap_or(Moment::Newest);
    let restored = archive.restore(&args.data_dir.join("store"), moment, &[Resource::from(OF_MASTERS)]).await?;
    put_back(&args.data_dir, &keys)?;
    Ok(restored)
}

fn is_empty(folder: &Path) -> Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", folder.display())),
    }
}
