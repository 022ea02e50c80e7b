//! The file that events go to, and those it is rotated into.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use kontiki_api::time::Time;

use super::AuditOptions;
use crate::Clock;

/// Upstream's size where none is given, in megabytes.
const DEFAULT_SIZE: u64 = 100;

/// Where events are written to.
pub(super) enum LogFile {
    /// Standard output.
    Stdout(io::Stdout),
    /// A file that is rotated.
    Rotated(Rotated),
}

/// A file that is put aside under the time before it grows too large.
pub(super) struct Rotated {
    path: PathBuf,
    file: BufWriter<File>,
    size: u64,
    max_bytes: u64,
    max_age: Option<Duration>,
    max_backups: usize,
    compress: bool,
    clock: Clock,
}

impl LogFile {
    /// Opens or makes what `options` name.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn open(options: &AuditOptions, clock: Clock) -> io::Result<Self> {
        if options.log == Path::new("-") {
            return Ok(Self::Stdout(io::stdout()));
        }
        let (file, size) = append(&options.log)?;
        let megabytes = if options.max_size == 0 { DEFAULT_SIZE } else { options.max_size };
        Ok(Self::Rotated(Rotated {
            path: options.log.clone(),
            file,
            size,
            max_bytes: megabytes << 20,
            max_age: (options.max_age_days > 0).then(|| Duration::from_secs(options.max_age_days * 86_400)),
            max_backups: options.max_backups,
            compress: options.compress,
            clock,
        }))
    }

    /// Writes one line, which ends in a line break.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.lock().write_all(line),
            Self::Rotated(file) => file.write(line),
        }
    }

    /// Hands what is buffered to the system.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Rotated(file) => file.file.flush(),
        }
    }
}

/// Opens the file at `path` for more, readable by its owner alone, and tells its size.
fn append(path: &Path) -> io::Result<(BufWriter<File>, u64)> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let size = file.metadata()?.len();
    Ok((BufWriter::with_capacity(64 << 10, file), size))
}

impl Rotated {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.size > 0 && self.size + length > self.max_bytes {
            self.rotate()?;
        }
        self.size += length;
        self.file.write_all(line)
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let aside = self.aside((self.clock)());
        std::fs::rename(&self.path, &aside)?;
        (self.file, self.size) = append(&self.path)?;
        if self.compress {
            compress(&aside)?;
        }
        self.tidy()
    }

    /// `audit-2026-01-31T10-20-30.123.log`, as upstream names them.
    fn aside(&self, now: Time) -> PathBuf {
        let stamp = now.micros().replace(':', "-");
        let stamp = stamp.get(..23).unwrap_or(&stamp).to_owned();
        let (stem, extension) = self.parts();
        self.path.with_file_name(format!("{stem}-{stamp}{extension}"))
    }

    fn parts(&self) -> (String, String) {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = text(self.path.extension());
        (text(self.path.file_stem()), if extension.is_empty() { extension } else { format!(".{extension}") })
    }

    /// Removes what was put aside too long ago, and what is too many.
    fn tidy(&self) -> io::Result<()> {
        let (stem, extension) = self.parts();
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (begin, ends) = (format!("{stem}-"), [extension.clone(), format!("{extension}.gz")]);
        let mut aside: Vec<PathBuf> = std::fs::read_dir(folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                name.starts_with(&begin) && ends.iter().any(|end| name.ends_with(end))
            })
            .collect();
        aside.sort();
        aside.reverse();
        let now = SystemTime::UNIX_EPOCH + (self.clock)().since(Time::from_micros(0));
        let is_old = |path: &Path| {
            let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
            let age = modified.and_then(|modified| now.duration_since(modified).ok());
            self.max_age.is_some_and(|max| age.is_some_and(|age| age > max))
        };
        for (at, path) in aside.iter().enumerate() {
            if (self.max_backups > 0 && at >= self.max_backups) || is_old(path) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Replaces the file at `path` by one compressed with gzip.
fn compress(path: &Path) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    let packed = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name)?;
    let mut encoder = GzEncoder::new(packed, Compression::default());
    io::copy(&mut File::open(path)?, &mut encoder)?;
    encoder.finish()?.flush()?;
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_put_aside_before_it_grows_too_large_and_only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let second = AtomicI64::new(0);
        let clock: Clock = Arc::new(move || Time::from_micros(second.fetch_add(1_000_000, Ordering::Relaxed)));
        let options = AuditOptions {
            max_size: 1,
            max_backups: 2,
            compress: true,
            ..AuditOptions::new("none", folder.path().join("audit.log"))
        };
        let mut file = LogFile::open(&options, clock).unwrap();
        let line = [b'x'; 600 << 10];
        for _ in 0..5 {
            file.write(&line).unwrap();
        }
        file.flush().unwrap();
        let kept = names(folder.path());
        assert_eq!(kept.len(), 3, "{kept:?}");
        assert!(kept[0].starts_with("audit-1970-01-01T00-00-") && kept[0].ends_with(".log.gz"), "{kept:?}");
        assert_eq!(kept[2], "audit.log");
        assert_eq!(std::fs::metadata(folder.path().join("audit.log")).unwrap().len(), 600 << 10);
    }
}
