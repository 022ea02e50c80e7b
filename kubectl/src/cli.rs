//! The tree of commands and flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command;
use crate::config::Overrides;

/// Controls a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(name = "kubectl", disable_version_flag = true, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// The kubeconfig file to use.
    #[arg(long, global = true)]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig context to use.
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// The kubeconfig cluster to use.
    #[arg(long, global = true)]
    pub cluster: Option<String>,
    /// The kubeconfig user to use.
    #[arg(long, global = true)]
    pub user: Option<String>,
    /// The namespace of this request.
    #[arg(short, long, global = true)]
    pub namespace: Option<String>,
    /// Address and port of the API server.
    #[arg(short, long, global = true)]
    pub server: Option<String>,
    /// Bearer token.
    #[arg(long, global = true)]
    pub token: Option<String>,
    /// Certificate file of the authority that signs the server's.
    #[arg(long, global = true)]
    pub certificate_authority: Option<PathBuf>,
    /// Accept any certificate of the server.
    #[arg(long, global = true)]
    pub insecure_skip_tls_verify: bool,
    /// Taken for the sake of scripts; nothing more is told.
    #[arg(short = 'v', long = "v", global = true, hide = true)]
    pub verbosity: Option<u8>,
}

impl Global {
    /// What goes before the kubeconfig.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            server: self.server.clone(),
            token: self.token.clone(),
            namespace: self.namespace.clone(),
            authority: self.certificate_authority.clone(),
            insecure: self.insecure_skip_tls_verify,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the cluster what files say.
    Apply(command::Apply),
    /// Make objects from files, or a few kinds from flags.
    Create(command::Create),
    /// Show objects.
    Get(command::Get),
    /// Show one object or a group of objects in detail.
    Describe(command::Describe),
    /// Print what a container writes.
    Logs(command::Logs),
    /// Run a program in a container.
    Exec(command::Exec),
    /// Set the number of replicas.
    Scale(command::Scale),
    /// Follow and steer the rollout of a workload.
    Rollout(command::Rollout),
    /// Wait for a condition of objects.
    Wait(command::Wait),
    /// Delete objects.
    Delete(command::Delete),
    /// Change labels.
    Label(command::Label),
    /// Change annotations.
    Annotate(command::Annotate),
    /// Change fields by a patch.
    Patch(command::Patch),
    /// Set parts of objects.
    Set(command::Set),
    /// Show events.
    Events(command::Events),
    /// List what the server serves.
    ApiResources(command::ApiResources),
    /// Show the versions of client and server.
    Version(command::Version),
    /// Look into kubeconfig files.
    Config(command::Config),
}
