use std::path::PathBuf;
use std::time::Duration;

/// What a run is to be like.
#[derive(clap::Parser, Clone, Debug)]
#[command(about = "Breaks three masters and says whether their clients and watchers could tell")]
pub struct Options {
    /// From what every choice of the nemesis and of the clients follows.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How long things are broken, in seconds.
    #[arg(long, default_value_t = 60, conflicts_with = "minutes")]
    pub seconds: u64,
    /// The same in minutes.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Clients that read and write.
    #[arg(long, default_value_t = 24)]
    pub clients: u64,
    /// Watchers.
    #[arg(long, default_value_t = 9)]
    pub watchers: usize,
    /// The binary whose masters are broken; without it the `kontiki` beside this program.
    #[arg(long, env = "KONTIKI_CHAOS_PROGRAM")]
    pub program: Option<PathBuf>,
    /// Where data, logs and, after a violation, histories are put; without it a folder for the time of the run.
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// Falsifies the answer of one in so many reads, as a server does that serves stale ones: then the run must fail.
    #[arg(long, hide = true)]
    pub falsify: Option<u32>,
    /// Breaks nothing.
    #[arg(long)]
    pub calm: bool,
}

impl Options {
    /// How long things are broken.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.minutes.map_or(self.seconds, |minutes| minutes * 60))
    }
}
