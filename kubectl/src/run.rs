//! Entry points.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use futures::future::BoxFuture;

use crate::cli::{Cli, Command};
use crate::config::{Access, Kubeconfig};
use crate::context::Context;
use crate::failure::Failure;
use crate::transport::Client;

/// Runs one command with the process's environment and terminal. `args` begin with the program's name.
pub fn run(args: Vec<OsString>) -> BoxFuture<'static, ExitCode> {
    Box::pin(async move {
        let environment = |name: &str| std::env::var(name).ok();
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        ExitCode::from(run_in(args.into_iter(), &environment, &mut out, &mut err).await)
    })
}

/// Runs one command with the given environment and terminal, and answers with its exit code.
pub async fn run_in(
    args: impl Iterator<Item = OsString>,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(refusal) => {
            let is_help = !refusal.use_stderr();
            let _ = if is_help { write!(out, "{refusal}") } else { write!(err, "{refusal}") };
            return u8::from(!is_help);
        }
    };
    match dispatch(cli, environment, out, err).await {
        Ok(()) => 0,
        Err(failure) => {
            let text = failure.to_string();
            if !text.is_empty() {
                let _ = writeln!(err, "{text}");
            }
            failure.code()
        }
    }
}

async fn dispatch(
    cli: Cli,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let home = environment("HOME").map(PathBuf::from);
    let config = Kubeconfig::load(cli.global.kubeconfig.as_deref(), environment("KUBECONFIG").as_deref(), home.as_deref())?;
    if let Command::Config(command) = cli.command {
        return command.run(&config, &cli.global.overrides(), out);
    }
    let access = Access::resolve(&config, &cli.global.overrides())?;
    let client = Client::new(&access)?;
    let mut cx = Context { client, namespace: access.namespace, out, err };
    let cx = &mut cx;
    match cli.command {
        Command::Apply(command) => command.run(cx).await,
        Command::Create(command) => command.run(cx).await,
        Command::Get(command) => command.run(cx).await,
        Command::Describe(command) => command.run(cx).await,
        Command::Logs(command) => command.run(cx).await,
        Command::Exec(command) => command.run(cx).await,
        Command::Scale(command) => command.run(cx).await,
        Command::Rollout(command) => command.run(cx).await,
        Command::Wait(command) => command.run(cx).await,
        Command::Delete(command) => command.run(cx).await,
        Command::Label(command) => command.run(cx).await,
        Command::Annotate(command) => command.run(cx).await,
        Command::Patch(command) => command.run(cx).await,
        Command::Set(command) => command.run(cx).await,
        Command::Events(command) => command.run(cx).await,
        Command::ApiResources(command) => command.run(cx).await,
        Command::Version(command) => command.run(cx).await,
        Command::Config(_) => Ok(()),
    }
}
