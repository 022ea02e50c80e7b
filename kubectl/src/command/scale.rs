//! `kubectl scale`.

use http::Method;
use kontiki_api::request::PatchType;
use serde_json::{Value, json};

use super::select::{Selectors, objects};
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest::Sources;

/// Set the number of replicas.
#[derive(clap::Args, Debug)]
pub(crate) struct Scale {
    /// TYPE NAME… or TYPE/NAME…
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// The number of replicas wanted.
    #[arg(long, required = true)]
    replicas: i32,
    /// Only where this is the number now.
    #[arg(long)]
    current_replicas: Option<i64>,
    /// All objects of the type.
    #[arg(long)]
    all: bool,
}

impl Scale {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        if self.replicas < 0 {
            return Err(Failure::usage("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"));
        }
        for (place, live) in objects(cx, &self.words, &self.sources, &self.selectors, self.all).await? {
            let now = live.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
            if let Some(expected) = self.current_replicas.filter(|expected| *expected != now) {
                return Err(Failure::Usage(format!("Expected replicas to be {expected}, was {now}")));
            }
            let body = json!({"spec": {"replicas": self.replicas}});
            cx.send(Method::PATCH, &format!("{}/scale", place.path()), PatchType::Merge.media_type(), Some(&body)).await?;
            cx.say(format!("{} scaled", place.shown()))?;
        }
        Ok(())
    }
}
