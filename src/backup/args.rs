//! The flags of backups.

use std::path::PathBuf;

use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use kontiki_store::backup::Moment;

/// The flags of `kontiki backup`.
#[derive(clap::Args, Clone, Debug)]
pub struct BackupArgs {
    /// The file to write; it must not exist.
    pub file: PathBuf,
    /// Folder of a master, which may be running.
    #[arg(long, default_value = "/var/lib/kontiki", env = "KONTIKI_DATA_DIR")]
    pub data_dir: PathBuf,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// The flags of `kontiki restore` and `kontiki fork`.
#[derive(clap::Args, Clone, Debug)]
pub struct RestoreArgs {
    /// The backup.
    pub file: PathBuf,
    /// The folder to make; it must be empty or not exist.
    #[arg(long)]
    pub data_dir: PathBuf,
    /// As of when: a revision, or a time such as 2026-01-02T03:04:05Z. Everything in the backup where not given.
    #[arg(long, value_name = "TIME|REVISION", value_parser = moment)]
    pub at: Option<Moment>,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Where the recovery passphrase comes from: this file, else `KONTIKI_PASSPHRASE`, else the person at the terminal.
#[derive(clap::Args, Clone, Debug)]
pub struct PassphraseArgs {
    /// A file whose first line is the recovery passphrase; KONTIKI_PASSPHRASE, or a question, where not given.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

fn moment(text: &str) -> Result<Moment, String> {
    match (Revision::parse(text), Time::parse(text)) {
        (Some(revision), _) => Ok(Moment::Revision(revision)),
        (None, Some(time)) => Ok(Moment::Time(time)),
        (None, None) => Err("it is neither a revision nor a time such as 2026-01-02T03:04:05Z".into()),
    }
}
