//! Keys and certificates of a data folder, on their way into and out of backups.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use anyhow::{Context, Result, ensure};
use kontiki_store::backup::KeyFile;

/// The key that seals Secrets.
pub const CLUSTER_KEY: &str = "store/cluster.key";
/// The folder of certificates and their keys.
const PKI: &str = "pki";

/// The keys and certificates of the master in `data_dir`.
///
/// # Errors
/// Where one cannot be read.
pub fn collect(data_dir: &Path) -> Result<Vec<KeyFile>> {
    let mut names = vec![CLUSTER_KEY.to_owned()];
    let folder = data_dir.join(PKI);
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(format!("{PKI}/{}", entry.file_name().to_string_lossy()));
        }
    }
    names.sort();
    let read = |name: String| {
        let path = data_dir.join(&name);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(KeyFile { name, content })
    };
    names.into_iter().map(read).collect()
}

/// Writes `keys` to their places below `data_dir`, for the owner alone.
///
/// # Errors
/// Where one cannot be written, or names a place outside.
pub fn put_back(data_dir: &Path, keys: &[KeyFile]) -> Result<()> {
    for KeyFile { name, content } in keys {
        let path = Path::new(name);
        ensure!(path.components().all(|part| matches!(part, Component::Normal(_))), "the backup names a file {name:?}");
        let path = data_dir.join(path);
        let cannot = || format!("cannot write {}", path.display());
        DirBuilder::new().recursive(true).mode(0o700).create(path.parent().unwrap_or(data_dir)).with_context(cannot)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).with_context(cannot)?;
        file.write_all(content).and_then(|()| file.sync_all()).with_context(cannot)?;
    }
    Ok(())
}
