//! The one binary.

mod bench;
mod up;

use clap::{Parser, Subcommand};

/// Kubernetes around one replicated, ordered log that remembers everything.
#[derive(Parser, Debug)]
#[command(name = "kontiki", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run a whole cluster on this machine, in the foreground.
    Up(up::UpArgs),
    /// Measure this server, or another one, and print the figures beside their targets.
    Bench(bench::BenchArgs),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    logging();
    match cli.command {
        Command::Up(args) => runtime.block_on(up::run(args)),
        Command::Bench(args) => runtime.block_on(bench::run(args)),
    }
}

/// What the process has to tell goes to standard error; `RUST_LOG` sets how much.
fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
