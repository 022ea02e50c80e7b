use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::OpenError;

/// The folder is ours for as long as this lives; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes `folder` where it is missing and locks it.
    pub fn take(folder: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File { path: folder.into(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let file = File::create(folder.join("lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.into())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
