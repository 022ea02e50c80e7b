//! `kontiki key`.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use crate::members::{Where, ask};

/// `kontiki key …`
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Seal Secrets under a new key from now on, put everything there is under it, destroy the old one. All masters must run.
    Rotate {
        #[command(flatten)]
        place: Where,
    },
    /// Sign service-account tokens with a new key from now on; tokens under older ones still hold. All masters must run.
    RotateTokens {
        /// Make no new key; forget the older ones, whose tokens hold no longer.
        #[arg(long)]
        forget: bool,
        #[command(flatten)]
        place: Where,
    },
    /// Make the past of a Secret unreadable for good; all of it where the Secret is deleted.
    Destroy {
        /// The Secret, as NAMESPACE/NAME.
        secret: String,
        #[command(flatten)]
        place: Where,
    },
}

/// Rotates or destroys keys.
///
/// # Errors
/// The cluster's refusal.
pub async fn key(command: KeyCommand) -> Result<()> {
    match command {
        KeyCommand::Rotate { place } => rotate(&place).await,
        KeyCommand::RotateTokens { forget, place } => {
            let what = if forget { "keys/tokens/forget" } else { "keys/tokens/rotate" };
            let answer = ask(&place.config()?, Method::POST, what, Value::Null).await?;
            println!("{}", answer.get("message").and_then(Value::as_str).unwrap_or_default());
            Ok(())
        }
        KeyCommand::Destroy { secret, place } => destroy(&place, &secret).await,
    }
}

async fn rotate(place: &Where) -> Result<()> {
    let config = place.config()?;
    ask(&config, Method::POST, "keys/rotate", Value::Null).await?;
    let mut seen = 0;
    // Each answer waits for something to tell; the rotation ends or fails.
    loop {
        let progress = ask(&config, Method::GET, &format!("keys/rotation/after/{seen}"), Value::Null).await?;
        let change = progress.get("change").and_then(Value::as_u64).unwrap_or_default();
        let text = |name: &str| progress.get(name).and_then(Value::as_str).unwrap_or_default();
        match (text("state"), text("message")) {
            ("Running", step) if change != seen => println!("{step}"),
            ("Running", _) => {}
            ("Done", what) => {
                println!("{what}");
                return Ok(());
            }
            ("Failed", why) => bail!("the rotation broke off, and nothing is lost; type the same again to go on: {why}"),
            _ => bail!("another master leads now: type the same again to go on"),
        }
        seen = change;
    }
}

async fn destroy(place: &Where, secret: &str) -> Result<()> {
    let (namespace, name) = secret.split_once('/').context("say which Secret as NAMESPACE/NAME")?;
    let body = json!({"namespace": namespace, "name": name});
    let answer = ask(&place.config()?, Method::POST, "keys/destroy", body).await?;
    let below = answer.get("below").and_then(Value::as_u64).unwrap_or_default();
    println!("what {secret} was before revision {below} cannot be read any more");
    for left in answer.get("left").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        println!("in a log file it stays until that is next thinned out: {left}");
    }
    Ok(())
}
