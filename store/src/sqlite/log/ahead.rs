use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Zeros written at once.
const STEP: u64 = 1 << 20;
/// With fewer in front of the writer, more are written.
const LOW: u64 = STEP / 2;
/// The file is not made longer than this before it is used from its start again.
const MOST: u64 = 64 << 20;

/// Zeros that the write-ahead file of the log holds where the next appends go. To sync a file that has grown, the system
/// writes its map of blocks and its inode, one after the other, and waits for each.
#[derive(Debug)]
pub(crate) struct Ahead {
    file: Option<Arc<File>>,
    length: u64,
}

impl Ahead {
    /// For the write-ahead file at `path`. Where none lies there, nothing is written.
    pub fn of(path: &Path) -> Self {
        Self { file: File::options().write(true).open(path).ok().map(Arc::new), length: 0 }
    }

    /// Lets the file reach some way beyond `end`, about where the writer is; nobody may write to the file meanwhile. Where
    /// there is no room for zeros, appends make the file longer, and fail if they cannot.
    pub async fn reach(&mut self, end: u64) {
        let Some(file) = self.file.clone().filter(|_| end + LOW > self.length && self.length < MOST) else { return };
        match tokio::task::spawn_blocking(move || lengthen(&file)).await.map_err(io::Error::other).flatten() {
            Ok(length) => self.length = length,
            Err(error) => {
                tracing::warn!(%error, "the log grows with every append");
                self.file = None;
            }
        }
    }
}

/// Writes zeros behind the end of `file`, which has the length returned then.
fn lengthen(file: &File) -> io::Result<u64> {
    let end = file.metadata()?.len();
    // Its end is that of a block then.
    let length = (end + STEP).next_multiple_of(4096);
    let zeros = vec![0; usize::try_from(length - end).map_err(io::Error::other)?];
    file.write_all_at(&zeros, end)?;
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_file_stays_ahead_of_its_writer_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "begun").unwrap();
        let length = || std::fs::metadata(&path).unwrap().len();
        let mut ahead = Ahead::of(&path);
        let mut before = 0;
        for end in (0..80 << 20).step_by(300_000) {
            ahead.reach(end).await;
            assert!(length() >= (end + LOW).min(MOST), "{end}");
            assert!(length() - before <= STEP + 4096);
            before = length();
        }
        assert!((MOST..=MOST + STEP).contains(&length()));
        assert!(std::fs::read(&path).unwrap().starts_with(b"begun\0\0"));
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        Ahead::of(&path).reach(1).await;
        assert!(!path.exists());
    }
}
