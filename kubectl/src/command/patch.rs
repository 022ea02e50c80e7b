//! `kubectl patch`.

use std::path::PathBuf;

use http::Method;
use kontiki_api::request::PatchType;
use kontiki_api::yaml::{self, Duplicates};
use serde_json::Value;

use super::select::{Selectors, objects};
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::{Format, print_object};

/// Change fields by a patch.
#[derive(clap::Args, Debug)]
pub(crate) struct Patch {
    /// TYPE NAME or TYPE/NAME.
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    /// The patch, as JSON or YAML.
    #[arg(short, long)]
    patch: Option<String>,
    /// A file with the patch.
    #[arg(long)]
    patch_file: Option<PathBuf>,
    /// json, merge or strategic.
    #[arg(long, default_value = "strategic")]
    r#type: String,
    /// Patch a subresource: status or scale.
    #[arg(long)]
    subresource: Option<String>,
    /// yaml, json, name, jsonpath=…
    #[arg(short, long)]
    output: Option<Format>,
}

impl Patch {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let form = match self.r#type.as_str() {
            "json" => PatchType::Json,
            "merge" => PatchType::Merge,
            "strategic" => PatchType::Strategic,
            other => return Err(Failure::Usage(format!("--type must be one of [json merge strategic], not {other:?}"))),
        };
        let body = self.body()?;
        for (place, live) in objects(cx, &self.words, &self.sources, &Selectors::default(), false).await? {
            let path = match &self.subresource {
                Some(part) => format!("{}/{part}", place.path()),
                None => place.path(),
            };
            let patched = cx.send(Method::PATCH, &path, form.media_type(), Some(&body)).await?;
            let revision = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
            match &self.output {
                Some(format) => print_object(cx.out, format, &patched)?,
                None if revision(&patched) == revision(&live) => cx.say(format!("{} patched (no change)", place.shown()))?,
                None => cx.say(format!("{} patched", place.shown()))?,
            }
        }
        Ok(())
    }

    fn body(&self) -> Result<Value, Failure> {
        let text = match (&self.patch, &self.patch_file) {
            (Some(text), _) => text.clone(),
            (None, Some(path)) => {
                std::fs::read_to_string(path).map_err(|source| Failure::File { path: path.display().to_string(), source })?
            }
            (None, None) => {
                return Err(Failure::usage("must specify --patch or --patch-file containing the contents of the patch"));
            }
        };
        yaml::read_one(text.as_bytes(), Duplicates::LastWins)
            .map_err(|error| Failure::Usage(format!("unable to parse {text:?}: {error}")))
    }
}
