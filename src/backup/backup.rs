//! `kontiki backup`.

use anyhow::{Context, Result};
use kontiki_store::backup::save;

use super::args::BackupArgs;
use super::keys::collect;
use super::passphrase::passphrase;

/// Backs up a master, running or not, to one file.
///
/// # Errors
/// Where the folder is no master's, or the file cannot be written.
pub async fn backup(args: BackupArgs) -> Result<()> {
    let keys = collect(&args.data_dir).with_context(|| format!("{} is not a master's folder", args.data_dir.display()))?;
    let passphrase = passphrase(&args.passphrase, true)?;
    let saved = save(&args.data_dir.join("store"), &args.file, &keys, &passphrase).await?;
    println!("{} holds everything up to revision {} ({})", args.file.display(), saved.revision, saved.time);
    Ok(())
}
