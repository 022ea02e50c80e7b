use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const SOURCE: &str = include_str!("shim.c");

/// Compiles the layer between a process and its clock and disk.
///
/// # Errors
/// Where there is no C compiler.
pub fn compile(folder: &Path) -> Result<PathBuf> {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    std::fs::write(&source, SOURCE)?;
    let mut cc = std::process::Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
    if !cc.status().context("a C compiler is needed")?.success() {
        bail!("{} does not compile", source.display());
    }
    Ok(library)
}

/// What one process is made to believe of its clock and its disk, see `shim.c`.
pub struct Dials {
    file: File,
    path: PathBuf,
}

impl Dials {
    /// All at nothing.
    pub fn new(path: PathBuf) -> Result<Self> {
        let file = File::create(&path)?;
        file.set_len(4096)?;
        Ok(Self { file, path })
    }

    /// The file that the process maps.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The clock of the day is so far ahead.
    pub fn clock(&self, ahead_ms: i64) -> Result<()> {
        self.turn(0, ahead_ms * 1_000_000)
    }

    /// Each write and each sync takes so much longer.
    pub fn disk(&self, write: Duration, sync: Duration) -> Result<()> {
        self.turn(1, i64::try_from(write.as_micros())?)?;
        self.turn(2, i64::try_from(sync.as_micros())?)
    }

    /// Each write and each sync fails with these numbers; 0 for none.
    pub fn refuse(&self, write: i64, sync: i64) -> Result<()> {
        self.turn(3, write)?;
        self.turn(4, sync)
    }

    fn turn(&self, at: u64, value: i64) -> Result<()> {
        self.file.write_all_at(&value.to_ne_bytes(), at * 8).context("the dials of a process")
    }
}
