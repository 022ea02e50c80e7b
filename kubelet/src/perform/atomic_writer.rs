//! Files that change all at once: upstream's layout of configMap, secret, downwardAPI and projected volumes.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use bytes::Bytes;

/// The link that is exchanged.
const DATA: &str = "..data";
/// The link that takes its place.
const NEXT: &str = "..data_tmp";

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path in the volume.
    pub path: String,
    /// Mode bits.
    pub mode: u32,
    /// Content.
    pub bytes: Bytes,
}

/// Makes `folder` show exactly `files`: readers see all of the old ones or all of the new ones. The
/// visible names are links through `..data`, which leads to a folder of its own for every change.
pub fn write(folder: &Path, files: &[File], group: Option<u32>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    let old = std::fs::read_link(folder.join(DATA)).ok();
    if old.as_ref().is_some_and(|old| is_same(&folder.join(old), files)) {
        return Ok(());
    }
    let stamp = next_name(folder)?;
    let fresh = folder.join(&stamp);
    std::fs::create_dir(&fresh)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o755))?;
    for file in files {
        write_file(&fresh, file, group)?;
    }
    // Left over where a run before this one was killed between the two steps.
    let _ = std::fs::remove_file(folder.join(NEXT));
    symlink(&stamp, folder.join(NEXT))?;
    std::fs::rename(folder.join(NEXT), folder.join(DATA))?;
    links(folder, files)?;
    if let Some(old) = old {
        std::fs::remove_dir_all(folder.join(old))?;
    }
    Ok(())
}

/// A name that no earlier change had.
fn next_name(folder: &Path) -> io::Result<String> {
    let mut newest = 0;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("..v")).and_then(|number| number.parse::<u64>().ok());
        newest = newest.max(number.unwrap_or_default());
    }
    Ok(format!("..v{}", newest + 1))
}

fn write_file(folder: &Path, file: &File, group: Option<u32>) -> io::Result<()> {
    let path = folder.join(&file.path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&path, &file.bytes)?;
    let mode = if group.is_some() { file.mode | (file.mode & 0o600) >> 3 } else { file.mode };
    if let Some(group) = group {
        chown(&path, None, Some(group))?;
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
}

fn is_same(folder: &Path, files: &[File]) -> bool {
    let mut found = BTreeSet::new();
    collect(folder, folder, &mut found);
    found.len() == files.len()
        && files.iter().all(|file| {
            found.contains(&file.path) && std::fs::read(folder.join(&file.path)).is_ok_and(|bytes| bytes == file.bytes)
        })
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(relative) = path.strip_prefix(root) {
            found.insert(relative.to_string_lossy().into_owned());
        }
    }
}

/// The visible names: first parts of the paths. Those of old files go.
fn links(folder: &Path, files: &[File]) -> io::Result<()> {
    let tops: BTreeSet<&str> = files.iter().filter_map(|file| file.path.split('/').next()).collect();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with("..") && !tops.contains(&*name) {
            std::fs::remove_file(entry.path())?;
        }
    }
    for top in tops {
        let link = folder.join(top);
        if std::fs::symlink_metadata(&link).is_err() {
            symlink(Path::new(DATA).join(top), link)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &'static str) -> File {
        File { path: path.into(), mode: 0o640, bytes: Bytes::from_static(text.as_bytes()) }
    }

    #[test]
    fn a_change_exchanges_all_files_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[file("a", "1"), file("d/b", "2")], None).unwrap();
        let first = std::fs::read_link(folder.path().join(DATA)).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("d/b")).unwrap(), "2");
        assert_eq!(std::fs::metadata(folder.path().join("a")).unwrap().permissions().mode() & 0o777, 0o640);
        write(folder.path(), &[file("a", "1"), file("d/b", "2")], None).unwrap();
        assert_eq!(std::fs::read_link(folder.path().join(DATA)).unwrap(), first, "nothing changed");
        write(folder.path(), &[file("a", "3")], None).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("a")).unwrap(), "3");
        assert!(!folder.path().join("d").exists());
        assert!(!folder.path().join(first).exists());
    }
}
