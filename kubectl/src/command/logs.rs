//! `kubectl logs`.

use serde_json::Value;

use super::duration;
use super::pods::{container_of, containers, pod_of};
use super::select::{Selectors, items_of};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{by_name, with_query};

/// Print what a container writes.
#[derive(clap::Args, Debug)]
pub(crate) struct Logs {
    /// POD or TYPE/NAME.
    pod: Option<String>,
    /// The container.
    word: Option<String>,
    /// The container.
    #[arg(short, long)]
    container: Option<String>,
    /// Go on as more is written.
    #[arg(short, long)]
    follow: bool,
    /// Of the container's previous life.
    #[arg(short, long)]
    previous: bool,
    /// Only the last lines; -1 for all.
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    tail: i64,
    /// Only what is newer than this: 5s, 2m, 3h.
    #[arg(long)]
    since: Option<String>,
    /// Only what is newer than this time, RFC 3339.
    #[arg(long)]
    since_time: Option<String>,
    /// At most so many bytes.
    #[arg(long)]
    limit_bytes: Option<u64>,
    /// The time of each line.
    #[arg(long)]
    timestamps: bool,
    /// All containers of the pod.
    #[arg(long)]
    all_containers: bool,
    /// Of the pods with these labels.
    #[arg(short = 'l', long, default_value = "")]
    selector: String,
}

impl Logs {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        for pod in self.pods(cx).await? {
            let names = match (self.all_containers, &self.container) {
                (true, _) => containers(&pod),
                (false, asked) => vec![container_of(cx, &pod, asked.as_deref().or(self.word.as_deref()))?],
            };
            for container in names {
                self.print(cx, &pod, &container).await?;
            }
        }
        Ok(())
    }

    async fn pods(&self, cx: &mut Context<'_>) -> Result<Vec<Value>, Failure> {
        if let Some(word) = &self.pod {
            return Ok(vec![pod_of(cx, word).await?]);
        }
        if self.selector.is_empty() {
            return Err(Failure::usage(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
            ));
        }
        let pods = by_name(&cx.client, "pods").await?;
        let selectors = Selectors { labels: self.selector.clone(), ..Selectors::default() };
        let list = cx.get(&selectors.query(&pods.path(&cx.scope(&pods), ""), &[])).await?;
        Ok(items_of(&list))
    }

    async fn print(&self, cx: &mut Context<'_>, pod: &Value, container: &str) -> Result<(), Failure> {
        let text = |name: &str| pod.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default();
        let since = match &self.since {
            Some(since) => duration::parse(since).map_err(Failure::Usage)?,
            None => None,
        };
        let flag = |on: bool| if on { "true" } else { "" };
        let tail = if self.tail >= 0 { self.tail.to_string() } else { String::new() };
        let since = since.map(|since| since.as_secs().max(1).to_string()).unwrap_or_default();
        let limit = self.limit_bytes.map(|limit| limit.to_string()).unwrap_or_default();
        let pods = by_name(&cx.client, "pods").await?;
        let path = with_query(
            &format!("{}/log", pods.path(text("namespace"), text("name"))),
            &[
                ("container", container),
                ("follow", flag(self.follow)),
                ("previous", flag(self.previous)),
                ("timestamps", flag(self.timestamps)),
                ("tailLines", &tail),
                ("sinceSeconds", &since),
                ("sinceTime", self.since_time.as_deref().unwrap_or_default()),
                ("limitBytes", &limit),
            ],
        );
        let mut log = cx.client.lines(&path, "*/*").await?;
        while let Some(piece) = log.piece().await? {
            cx.out.write_all(&piece)?;
            cx.out.flush()?;
        }
        Ok(())
    }
}
