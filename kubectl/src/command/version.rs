//! `kubectl version`.

use serde_json::{Value, json};

use crate::context::{Context, JSON};
use crate::failure::Failure;
use crate::print::{Format, print_object};

/// Show the versions of client and server.
#[derive(clap::Args, Debug)]
pub(crate) struct Version {
    /// Only the client's.
    #[arg(long)]
    client: bool,
    /// yaml or json.
    #[arg(short, long)]
    output: Option<Format>,
}

impl Version {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let ours = json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0+kontiki"});
        let mut both = json!({"clientVersion": ours});
        if !self.client {
            both["serverVersion"] = cx.client.get("/version", JSON).await?.value;
        }
        if let Some(format) = &self.output {
            return print_object(cx.out, format, &both);
        }
        let text = |pointer: &str| both.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        cx.say(format!("Client Version: {}", text("/clientVersion/gitVersion")))?;
        if self.client { Ok(()) } else { cx.say(format!("Server Version: {}", text("/serverVersion/gitVersion"))) }
    }
}
