//! `kubectl api-resources`.

use crate::context::Context;
use crate::failure::Failure;
use crate::print::Columns;
use crate::resolve::all_resources;

/// List what the server serves.
#[derive(clap::Args, Debug)]
pub(crate) struct ApiResources {
    /// wide or name.
    #[arg(short, long, default_value = "")]
    output: String,
    /// Only namespaced ones, or only others.
    #[arg(long)]
    namespaced: Option<bool>,
    /// Only of this group.
    #[arg(long)]
    api_group: Option<String>,
    /// No line of headers.
    #[arg(long)]
    no_headers: bool,
}

impl ApiResources {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let mut found = all_resources(&cx.client).await?;
        found.retain(|resource| self.namespaced.is_none_or(|wanted| wanted == resource.namespaced));
        found.retain(|resource| self.api_group.as_ref().is_none_or(|group| *group == resource.group));
        found.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
        if self.output == "name" {
            return found.iter().try_for_each(|resource| cx.say(resource.full_name()));
        }
        let mut rows = Vec::new();
        let is_wide = self.output == "wide";
        if !self.no_headers {
            let headers = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"];
            rows.push(headers.iter().take(if is_wide { 7 } else { 5 }).map(|header| (*header).to_owned()).collect());
        }
        for resource in found {
            let version = resource.api_version();
            let mut row =
                vec![resource.plural, resource.short.join(","), version, resource.namespaced.to_string(), resource.kind];
            if is_wide {
                row.push(resource.verbs.join(","));
                row.push(resource.categories.join(","));
            }
            rows.push(row);
        }
        Ok(Columns::default().print(cx.out, &rows)?)
    }
}
