//! The one binary.

mod backup;
mod bench;
mod history;
mod keys;
mod logging;
mod members;
mod record;
mod up;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Requests are decoded on one thread and freed on another all day long: the C library's allocator spends
/// a fifth of a write's processor time on that (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kubernetes around one replicated, ordered log that remembers everything.
#[derive(Parser, Debug)]
#[command(name = "kontiki", version)]
struct Cli {
    /// How lines of the log look (on standard error; `RUST_LOG` sets how much is told).
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    logging_format: logging::LoggingFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run a whole cluster on this machine, in the foreground.
    Up(up::UpArgs),
    /// Make this machine a master of a cluster that is there, and run it, in the foreground.
    Join(members::JoinArgs),
    /// Who leads, what is kept, and the masters.
    Status(members::StatusArgs),
    /// The masters of the cluster.
    #[command(subcommand)]
    Member(members::MemberCommand),
    /// Tokens with which masters join.
    #[command(subcommand)]
    Token(members::TokenCommand),
    /// The keys under which Secrets are sealed.
    #[command(subcommand)]
    Key(keys::KeyCommand),
    /// Of which kinds the past is kept.
    #[command(subcommand)]
    History(history::HistoryCommand),
    /// Issue the administrator's kubeconfig anew.
    Kubeconfig(members::KubeconfigArgs),
    /// The command line client; also reached by calling this program `kubectl`.
    #[command(disable_help_flag = true)]
    Kubectl {
        /// What kubectl is asked.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Back a master up to one file, running or not.
    Backup(backup::BackupArgs),
    /// Make a data folder of a backup, as of now or of a moment in it.
    Restore(backup::RestoreArgs),
    /// Open a moment of a backup as a sandbox: with simulated nodes, apart from the cluster it was.
    Fork(backup::RestoreArgs),
    /// After most masters are lost for good: go on with what one of them holds.
    Recover(members::RecoverArgs),
    /// Record what a running cluster's reconcilers see and decide, as JSON Lines.
    Record(record::RecordArgs),
    /// Run recordings again: ends at the first plan that differs.
    Replay(record::ReplayArgs),
    /// Measure this server, or another one, and print the figures beside their targets.
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("Error: {}", told(&error));
        ExitCode::FAILURE
    })
}

/// An error and its causes, each said once: many name theirs themselves.
fn told(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |told, cause| match cause.to_string() {
        cause if told.is_empty() => cause,
        cause if told.contains(&cause) => told,
        cause => format!("{told}: {cause}"),
    })
}

fn run() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if called_as("kubectl") {
        logging::start(logging::LoggingFormat::Text);
        return Ok(runtime.block_on(kontiki_kubectl::run(std::env::args_os().collect())));
    }
    let cli = Cli::parse();
    logging::start(cli.logging_format);
    match cli.command {
        Command::Up(args) => runtime.block_on(up::run(args)).map(|()| ExitCode::SUCCESS),
        Command::Join(args) => runtime.block_on(members::join(args)).map(|()| ExitCode::SUCCESS),
        Command::Status(args) => runtime.block_on(members::status(args)).map(|()| ExitCode::SUCCESS),
        Command::Member(command) => runtime.block_on(members::member(command)).map(|()| ExitCode::SUCCESS),
        Command::Token(command) => runtime.block_on(members::token(command)).map(|()| ExitCode::SUCCESS),
        Command::Key(command) => runtime.block_on(keys::key(command)).map(|()| ExitCode::SUCCESS),
        Command::History(command) => runtime.block_on(history::history(command)).map(|()| ExitCode::SUCCESS),
        Command::Kubeconfig(args) => runtime.block_on(members::kubeconfig(args)).map(|()| ExitCode::SUCCESS),
        Command::Kubectl { words } => {
            let args = std::iter::once(OsString::from("kubectl")).chain(words);
            Ok(runtime.block_on(kontiki_kubectl::run(args.collect())))
        }
        Command::Backup(args) => runtime.block_on(backup::backup(args)).map(|()| ExitCode::SUCCESS),
        Command::Restore(args) => runtime.block_on(backup::restore(args)).map(|()| ExitCode::SUCCESS),
        Command::Fork(args) => runtime.block_on(backup::fork(args)).map(|()| ExitCode::SUCCESS),
        Command::Recover(args) => runtime.block_on(members::recover(args)).map(|()| ExitCode::SUCCESS),
        Command::Record(args) => runtime.block_on(record::record(args)).map(|()| ExitCode::SUCCESS),
        Command::Replay(args) => record::replay(&args).map(|()| ExitCode::SUCCESS),
        Command::Bench(args) => runtime.block_on(bench::run(args)).map(|()| ExitCode::SUCCESS),
    }
}

/// Whether the program was started under this name.
fn called_as(name: &str) -> bool {
    let program = std::env::args_os().next().unwrap_or_default();
    std::path::Path::new(&program).file_stem().is_some_and(|stem| stem == name)
}
