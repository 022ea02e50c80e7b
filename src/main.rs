//! The one binary.

mod bench;

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
    /// Measure this server, or another one, and print the figures beside their targets.
    Bench(bench::BenchArgs),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match cli.command {
        Command::Bench(args) => runtime.block_on(bench::run(args)),
    }
}
