//! `kontiki backup`.

use anyhow::{Context, Result, bail};
use kontiki_store::backup::save;

use super::args::BackupArgs;
use super::keys::{CLUSTER_KEY, collect};
use super::passphrase::passphrase;

/// Backs up a master, running or not, to one file.
///
/// # Errors
/// Where the folder is no master's, or the file cannot be written.
pub async fn backup(args: BackupArgs) -> Result<()> {
    let keys = collect(&args.data_dir).with_context(|| format!("{} is not a master's folder", args.data_dir.display()))?;
    let passphrase = passphrase(&args.passphrase, true)?;
    let saved = save(&args.data_dir.join("store"), &args.file, &keys, &passphrase).await?;
    if collect(&args.data_dir)?.iter().find(|key| key.name == CLUSTER_KEY) != keys.iter().find(|key| key.name == CLUSTER_KEY) {
        // The values may be sealed under a key that is not in it.
        std::fs::remove_file(&args.file).with_context(|| format!("{} must be removed", args.file.display()))?;
        bail!("the cluster's key was rotated meanwhile: type the same again");
    }
    println!("{} holds everything up to revision {} ({})", args.file.display(), saved.revision, saved.time);
    Ok(())
}
