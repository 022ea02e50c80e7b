//! `kubectl wait`.

use serde_json::Value;

use super::delete::until_gone;
use super::duration;
use super::select::{Selectors, objects};
use super::watch::Watch;
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::JsonPath;
use crate::resolve::targets;

/// Wait for a condition of objects.
#[derive(clap::Args, Debug)]
pub(crate) struct Wait {
    /// TYPE NAME… or TYPE/NAME…
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// delete, create, condition=NAME[=VALUE] or jsonpath=PATH[=VALUE].
    #[arg(long = "for", required = true)]
    goal: String,
    /// How long at most; negative for a week, 0 for a single look.
    #[arg(long, default_value = "30s", allow_hyphen_values = true)]
    timeout: String,
    /// All objects of the type.
    #[arg(long)]
    all: bool,
}

enum Goal {
    Gone,
    There,
    Condition(String, String),
    Path(JsonPath, Option<String>),
}

impl Wait {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let goal = Goal::parse(&self.goal)?;
        let week = std::time::Duration::from_secs(7 * 24 * 3600);
        let limit = duration::parse(&self.timeout).map_err(Failure::Usage)?.unwrap_or(week);
        let deadline = tokio::time::Instant::now() + limit;
        for place in self.places(cx, &goal).await? {
            let name = format!("{}/{}", place.resource.plural, place.name);
            match tokio::time::timeout_at(deadline, goal.reached(cx, &place)).await {
                Ok(done) => done?,
                Err(_) => return Err(Failure::Usage(format!("timed out waiting for the condition on {name}"))),
            }
            cx.say(format!("{} condition met", place.shown()))?;
        }
        Ok(())
    }

    async fn places(&self, cx: &mut Context<'_>, goal: &Goal) -> Result<Vec<Place>, Failure> {
        let is_named = self.words.len() > 1 || self.words.iter().any(|word| word.contains('/'));
        let may_be_absent = matches!(goal, Goal::Gone | Goal::There);
        if may_be_absent && is_named {
            let mut found = Vec::new();
            for target in targets(&cx.client, &self.words).await? {
                let namespace = cx.scope(&target.resource);
                let place = |name: String| Place { resource: target.resource.clone(), namespace: namespace.clone(), name };
                found.extend(target.names.iter().cloned().map(place));
            }
            return Ok(found);
        }
        let live = objects(cx, &self.words, &self.sources, &self.selectors, self.all).await?;
        if live.is_empty() && !matches!(goal, Goal::Gone) {
            return Err(Failure::usage("no matching resources found"));
        }
        Ok(live.into_iter().map(|(place, _)| place).collect())
    }
}

impl Goal {
    fn parse(text: &str) -> Result<Self, Failure> {
        let (name, rest) = text.split_once('=').unwrap_or((text, ""));
        match name.to_lowercase().as_str() {
            "delete" => Ok(Self::Gone),
            "create" => Ok(Self::There),
            "condition" => {
                let (condition, value) = rest.split_once('=').unwrap_or((rest, "True"));
                Ok(Self::Condition(condition.to_owned(), value.to_owned()))
            }
            "jsonpath" => {
                let end = rest.rfind('}').map_or(rest.len(), |end| end + 1);
                let (path, value) = rest.split_at(end);
                let path = JsonPath::parse(path).map_err(Failure::Usage)?;
                Ok(Self::Path(path, value.strip_prefix('=').map(str::to_owned)))
            }
            _ => Err(Failure::Usage(format!("unrecognized condition: {text:?}"))),
        }
    }

    async fn reached(&self, cx: &mut Context<'_>, place: &Place) -> Result<(), Failure> {
        if matches!(self, Self::Gone) {
            return until_gone(cx, place, "").await;
        }
        let mut watch = Watch::new(place.clone());
        while !watch.next(cx).await?.is_some_and(|object| self.holds(&object)) {}
        Ok(())
    }

    fn holds(&self, object: &Value) -> bool {
        match self {
            Self::Gone => false,
            Self::There => true,
            Self::Condition(name, value) => has_condition(object, name, value),
            Self::Path(path, None) => path.find(object).iter().any(|value| !value.is_null()),
            Self::Path(path, Some(wanted)) => path.render(object).is_ok_and(|text| text == *wanted),
        }
    }
}

/// Whether the condition is so, and not about an older generation.
fn has_condition(object: &Value, name: &str, value: &str) -> bool {
    let number = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_i64);
    let generation = number(object, "/metadata/generation").unwrap_or_default();
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let text = |condition: &Value, member: &str| condition.get(member).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    conditions.filter(|condition| text(condition, "type") == name.to_lowercase()).any(|condition| {
        let observed = number(condition, "/observedGeneration").or_else(|| number(object, "/status/observedGeneration"));
        observed.is_none_or(|observed| observed >= generation) && text(condition, "status") == value.to_lowercase()
    })
}
