//! Runs recordings again.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// `kontiki replay`.
#[derive(clap::Args, Clone, Debug)]
pub struct ReplayArgs {
    /// The recordings.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Replays each; ends at the first plan that differs.
///
/// # Errors
/// Which pass decides otherwise, or why a recording cannot be read.
pub fn replay(args: &ReplayArgs) -> Result<()> {
    for path in &args.files {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let summary = kontiki_reconcilers::replay(BufReader::new(file)).with_context(|| path.display().to_string())?;
        println!(
            "{}: {} passes decide as recorded; {} of reconcilers that are not replayed here",
            path.display(),
            summary.passes,
            summary.skipped
        );
    }
    Ok(())
}
