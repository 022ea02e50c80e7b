//! The commands.

use anyhow::Result;
use clap::Subcommand;
use http::Method;
use serde_json::Value;

use super::FORGOTTEN;
use crate::members::{Where, ask};

/// `kontiki history …`
#[derive(Subcommand, Clone, Debug)]
pub enum HistoryCommand {
    /// Keep the past of kinds for five minutes only, from now on and on all masters.
    Forget {
        /// The kinds, as `kubectl api-resources -o name` names them; custom ones too.
        #[arg(required = true, value_name = "KINDS")]
        kinds: Vec<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Keep the past of kinds again that were to be forgotten.
    Keep {
        /// The kinds, as `kubectl api-resources -o name` names them.
        #[arg(required = true, value_name = "KINDS")]
        kinds: Vec<String>,
        #[command(flatten)]
        place: Where,
    },
}

/// Says of which kinds the past is kept.
///
/// # Errors
/// The cluster's refusal.
pub async fn history(command: HistoryCommand) -> Result<()> {
    let (method, kinds, place, done) = match command {
        HistoryCommand::Forget { kinds, place } => (Method::PUT, kinds, place, "kept for five minutes from now on"),
        HistoryCommand::Keep { kinds, place } => (Method::DELETE, kinds, place, "kept again"),
    };
    let config = place.config()?;
    for kind in kinds {
        let told = ask(&config, method.clone(), &format!("{FORGOTTEN}/{kind}"), Value::Null).await?;
        let there = told.get("there").and_then(Value::as_bool) == Some(true);
        println!("the past of {kind} is {done}{}", if there { "" } else { " (there are none now: is that its name?)" });
    }
    Ok(())
}
