//! `kubectl describe`.

mod events;
mod generic;
mod network;
mod node;
mod page;
mod pod;
mod workload;

use serde_json::Value;

use super::select::{Selectors, objects};
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use page::Page;

/// Show one object or a group of objects in detail.
#[derive(clap::Args, Debug)]
pub(crate) struct Describe {
    /// TYPE [NAME…] or TYPE/NAME…
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// Events of the object.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    show_events: bool,
}

impl Describe {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        for (at, (place, live)) in objects(cx, &self.words, &self.sources, &self.selectors, true).await?.into_iter().enumerate() {
            if at > 0 {
                cx.say("\n")?;
            }
            let mut page = describe(&place, &live);
            match place.resource.kind.as_str() {
                "Service" => network::endpoints(cx, &mut page, &live).await?,
                "Node" => node::pods(cx, &mut page, &place.name).await?,
                _ => {}
            }
            if self.show_events {
                events::write(cx, &mut page, &place, &live).await?;
            }
            page.print(cx.out)?;
        }
        Ok(())
    }
}

fn describe(place: &Place, object: &Value) -> Page {
    let mut page = Page::default();
    match place.resource.kind.as_str() {
        "Pod" => pod::write(&mut page, object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "ReplicationController" | "Job" => {
            workload::write(&mut page, object);
        }
        "Service" => network::write(&mut page, object),
        "Node" => node::write(&mut page, object),
        _ => generic::write(&mut page, object),
    }
    page
}
