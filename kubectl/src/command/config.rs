//! `kubectl config`: reads kubeconfig files.

use std::io::Write;

use crate::config::{Kubeconfig, Overrides};
use crate::failure::Failure;
use crate::print::Columns;

/// Look into kubeconfig files.
#[derive(clap::Args, Debug)]
pub(crate) struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// The context in use.
    CurrentContext,
    /// All contexts.
    GetContexts,
}

impl Config {
    pub(crate) fn run(self, config: &Kubeconfig, flags: &Overrides, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
        match self.what {
            What::CurrentContext => {
                let current = config.current_context().ok_or_else(|| Failure::usage("current-context is not set"))?;
                Ok(writeln!(out, "{current}")?)
            }
            What::GetContexts => {
                let header = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
                let mut rows = vec![header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
                let current = flags.context.as_deref().or_else(|| config.current_context());
                for name in config.names("contexts") {
                    let text = |member: &str| {
                        let entry = config.entry("contexts", name).and_then(|(context, _)| context.get(member)?.as_str());
                        entry.unwrap_or_default().to_owned()
                    };
                    let mark = if current == Some(name) { "*" } else { "" };
                    rows.push(vec![mark.into(), name.into(), text("cluster"), text("user"), text("namespace")]);
                }
                Ok(Columns::default().print(out, &rows)?)
            }
        }
    }
}
